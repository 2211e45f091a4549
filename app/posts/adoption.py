"""Adopting a post whose answer was lost: what proves that TikTok has it, and what follows from that."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.messages import publishing
from app.messages.message import Message
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.sentences import with_messages
from app.posts.transitions import advance, note

log = structlog.get_logger(__name__)

WITHOUT_ID = "accepted_without_id"
"""TikTok has the post, and we do not know under which `publish_id`: it is followed by webhook and list, and never
sent again by itself. It stays `unconfirmed`, because `publishing` means that TikTok can be asked about it."""
WITHOUT_ID_DETAIL = publishing.WITHOUT_NUMBER
PERHAPS_TWICE = "perhaps_twice"
CONTRADICTED = "contradicted"
_OPEN = (AttemptOutcome.unknown, AttemptOutcome.accepted)


async def adopt(
    session: AsyncSession,
    attempt: PostAttempt,
    publish_id: str,
    *,
    evidence: str,
    why: Message,
    log_id: str | None = None,
) -> bool:
    """TikTok accepted this attempt under this `publish_id`: follow its post. False where another id stands already."""
    settled = await session.exec(
        sa.update(PostAttempt)
        .where(
            col(PostAttempt.id) == attempt.id,
            col(PostAttempt.outcome).in_(_OPEN),
            sa.or_(col(PostAttempt.publish_id).is_(None), col(PostAttempt.outcome) == AttemptOutcome.unknown),
        )
        .values(
            outcome=AttemptOutcome.accepted,
            publish_id=publish_id,
            evidence=evidence,
            error_code=None,
            ended_at=utcnow(),
        )
    )
    if settled.rowcount != 1:
        return False
    log.info("attempt_adopted", post_id=attempt.post_id, attempt=attempt.number, evidence=evidence)
    await weigh_events_anew(session, attempt)
    if not await follow(session, attempt, publish_id, expected=PostState.unconfirmed, why=why, log_id=log_id):
        await _adopt_late(session, attempt, publish_id)
    return True


async def follow(
    session: AsyncSession,
    attempt: PostAttempt,
    publish_id: str,
    *,
    expected: PostState,
    why: Message,
    log_id: str | None,
    first_check_seconds: float = 0.0,
) -> bool:
    """Let the post of an accepted attempt be followed, unless another attempt has come since; tell whether it moved."""
    now = utcnow()
    return await advance(
        session,
        attempt.post_id,
        expected=expected,
        to=PostState.publishing,
        why=why,
        log_id=log_id,
        where=(col(Post.attempt) == attempt.number,),
        publish_id=publish_id,
        publishing_since=now,
        next_check_at=now + timedelta(seconds=first_check_seconds),
        failures=0,
        fail_reason=None,
        fail_help=None,
    )


async def _adopt_late(session: AsyncSession, attempt: PostAttempt, publish_id: str) -> None:
    """The post is no longer unconfirmed: a person has spoken, or it was sent again."""
    post = await session.get_one(Post, attempt.post_id, populate_existing=True)
    if post.state is PostState.published and post.attempt == attempt.number and post.publish_id is None:
        # A person was right, and now TikTok can be asked for the public id.
        await _remember(session, post, publish_id=publish_id, next_check_at=utcnow())
        await note(session, post.id, post.state, publishing.NUMBER_KNOWN)
        return
    await warn(session, post, attempt.number)


async def warn(session: AsyncSession, post: Post, number: int) -> None:
    """Say that an attempt is on TikTok although its post was settled otherwise, or has been sent again since."""
    is_contradicted = post.attempt == number and post.state in {PostState.failed, PostState.cancelled}
    alert = CONTRADICTED if is_contradicted else PERHAPS_TWICE
    if post.alert == alert:
        return
    log.warning("post_alert", post_id=post.id, attempt=number, alert=alert)
    await _remember(session, post, alert=alert)
    why = publishing.THERE_AFTER_ALL if is_contradicted else publishing.perhaps_twice(number)
    await note(session, post.id, post.state, why)


async def accept_without_id(session: AsyncSession, attempt: PostAttempt) -> bool:
    """TikTok fetched the media of this attempt, so it accepted it; tell whether that is news."""
    settled = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.unknown)
        .values(outcome=AttemptOutcome.accepted, evidence="media", error_code=None)
    )
    if settled.rowcount != 1:
        return False
    await weigh_events_anew(session, attempt)
    post = await session.get_one(Post, attempt.post_id, populate_existing=True)
    if post.state is not PostState.unconfirmed or post.attempt != attempt.number:
        await warn(session, post, attempt.number)
        return True
    await _remember(session, post, state_reason=WITHOUT_ID, state_detail=WITHOUT_ID_DETAIL)
    await note(session, post.id, post.state, WITHOUT_ID_DETAIL)
    return True


async def _remember(session: AsyncSession, post: Post, **values: Any) -> None:
    await session.exec(
        sa.update(Post).where(col(Post.id) == post.id).values(updated_at=utcnow(), **with_messages(values))
    )
