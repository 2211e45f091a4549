"""The subscriptions at hubs, as rows: which are wanted, what a hub says of one, and the end of it."""

import secrets as randomness
from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models_feeds import HubState, HubSubscription
from app.config import Settings
from app.kit.clock import utcnow
from app.kit.http.addresses import FetchRefused
from app.kit.http.hooks import check_hook_url
from app.kit.ids import new_id
from app.kit.redact import hide
from app.messages.feeds import hub_refused
from app.messages.kinds import Quote
from app.messages.message import pack
from app.resources import Resources

CALLBACK_PATH = "/webhooks/websub"
LEASE = timedelta(days=10)
"""What is asked for; the hub decides."""
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(minutes=10), timedelta(days=60)
_ASKED_AGAIN_AFTER_DENIAL = timedelta(days=1)
_LONGEST_REASON = 200


def secret_place(subscription_id: str, column: str) -> str:
    """Name the place to which a subscription's secret is bound."""
    return f"hub_subscriptions:{subscription_id}:{column}"


def may_subscribe(settings: Settings, hub: str) -> bool:
    """Tell whether a hub can reach us at https, and be told a secret; one that the operator named is a neighbour."""
    try:
        is_safe = check_hook_url(hub, settings.fetch_allow_hosts)
    except FetchRefused:
        return False
    is_neighbour = not hub.startswith("https://")
    return is_safe and (is_neighbour or settings.is_https)


async def want_hub(app: Resources, source_id: str, offer: tuple[str, str] | None) -> None:
    """Have a source's feed subscribed at this hub and at no other; None: the feed offers none any more."""
    if offer is not None and not may_subscribe(app.settings, offer[0]):
        offer = None
    async with app.read() as session:
        known = await find_subscription(session, source_id)
    if (known is None and offer is None) or (known is not None and offer == (known.hub, known.topic)):
        return
    async with app.transaction() as session:
        await leave_hubs(session, source_id)
        if offer is not None:
            own_id, secret = new_id(), randomness.token_urlsafe(48)
            hide(secret)
            sealed = app.keyring.encrypt(secret, place=secret_place(own_id, "secret_encrypted"))
            token = randomness.token_urlsafe(32)
            session.add(
                HubSubscription(
                    id=own_id, source_id=source_id, hub=offer[0], topic=offer[1], token=token, secret_encrypted=sealed
                )
            )


async def find_subscription(session: AsyncSession, source_id: str) -> HubSubscription | None:
    """Find the subscription of a source's feed that is wanted."""
    return (await subscriptions_of(session, [source_id])).get(source_id)


async def subscriptions_of(session: AsyncSession, source_ids: Iterable[str]) -> dict[str, HubSubscription]:
    """Find the subscriptions of these sources' feeds, by the source's id."""
    is_wanted = (col(HubSubscription.source_id).in_(list(source_ids)), col(HubSubscription.state) != HubState.leaving)
    rows = (await session.exec(select(HubSubscription).where(*is_wanted).order_by(col(HubSubscription.id)))).all()
    return {row.source_id: row for row in rows}


async def leave_hubs(session: AsyncSession, source_id: str) -> None:
    """End the subscriptions of a source's feed: the hub is told in a moment."""
    mine = (col(HubSubscription.source_id) == source_id, col(HubSubscription.state) != HubState.leaving)
    values = {"state": HubState.leaving, "attempts": 0, "next_attempt_at": utcnow()}
    await session.exec(sa.update(HubSubscription).where(*mine).values(**values))


async def confirm(session: AsyncSession, token: str, mode: str, topic: str, lease_seconds: str) -> bool:
    """Answer a hub that asks whether we meant it. It may only be told yes where we did."""
    row = await find_by_token(session, token)
    if row is None or topic != row.topic or mode not in {"subscribe", "unsubscribe"}:
        return False
    if (row.state is HubState.leaving) is not (mode == "unsubscribe"):
        return False
    if mode == "unsubscribe":
        await session.delete(row)
        return True
    now, lease = utcnow(), _lease(lease_seconds)
    # Some time before it ends: a hub may be away for a day.
    row.state, row.lease_until, row.next_attempt_at = HubState.active, now + lease, now + lease * 0.7
    row.attempts, row.problem, row.problem_message = 0, "", None
    session.add(row)
    return True


async def deny(session: AsyncSession, token: str, reason: str) -> bool:
    """Note that a hub refuses, or has ended, a subscription; it is asked again the next day."""
    row = await find_by_token(session, token)
    if row is None or row.state is HubState.leaving:
        return row is not None
    why = hub_refused(Quote(reason.strip()[:_LONGEST_REASON]))
    row.state, row.lease_until, row.next_attempt_at = HubState.denied, None, utcnow() + _ASKED_AGAIN_AFTER_DENIAL
    row.problem, row.problem_message = str(why), pack(why)
    session.add(row)
    return True


async def find_by_token(session: AsyncSession, token: str) -> HubSubscription | None:
    """Find whose address this is."""
    if not token.isascii() or not token.isprintable():
        return None
    return (await session.exec(select(HubSubscription).where(HubSubscription.token == token))).first()


def _lease(written: str) -> timedelta:
    seconds = int(written[:9]) if written.isascii() and written.isdigit() else 0
    return min(max(timedelta(seconds=seconds), _SHORTEST_LEASE), _LONGEST_LEASE) if seconds else LEASE


def callback_of(settings: Settings, row: HubSubscription) -> str:
    """Give the address that the hub calls."""
    return f"{settings.public_url}{CALLBACK_PATH}/{row.token}"
