"""Asking hubs: to begin, to go on before the lease ends, and to stop."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.articles.models import Source
from app.articles.models_feeds import HubState, HubSubscription
from app.articles.websub.book import LEASE, callback_of, may_subscribe, secret_place
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.kit.http.addresses import FetchRefused
from app.kit.http.hooks import HookAnswer, send_hook
from app.kit.redact import hide
from app.messages.feeds import HUB_UNREACHABLE, hub_answered
from app.messages.message import Message, pack
from app.resources import Resources

log = structlog.get_logger(__name__)

_MOST_AT_ONCE = 20
_CLAIMED_FOR = timedelta(minutes=2)
_WAITS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""A hub that does not answer, or never asks back, is asked ever more seldom: the feed is polled anyway."""
_MOST_GOODBYES = 3
_DEADLINE_SECONDS = 15.0


async def ask_hubs(app: Resources) -> int:
    """Ask the hubs that are due, and tell how many. May run on every worker at once, and may be missed."""
    now = utcnow()
    query = select(HubSubscription.id).where(col(HubSubscription.next_attempt_at) <= now).limit(_MOST_AT_ONCE)
    async with app.read() as session:
        due = (await session.exec(query.order_by(col(HubSubscription.next_attempt_at)))).all()
    for subscription_id in due:
        await _ask(app, subscription_id, now)
    return len(due)


async def _ask(app: Resources, subscription_id: str, now: datetime) -> None:
    row = await _claim(app, subscription_id, now)
    if row is None:
        return
    if row.state is HubState.leaving and row.attempts >= _MOST_GOODBYES:
        # Its lease ends by itself, and until then its calls reach nobody.
        await _forget(app, row)
        return
    if row.state is not HubState.leaving and not may_subscribe(app.settings, row.hub):
        await _write(app, row, next_attempt_at=now + _WAITS[-1])
        return
    try:
        answer = await _send(app, row)
    except (FetchRefused, Undecryptable) as error:
        await _failed(app, row, error.message if isinstance(error, FetchRefused) else HUB_UNREACHABLE, now)
        return
    if answer.status is None:
        await _failed(app, row, HUB_UNREACHABLE, now)
    elif not 200 <= answer.status < 300:
        await _failed(app, row, hub_answered(status=str(answer.status)), now)
    else:
        # It asks back at our address; if it never does, it is asked again.
        await _write(app, row, attempts=row.attempts + 1, next_attempt_at=now + _wait(row.attempts))


async def _claim(app: Resources, subscription_id: str, now: datetime) -> HubSubscription | None:
    async with app.transaction() as session:
        row = await session.get(HubSubscription, subscription_id)
        source = None if row is None else await session.get(Source, row.source_id)
        if row is None or source is None or row.next_attempt_at > now:
            return None
        session.expunge_all()
        same = (col(HubSubscription.id) == row.id, col(HubSubscription.next_attempt_at) == row.next_attempt_at)
        is_off = not source.enabled and row.state is not HubState.leaving
        until = now + (_WAITS[1] if is_off else _CLAIMED_FOR)
        taken = await session.exec(sa.update(HubSubscription).where(*same).values(next_attempt_at=until))
    return row if taken.rowcount == 1 and not is_off else None


async def _send(app: Resources, row: HubSubscription) -> HookAnswer:
    """POST the form. Raises FetchRefused or Undecryptable."""
    form = {
        "hub.mode": "unsubscribe" if row.state is HubState.leaving else "subscribe",
        "hub.topic": row.topic,
        "hub.callback": callback_of(app.settings, row),
    }
    if row.state is not HubState.leaving:
        secret = app.keyring.decrypt(row.secret_encrypted, place=secret_place(row.id, "secret_encrypted"))
        hide(secret)
        form |= {"hub.secret": secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
    return await send_hook(
        row.hub,
        urlencode(form).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
        allow_hosts=app.settings.fetch_allow_hosts,
        deadline=_DEADLINE_SECONDS,
    )


async def _failed(app: Resources, row: HubSubscription, why: Message, now: datetime) -> None:
    log.warning("hub_not_asked", source_id=row.source_id, attempts=row.attempts + 1, why=str(why))
    told = {"problem": str(why)[:1000], "problem_message": pack(why)}
    await _write(app, row, attempts=row.attempts + 1, next_attempt_at=now + _wait(row.attempts), **told)


def _wait(attempts: int) -> timedelta:
    return _WAITS[min(attempts, len(_WAITS) - 1)]


async def _write(app: Resources, row: HubSubscription, **values: Any) -> None:
    """Write down what came of it, unless the hub has asked back meanwhile, which sets the next time itself."""
    is_claimed = col(HubSubscription.next_attempt_at) <= utcnow() + _CLAIMED_FOR
    mine = (col(HubSubscription.id) == row.id, col(HubSubscription.state) == row.state, is_claimed)
    async with app.transaction() as session:
        await session.exec(sa.update(HubSubscription).where(*mine).values(**values))


async def _forget(app: Resources, row: HubSubscription) -> None:
    async with app.transaction() as session:
        await session.exec(sa.delete(HubSubscription).where(col(HubSubscription.id) == row.id))
