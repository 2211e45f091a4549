"""Attempts: one row per call of init, on disk before the call leaves, settled by its answer."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.service import mark_reconnect, pause_inits
from app.articles.models import Article, ArticleState
from app.kit.clock import utcnow
from app.media.service import grant_media
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.pacing import Slot, next_slot
from app.posts.transitions import advance, note
from app.posts.waits import Halt, heed, try_again
from app.resources import Resources
from app.tiktok.init import InitAccepted, InitNotSent, InitOutcome, InitOutcomeUnknown, InitRefused

log = structlog.get_logger(__name__)

UNCONFIRMED_DETAIL = (
    "TikTok's answer was lost, so it is not known whether the post was accepted. It is not sent again by itself: look "
    "at the account on TikTok, then say whether it is there, or send it again."
)


class TooSoon(Exception):
    """Other posts of the account have taken the place that was free a moment ago."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(slot.reason)
        self.slot = slot


async def begin_attempt(app: Resources, post: Post, holder: str) -> PostAttempt | None:
    """Write the attempt and commit. None where it must not leave: post, lease or article changed meanwhile.

    The partial unique index allows one attempt under way per account; where another post has it, IntegrityError is
    raised. Whoever gets past it is alone, so that TikTok's limits can be counted truly. Raises TooSoon.
    """
    async with app.transaction() as session:
        unchanged = sa.exists().where(
            col(Article.id) == post.article_id,
            col(Article.version) == post.prepared_version,
            col(Article.state) == ArticleState.published,
        )
        number = post.attempt + 1
        claimed = await session.exec(
            sa.update(Post)
            .where(
                col(Post.id) == post.id,
                col(Post.state) == PostState.queued,
                col(Post.lease_token) == holder,
                col(Post.attempt) == post.attempt,
                col(Post.is_sending).is_(False),
                unchanged,
            )
            .values(is_sending=True, attempt=number, updated_at=utcnow())
        )
        if claimed.rowcount != 1:
            return None
        attempt = PostAttempt(
            post_id=post.id, account_id=post.account_id, number=number, media_token=await grant_media(session, post.id)
        )
        session.add(attempt)
        await session.flush()
        account = await session.get_one(Account, post.account_id)
        slot = await next_slot(session, account, utcnow(), besides=attempt.id)
        if slot is not None:
            raise TooSoon(slot)
    return attempt


async def settle_attempt(
    app: Resources, attempt: PostAttempt, outcome: InitOutcome, *, failures: int, first_check_seconds: float
) -> None:
    """Store what became of an init: the attempt's outcome and the post's next state, in one transaction."""
    async with app.transaction() as session:
        if not await _close(session, attempt, outcome):
            await _settle_late(session, attempt, outcome, first_check_seconds)
            return
        if isinstance(outcome, InitAccepted):
            await _accept(session, attempt, outcome, PostState.queued, first_check_seconds)
        elif isinstance(outcome, InitOutcomeUnknown):
            await lose_track(session, attempt.post_id, outcome.reason, log_id=outcome.log_id)
        else:
            halt = _refusal(outcome, failures)
            await apply_halt(session, attempt.post_id, attempt.account_id, halt, failures=failures)


async def apply_halt(
    session: AsyncSession, post_id: str, account_id: str, halt: Halt, *, failures: int, holder: str | None = None
) -> bool:
    """Take a post out of `queued` as `halt` says, with what it means for the account; tell whether it moved."""
    moved = await advance(
        session,
        post_id,
        expected=PostState.queued,
        to=halt.to,
        why=halt.detail,
        log_id=halt.log_id,
        holder=holder,
        failures=failures + 1 if halt.is_failure else failures,
        **halt.columns(),
    )
    if moved and halt.pause_account and halt.at is not None:
        await pause_inits(session, account_id, halt.at, halt.reason)
    if moved and halt.reconnect:
        await mark_reconnect(session, account_id, halt.reason)
    return moved


async def lose_track(session: AsyncSession, post_id: str, reason: str, *, log_id: str | None = None) -> bool:
    """Init may have been sent, and its answer is lost: the post waits, unconfirmed, for evidence or a person."""
    return await advance(
        session,
        post_id,
        expected=PostState.queued,
        to=PostState.unconfirmed,
        why=UNCONFIRMED_DETAIL,
        log_id=log_id,
        state_reason=reason[:64],
        state_detail=UNCONFIRMED_DETAIL,
    )


async def latest_attempt(session: AsyncSession, post_id: str) -> PostAttempt | None:
    query = select(PostAttempt).where(PostAttempt.post_id == post_id).order_by(col(PostAttempt.number).desc())
    return (await session.exec(query.limit(1))).first()


async def was_perhaps_sent(session: AsyncSession, post_id: str) -> bool:
    """Tell whether TikTok may ever have got the post: an attempt was accepted, or its answer was lost."""
    harmless = (AttemptOutcome.not_sent, AttemptOutcome.refused)
    query = select(PostAttempt.id).where(PostAttempt.post_id == post_id, col(PostAttempt.outcome).not_in(harmless))
    return (await session.exec(query.limit(1))).first() is not None


async def _close(session: AsyncSession, attempt: PostAttempt, outcome: InitOutcome) -> bool:
    values: dict[str, Any] = {"ended_at": utcnow()}
    match outcome:
        case InitAccepted():
            values |= {"outcome": AttemptOutcome.accepted, "publish_id": outcome.publish_id, "log_id": outcome.log_id}
        case InitNotSent():
            values |= {"outcome": AttemptOutcome.not_sent, "error_code": outcome.reason}
        case InitOutcomeUnknown():
            values |= {"outcome": AttemptOutcome.unknown, "error_code": outcome.reason, "log_id": outcome.log_id}
            values |= {"http_status": outcome.http_status}
        case InitRefused():
            values |= {"outcome": AttemptOutcome.refused, "error_code": outcome.code, "log_id": outcome.log_id}
            values |= {"http_status": outcome.http_status, "message": outcome.detail or None}
    closed = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.sending)
        .values(**values)
    )
    return bool(closed.rowcount == 1)


async def _accept(
    session: AsyncSession, attempt: PostAttempt, outcome: InitAccepted, expected: PostState, first_check_seconds: float
) -> bool:
    now = utcnow()
    return await advance(
        session,
        attempt.post_id,
        expected=expected,
        to=PostState.publishing,
        why="TikTok accepted the post and is fetching its media.",
        log_id=outcome.log_id,
        where=(col(Post.attempt) == attempt.number,),
        publish_id=outcome.publish_id,
        publishing_since=now,
        next_check_at=now + timedelta(seconds=first_check_seconds),
        failures=0,
        fail_reason=None,
        fail_help=None,
    )


async def _settle_late(
    session: AsyncSession, attempt: PostAttempt, outcome: InitOutcome, first_check_seconds: float
) -> None:
    """The reconciler gave this attempt up before its answer came: an acceptance still settles it, nothing else."""
    if not isinstance(outcome, InitAccepted):
        return
    adopted = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.unknown)
        .values(outcome=AttemptOutcome.accepted, publish_id=outcome.publish_id, ended_at=utcnow())
    )
    if adopted.rowcount != 1 or await _accept(session, attempt, outcome, PostState.unconfirmed, first_check_seconds):
        return
    post = await session.get(Post, attempt.post_id)
    if post is not None:
        why = (
            f"TikTok's late answer to attempt {attempt.number} came after the post had moved on: it may be there twice."
        )
        await note(session, post.id, post.state, why, log_id=outcome.log_id)


def _refusal(outcome: InitNotSent | InitRefused, failures: int) -> Halt:
    if isinstance(outcome, InitNotSent):
        detail = "TikTok could not be reached. Nothing was sent; it is tried again."
        return try_again(failures, "not_sent", detail)
    return heed(
        outcome.advice,
        failures=failures,
        log_id=outcome.log_id,
        retry_after=outcome.retry_after,
        said=outcome.detail,
    )
