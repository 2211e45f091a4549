"""What one event of TikTok's changes in the post that it is about."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.posts.adoption import warn
from app.posts.models import FINAL_STATES, Post, PostAttempt, PostState
from app.posts.transitions import note
from app.posts.verdicts import conclude_failed, conclude_in_inbox, conclude_published
from app.tiktok.webhooks import EventKind
from app.webhooks.inbox import newest_of_kind
from app.webhooks.models import WebhookEvent

log = structlog.get_logger(__name__)

TAKEN_DOWN = "taken_down"
_VISIBILITY = (EventKind.publicly_available, EventKind.no_longer_public)
_HIDDEN = (
    "TikTok says that the post can no longer be seen by everyone: the creator or TikTok has deleted or hidden it. Look "
    "at the account on TikTok."
)
_SEEN_AGAIN = "TikTok says that the post can be seen by everyone again."
_AGAINST = "TikTok also said that the post failed ({reason}), after it was settled here. The first word stands."


async def hear(session: AsyncSession, post: Post, attempt: PostAttempt, event: WebhookEvent) -> str:
    """Let an event count as far as it still can; tell what it did. `post` is locked, and as it is now."""
    if post.publish_id != event.publish_id:
        return await _hear_of_earlier(session, post, attempt, event)
    match event.kind:
        case EventKind.publish_complete:
            return await _hear_published(session, post, attempt)
        case EventKind.publish_failed:
            return await _hear_failed(session, post, event)
        case EventKind.inbox_delivered:
            is_news = post.state not in FINAL_STATES
            await conclude_in_inbox(session, post)
            return "heard" if is_news else "known"
        case _:
            return await _hear_of_visibility(session, post, attempt, event)


async def _hear_of_earlier(session: AsyncSession, post: Post, attempt: PostAttempt, event: WebhookEvent) -> str:
    """The post has gone on to another attempt, or to another word of a person's. Only a success is news then."""
    if event.kind == EventKind.publish_failed:
        return "outdated"
    await warn(session, post, attempt.number)
    return "contradicted"


async def _hear_published(
    session: AsyncSession, post: Post, attempt: PostAttempt, post_ids: tuple[str, ...] = ()
) -> str:
    if post.state in {PostState.failed, PostState.cancelled}:
        await warn(session, post, attempt.number)
        return "contradicted"
    was = post.state
    await conclude_published(session, post, post_ids)
    return "heard" if was is not PostState.published or post_ids else "known"


async def _hear_failed(session: AsyncSession, post: Post, event: WebhookEvent) -> str:
    if post.state not in FINAL_STATES:
        await conclude_failed(session, post, event.reason)
        return "heard"
    if post.state in {PostState.failed, PostState.cancelled}:
        return "known"
    await note(session, post.id, post.state, _AGAINST.format(reason=event.reason or "-"))
    return "contradicted"


async def _hear_of_visibility(session: AsyncSession, post: Post, attempt: PostAttempt, event: WebhookEvent) -> str:
    """Both kinds mean that the post was out. What counts is the one that TikTok made last, whichever came last."""
    if post.state is not PostState.published or (event.post_id and event.post_id not in post.post_ids):
        post_ids = (event.post_id,) if event.post_id else ()
        if await _hear_published(session, post, attempt, post_ids) == "contradicted":
            return "contradicted"
        await session.refresh(post)
    newest = await newest_of_kind(session, event.publish_id or "", _VISIBILITY, event.post_id)
    if newest is not None and newest.id != event.id:
        return "outdated"
    if event.kind == EventKind.no_longer_public:
        await _set_alert(session, post, TAKEN_DOWN, _HIDDEN)
    elif post.alert == TAKEN_DOWN:
        await _set_alert(session, post, None, _SEEN_AGAIN)
    return "heard"


async def _set_alert(session: AsyncSession, post: Post, alert: str | None, why: str) -> None:
    log.warning("post_alert", post_id=post.id, alert=alert)
    values: dict[str, Any] = {"alert": alert, "updated_at": utcnow()}
    await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(**values))
    await note(session, post.id, post.state, why)
