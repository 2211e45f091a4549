"""What one event of TikTok's changes in the post that it is about."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import publishing
from app.messages.message import Message
from app.outbox.models import EventType
from app.posts.models import Post, PostAttempt
from app.posts.news import announce
from app.posts.transitions import note
from app.posts.verdict import Effect, Standing, Verdict
from app.posts.verdict_writer import settle
from app.tiktok.webhooks import EventKind
from app.webhooks.inbox import newest_of_kind
from app.webhooks.models import WebhookEvent

log = structlog.get_logger(__name__)

TAKEN_DOWN = "taken_down"
_STANDINGS: dict[str, Standing] = {
    EventKind.publish_complete: Standing.published,
    EventKind.publish_failed: Standing.failed,
    EventKind.inbox_delivered: Standing.in_inbox,
}
_VISIBILITY = (EventKind.publicly_available, EventKind.no_longer_public)
_HIDDEN = publishing.NO_LONGER_SEEN


async def count_event(session: AsyncSession, post: Post, attempt: PostAttempt, event: WebhookEvent) -> str:
    """Let an event count as far as it still can; tell what it did. `post` is locked, and as it is now."""
    is_seen = event.kind in _VISIBILITY
    verdict = Verdict(
        # Both kinds of visibility mean that the post was out.
        Standing.published if is_seen else _STANDINGS[event.kind],
        reason=event.reason,
        post_ids=(event.post_id,) if is_seen and event.post_id else (),
        attempt=attempt.number,
        publish_id=event.publish_id,
    )
    effect = await settle(session, post, verdict)
    if not is_seen or effect is Effect.contradicted:
        return effect
    await session.refresh(post)
    return await _count_visibility(session, post, event)


async def _count_visibility(session: AsyncSession, post: Post, event: WebhookEvent) -> str:
    """What counts is the one that TikTok made last, whichever came last."""
    newest = await newest_of_kind(session, event.publish_id or "", _VISIBILITY, event.post_id)
    if newest is not None and newest.id != event.id:
        return Effect.outdated
    if event.kind == EventKind.publicly_available and post.share_url is None:
        enqueue(session, "posts.find_link", post.id)
    if event.kind == EventKind.no_longer_public:
        if post.alert != TAKEN_DOWN:
            await announce(session, post.id, EventType.post_taken_down, _HIDDEN)
        await _set_alert(session, post, TAKEN_DOWN, _HIDDEN)
    elif post.alert == TAKEN_DOWN:
        await _set_alert(session, post, None, publishing.SEEN_AGAIN)
    return Effect.heard


async def _set_alert(session: AsyncSession, post: Post, alert: str | None, why: Message) -> None:
    log.warning("post_alert", post_id=post.id, alert=alert)
    # TikTok itself has said what became of a post that was to be deleted.
    values: dict[str, Any] = {"alert": alert, "take_down_by": None, "updated_at": utcnow()}
    await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(**values))
    await note(session, post.id, post.state, why)
