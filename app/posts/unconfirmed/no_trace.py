"""Silence: when a pull window without any trace means that TikTok does not have the post, and what follows."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.media.service import list_fetches
from app.messages import publishing
from app.messages.message import Message
from app.posts.attempts import fence_off_lost
from app.posts.follow.event_owner import CLOCK_SKEW
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.sentences import with_messages
from app.posts.transitions import note, requeue
from app.posts.unconfirmed.traces import Case
from app.resources import Resources
from app.webhooks.inbox import list_unclaimed

log = structlog.get_logger(__name__)

NO_TRACE = "no_trace"
MOST_RESENDS = 2
Obstacle = Callable[[int], Message]

_LONGEST_GAP = timedelta(minutes=5)
"""So long may pass unwatched. A restart is shorter; an outage is longer, and then TikTok may have come unnoticed."""


class _CameAfterAll(Exception):
    """While the silence was judged TikTok came, or the post moved on: nothing of the judgement stands."""


async def keep_watch(app: Resources, case: Case, *, serving: bool) -> None:
    """Note whether our own media address works while it is waited for TikTok's fetch."""
    attempt = case.attempt
    if attempt is None or attempt.outcome is not AttemptOutcome.unknown or attempt.evidence is not None:
        return
    now = utcnow()
    gap = now - (attempt.watched_at or attempt.started_at)
    values = {"is_watch_broken": attempt.is_watch_broken or gap > _LONGEST_GAP}
    if serving:
        values["watched_at"] = now  # type: ignore[assignment]
    async with app.transaction() as session:
        await session.exec(sa.update(PostAttempt).where(col(PostAttempt.id) == attempt.id).values(**values))


async def judge_silence(app: Resources, case: Case, *, serving: bool) -> None:
    """At the end of the pull window: send again where silence proves something and the account wants it."""
    attempt = case.attempt
    window = timedelta(seconds=app.settings.pull_window_seconds)
    is_open = attempt is not None and attempt.outcome is AttemptOutcome.unknown and attempt.evidence is None
    if attempt is None or not is_open or attempt.publish_id is not None or utcnow() < attempt.started_at + window:
        return
    minutes = max(1, round(window.total_seconds() / 60))
    with suppress(_CameAfterAll):
        async with app.transaction() as session:
            if await list_fetches(session, [attempt.media_token]) or not await _close(session, attempt):
                return
            obstacle = await _find_obstacle(session, attempt, serving=serving)
            if obstacle is None:
                await _send_again(session, attempt, minutes)
            else:
                await _leave_to_a_person(session, attempt, obstacle(minutes))


async def _send_again(session: AsyncSession, attempt: PostAttempt, minutes: int) -> None:
    count = await _count_silent(session, attempt.post_id)
    why = publishing.no_trace_sent_again(minutes, count, MOST_RESENDS)
    moved = await requeue(
        session,
        attempt.post_id,
        expected=PostState.unconfirmed,
        why=why,
        where=(col(Post.attempt) == attempt.number,),
        next_check_at=None,
    )
    await fence_off_lost(session, attempt.post_id)
    # From here on nobody is let in. Who came in the moment before is seen now.
    if not moved or await list_fetches(session, [attempt.media_token]):
        raise _CameAfterAll
    log.warning("resent_after_no_trace", post_id=attempt.post_id, attempt=attempt.number)


async def _leave_to_a_person(session: AsyncSession, attempt: PostAttempt, detail: Message) -> None:
    left = await session.exec(
        sa.update(Post)
        .where(
            col(Post.id) == attempt.post_id,
            col(Post.state) == PostState.unconfirmed,
            col(Post.attempt) == attempt.number,
        )
        .values(**with_messages({"state_reason": NO_TRACE, "state_detail": detail, "updated_at": utcnow()}))
    )
    if left.rowcount == 1:
        await note(session, attempt.post_id, PostState.unconfirmed, detail)


async def _close(session: AsyncSession, attempt: PostAttempt) -> bool:
    """Judge an attempt once. Its outcome stays unknown: that nobody came is what we saw, not what TikTok said."""
    closed = await session.exec(
        sa.update(PostAttempt)
        .where(
            col(PostAttempt.id) == attempt.id,
            col(PostAttempt.outcome) == AttemptOutcome.unknown,
            col(PostAttempt.evidence).is_(None),
        )
        .values(evidence="none")
    )
    return bool(closed.rowcount == 1)


async def _find_obstacle(session: AsyncSession, attempt: PostAttempt, *, serving: bool) -> Obstacle | None:
    """Find what speaks against sending again, in words that want the minutes."""
    account = await session.get_one(Account, attempt.account_id)
    watched = await session.get_one(PostAttempt, attempt.id, populate_existing=True)
    if not serving or watched.is_watch_broken:
        return publishing.no_trace_unwatched
    if await list_unclaimed(session, account.open_id, since=attempt.started_at - CLOCK_SKEW):
        return publishing.no_trace_others
    if not account.settings.resend_after_no_trace:
        return publishing.no_trace_resending_off
    is_enough = await _count_silent(session, attempt.post_id) > MOST_RESENDS
    return publishing.no_trace_too_often if is_enough else None


async def _count_silent(session: AsyncSession, post_id: str) -> int:
    query = select(func.count()).where(col(PostAttempt.post_id) == post_id, col(PostAttempt.evidence) == "none")
    return (await session.exec(query)).one()
