"""Delivering: one worker at a time for each endpoint, so that what is told of one post arrives in its order.

A try is written down before the message leaves, and its answer afterwards. A worker that dies in between has perhaps
sent it: it is sent once more, under the same id.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import rfc3339, utcnow
from app.kit.crypto import Undecryptable
from app.kit.failpoints import reach
from app.kit.ids import new_token
from app.notifications.channels import mail, telegram, webhook
from app.notifications.channels.answer import Answer
from app.notifications.models import MessageState, NotificationMessage
from app.notifications.retries import is_over, next_attempt
from app.notifications.switch_off import GONE, NO_SUCCESS, switch_off
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=45)
"""Longer than one try may take; renewed before each."""
_LOOKED_AT = 500
_KEPT_TRIES = 30
_RUN_SECONDS = 120.0
"""Then a sweep has somebody go on."""
_SENDERS = {Channel.webhook: webhook.send, Channel.email: mail.send, Channel.telegram: telegram.send}


async def deliver_to(app: Resources, endpoint_id: str) -> None:
    """Deliver what is due to one endpoint, until it is done or the endpoint takes no more."""
    holder = new_token(12)
    if not await _hold(app, endpoint_id, holder):
        return
    try:
        ends_at = monotonic() + _RUN_SECONDS
        while monotonic() < ends_at:
            taken = await _begin_next(app, endpoint_id, holder)
            if taken is None:
                return
            endpoint, message = taken
            answer = await send(app, endpoint, message)
            reach("notification_sent")
            if not await _note(app, endpoint, message, answer):
                return
    finally:
        await _let_go(app, endpoint_id, holder)


async def send(app: Resources, endpoint: NotificationEndpoint, message: NotificationMessage) -> Answer:
    """Send a message once; a fault of ours counts as a failure like any other."""
    try:
        return await _SENDERS[endpoint.channel](app, endpoint, message)
    except Undecryptable:
        return Answer(is_delivered=False, text="secret_unreadable")
    except Exception:
        log.exception("notification_not_sent", endpoint_id=endpoint.id, message_id=message.id)
        return Answer(is_delivered=False, text="internal_error")


async def _hold(app: Resources, endpoint_id: str, holder: str) -> bool:
    now = utcnow()
    is_free = sa.or_(col(NotificationEndpoint.lease_until).is_(None), col(NotificationEndpoint.lease_until) < now)
    is_open = sa.or_(col(NotificationEndpoint.paused_until).is_(None), col(NotificationEndpoint.paused_until) <= now)
    mine = (col(NotificationEndpoint.id) == endpoint_id, col(NotificationEndpoint.enabled).is_(True))
    async with app.transaction() as session:
        held = await session.exec(
            sa.update(NotificationEndpoint)
            .where(*mine, is_free, is_open)
            .values(lease_token=holder, lease_until=now + LEASE)
        )
    return bool(held.rowcount == 1)


async def _let_go(app: Resources, endpoint_id: str, holder: str) -> None:
    async with app.transaction() as session:
        mine = (col(NotificationEndpoint.id) == endpoint_id, col(NotificationEndpoint.lease_token) == holder)
        await session.exec(sa.update(NotificationEndpoint).where(*mine).values(lease_token=None, lease_until=None))


async def _begin_next(
    app: Resources, endpoint_id: str, holder: str
) -> tuple[NotificationEndpoint, NotificationMessage] | None:
    """Take the next message that may leave, and write down that it is tried."""
    now = utcnow()
    async with app.transaction() as session:
        renewed = await session.exec(
            sa.update(NotificationEndpoint)
            .where(
                col(NotificationEndpoint.id) == endpoint_id,
                col(NotificationEndpoint.lease_token) == holder,
                col(NotificationEndpoint.enabled).is_(True),
            )
            .values(lease_until=now + LEASE)
        )
        message_id = await _find_next(session, endpoint_id, now) if renewed.rowcount == 1 else None
        if message_id is None:
            return None
        endpoint = await session.get_one(NotificationEndpoint, endpoint_id, populate_existing=True)
        message = await session.get_one(NotificationMessage, message_id, with_for_update=True)
        message.attempts += 1
        message.first_attempt_at = message.first_attempt_at or now
        message.next_attempt_at = next_attempt(message.first_attempt_at, message.attempts, now)
        session.add(message)
    return endpoint, message


async def _find_next(session: AsyncSession, endpoint_id: str, now: datetime) -> str | None:
    """Find the first message that is due and tells of nothing of which an earlier one is still to tell."""
    query = (
        select(NotificationMessage.id, NotificationMessage.subjects, NotificationMessage.next_attempt_at)
        .where(NotificationMessage.endpoint_id == endpoint_id, NotificationMessage.state == MessageState.waiting)
        .order_by(col(NotificationMessage.id))
        .limit(_LOOKED_AT)
    )
    before: set[str] = set()
    for message_id, subjects, next_attempt_at in (await session.exec(query)).all():
        if before.isdisjoint(subjects) and (next_attempt_at is None or next_attempt_at <= now):
            return message_id
        before.update(subjects)
    return None


async def _note(app: Resources, endpoint: NotificationEndpoint, message: NotificationMessage, answer: Answer) -> bool:
    """Write down what came of a try; tell whether the endpoint may be given another message now."""
    now = utcnow()
    row = {"at": rfc3339(now), "attempt": message.attempts, "status": answer.status, "text": answer.shown_text}
    values: dict[str, Any] = {"tries": [*message.tries, row][-_KEPT_TRIES:]}
    since = message.first_attempt_at or now
    if answer.is_delivered:
        values |= {"state": MessageState.delivered, "delivered_at": now, "next_attempt_at": None}
    elif is_over(since, now):
        values |= {"state": MessageState.failed, "next_attempt_at": None}
    else:
        values["next_attempt_at"] = next_attempt(since, message.attempts, now, wait=answer.retry_after)
    async with app.transaction() as session:
        # The endpoint is locked before its messages are, as everywhere.
        await session.exec(
            select(NotificationEndpoint.id).where(NotificationEndpoint.id == endpoint.id).with_for_update()
        )
        # A person may have switched the endpoint off meanwhile: what arrived has arrived all the same.
        waiting = [] if answer.is_delivered else [col(NotificationMessage.state) == MessageState.waiting]
        same = (col(NotificationMessage.id) == message.id, *waiting)
        await session.exec(sa.update(NotificationMessage).where(*same).values(**values))
        if answer.is_delivered:
            await note_success(session, endpoint.id, now)
            return True
        return await _note_failure(session, endpoint, answer, now, values["next_attempt_at"])


async def note_success(session: AsyncSession, endpoint_id: str, now: datetime) -> None:
    """The endpoint works: what went wrong before no longer counts."""
    works = {"failures": 0, "failing_since": None, "paused_until": None, "last_delivered_at": now}
    await session.exec(
        sa.update(NotificationEndpoint).where(col(NotificationEndpoint.id) == endpoint_id).values(**works)
    )


async def _note_failure(
    session: AsyncSession, endpoint: NotificationEndpoint, answer: Answer, now: datetime, again_at: datetime | None
) -> bool:
    log.warning("notification_failed", endpoint_id=endpoint.id, status=answer.status, text=answer.shown_text[:100])
    failing_since = endpoint.failing_since or now
    if answer.is_gone or is_over(failing_since, now):
        await switch_off(session, endpoint.id, GONE if answer.is_gone else NO_SUCCESS, now)
        return False
    values: dict[str, Any] = {"failures": endpoint.failures + 1, "failing_since": failing_since}
    if not answer.is_about_message:
        values["paused_until"] = again_at
    await session.exec(
        sa.update(NotificationEndpoint).where(col(NotificationEndpoint.id) == endpoint.id).values(**values)
    )
    return answer.is_about_message
