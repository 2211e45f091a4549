"""What TikTok's events mean for posts and accounts. They come late, twice, and in any order."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.tracing import span
from app.posts.follow.event_effects import count_event
from app.posts.follow.event_owner import InitUnderWay, claim_event, find_attempt
from app.posts.follow.permission_removed import stop_posts
from app.posts.models import Post, PostAttempt
from app.resources import Resources
from app.tiktok.webhooks import EventKind
from app.webhooks.inbox import UNCLAIMED, close_stale, get_event, list_claimable, list_unhandled
from app.webhooks.models import WebhookEvent

log = structlog.get_logger(__name__)

_BATCH = 200
_GRACE = timedelta(seconds=5)
"""How long a woken worker has, before the sweep takes an event for forgotten."""
_IS_KNOWN = sa.exists().where(col(PostAttempt.publish_id) == col(WebhookEvent.publish_id))


@job("posts.tiktok_event", timeout=30)
async def handle_event(app: Resources, event_id: str) -> None:
    """Weigh one stored event; safe to run twice, and at once."""
    async with app.transaction() as session:
        event = await get_event(session, event_id)
        if event is None or event.handled_at is not None:
            return
        try:
            outcome = await _weigh(session, event)
        except InitUnderWay:
            # The event stays as nobody had looked at it, and the sweep brings it again in seconds.
            return
        reach("tiktok_event.claimed")
        is_open = outcome == UNCLAIMED
        if event.outcome != outcome or not is_open:
            event.outcome, event.handled_at = outcome[:64], None if is_open else utcnow()
            session.add(event)
            log.info("tiktok_event_weighed", tiktok_event=event.event, outcome=outcome, publish_id=event.publish_id)


@job("posts.tiktok_events", timeout=30)
async def handle_forgotten_events(app: Resources) -> None:
    """Wake workers for events that nobody has looked at, and for those whose `publish_id` has become known."""
    now = utcnow()
    async with app.transaction() as session:
        for event_id, weighed_by in await list_unhandled(session, received_before=now - _GRACE, limit=_BATCH):
            enqueue(session, weighed_by, event_id)
        for event_id in await list_claimable(session, _IS_KNOWN, limit=_BATCH):
            enqueue(session, "posts.tiktok_event", event_id)
        await close_stale(session, now)


async def _weigh(session: AsyncSession, event: WebhookEvent) -> str:
    if event.kind == EventKind.unknown:
        return "unknown_event"
    if event.open_id is None:
        return "no_account"
    account = (await session.exec(select(Account).where(Account.open_id == event.open_id))).first()
    if account is None:
        return "no_account"
    return await _HANDLERS.get(event.kind, _weigh_post)(session, event, account)


async def _weigh_removal(session: AsyncSession, event: WebhookEvent, account: Account) -> str:
    occurred_at = event.occurred_at or event.received_at
    return await stop_posts(session, account, event.reason, occurred_at)


async def _weigh_post(session: AsyncSession, event: WebhookEvent, account: Account) -> str:
    if event.publish_id is None:
        return "no_publish_id"
    attempt = await find_attempt(session, account.id, event.publish_id)
    if attempt is None:
        attempt = await claim_event(session, event, account.id)
    if attempt is None:
        return UNCLAIMED
    post = (
        await session.exec(
            select(Post)
            .where(col(Post.id) == attempt.post_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()
    with span("tiktok.event", parent=post.traceparent, post_id=post.id, kind=event.kind, event_id=event.id) as step:
        outcome = await count_event(session, post, attempt, event)
        step.set(outcome=outcome)
        return outcome


_HANDLERS: dict[str, Callable[[AsyncSession, WebhookEvent, Account], Coroutine[Any, Any, str]]] = {
    EventKind.authorization_removed: _weigh_removal
}
