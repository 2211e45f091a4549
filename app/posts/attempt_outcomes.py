"""What became of an attempt: its answer, or its loss, and where the post goes by that."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.accounts.tokens.reconnect import mark_reconnect
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import publishing
from app.messages.message import Message
from app.posts.adoption import adopt, follow
from app.posts.line.holding import hold_account
from app.posts.line.media_hold import hold_media, is_of_address
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.transitions import advance, note
from app.posts.upload_url import keep_upload_url
from app.posts.waits import Halt, heed, try_again
from app.resources import Resources
from app.tiktok.init import InitAccepted, InitNotSent, InitOutcome, InitOutcomeUnknown, InitRefused

UNCONFIRMED_DETAIL = publishing.ANSWER_LOST


async def settle_attempt(
    app: Resources, attempt: PostAttempt, outcome: InitOutcome, *, failures: int, first_check_seconds: float
) -> None:
    """Store what became of an init: the attempt's outcome and the post's next state, in one transaction."""
    async with app.transaction() as session:
        if isinstance(outcome, InitAccepted) and not await keep_upload_url(
            session, app.keyring, attempt.id, outcome.upload_url
        ):
            await _note_late(session, attempt, publishing.UPLOAD_TOO_LATE)
            return
        if not await _close(session, attempt, outcome):
            await _settle_late(app, session, attempt, outcome)
            return
        if isinstance(outcome, InitAccepted):
            await follow(
                session,
                attempt,
                outcome.publish_id,
                expected=PostState.queued,
                why=publishing.ACCEPTED,
                log_id=outcome.log_id,
                first_check_seconds=first_check_seconds,
            )
        elif isinstance(outcome, InitOutcomeUnknown):
            await lose_track(session, attempt.post_id, outcome.reason, log_id=outcome.log_id)
        else:
            halt = await _refusal(app, session, attempt, outcome, failures)
            await apply_halt(session, attempt.post_id, attempt.account_id, halt, failures=failures)


async def apply_halt(
    session: AsyncSession, post_id: str, account_id: str, halt: Halt, *, failures: int, holder: str | None = None
) -> bool:
    """Take a post out of `queued` as `halt` says, with what it means for the account; tell whether it moved."""
    halt = await hold_account(session, post_id, account_id, halt)
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
    if moved and halt.moves_others:
        enqueue(session, "posts.keep_line", account_id)
    if moved and halt.reconnect:
        await mark_reconnect(session, account_id, halt.reason)
    return moved


async def lose_track(session: AsyncSession, post_id: str, reason: str, *, log_id: str | None = None) -> bool:
    """Init may have been sent, and its answer is lost: the post is unconfirmed, and evidence is looked for at once."""
    return await advance(
        session,
        post_id,
        expected=PostState.queued,
        to=PostState.unconfirmed,
        why=UNCONFIRMED_DETAIL,
        log_id=log_id,
        state_reason=reason[:64],
        state_detail=UNCONFIRMED_DETAIL,
        next_check_at=utcnow(),
    )


async def _close(
    session: AsyncSession,
    attempt: PostAttempt,
    outcome: InitOutcome,
    *,
    expected: AttemptOutcome = AttemptOutcome.sending,
    evidence: str | None = None,
) -> bool:
    values: dict[str, Any] = {"ended_at": utcnow(), "evidence": evidence}
    match outcome:
        case InitAccepted():
            values |= {"outcome": AttemptOutcome.accepted, "publish_id": outcome.publish_id, "log_id": outcome.log_id}
        case InitNotSent():
            values |= {"outcome": AttemptOutcome.not_sent, "error_code": outcome.reason}
        case InitOutcomeUnknown():
            values |= {"outcome": AttemptOutcome.unknown, "error_code": outcome.reason, "log_id": outcome.log_id}
            values |= {"http_status": outcome.http_status, "publish_id": outcome.publish_id}
        case InitRefused():
            values |= {"outcome": AttemptOutcome.refused, "error_code": outcome.code, "log_id": outcome.log_id}
            values |= {"http_status": outcome.http_status, "message": outcome.detail or None}
    closed = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == expected)
        .values(**values)
    )
    if closed.rowcount != 1:
        return False
    if expected is AttemptOutcome.sending:
        meters.attempts.count(values["outcome"])
    return True


async def _settle_late(app: Resources, session: AsyncSession, attempt: PostAttempt, outcome: InitOutcome) -> None:
    """The reconciler gave this attempt up before its answer came: the answer still settles it."""
    if isinstance(outcome, InitAccepted):
        await adopt(
            session, attempt, outcome.publish_id, evidence="answer", why=publishing.ACCEPTED_LATE, log_id=outcome.log_id
        )
    elif isinstance(outcome, (InitNotSent, InitRefused)):
        is_news = await _close(session, attempt, outcome, expected=AttemptOutcome.unknown, evidence="answer")
        await weigh_events_anew(session, attempt)
        if not (is_news and await _send_back(app, session, attempt, outcome)):
            await _note_late(session, attempt, publishing.refused_too_late(attempt.number))


async def _note_late(session: AsyncSession, attempt: PostAttempt, why: Message) -> None:
    """The post has gone its way: the answer changes nothing, but whoever reads its story is to know."""
    post = await session.get_one(Post, attempt.post_id, populate_existing=True)
    await note(session, post.id, post.state, why)


async def _send_back(
    app: Resources, session: AsyncSession, attempt: PostAttempt, outcome: InitNotSent | InitRefused
) -> bool:
    """A late no is proof that TikTok does not have the post: it goes where the no in time would have brought it."""
    moved = await advance(
        session,
        attempt.post_id,
        expected=PostState.unconfirmed,
        to=PostState.queued,
        why=publishing.REFUSED_LATE,
        where=(col(Post.attempt) == attempt.number,),
        next_check_at=None,
    )
    if moved:
        post = await session.get_one(Post, attempt.post_id, populate_existing=True)
        halt = await _refusal(app, session, attempt, outcome, post.failures)
        await apply_halt(session, post.id, post.account_id, halt, failures=post.failures)
    return moved


async def _refusal(
    app: Resources, session: AsyncSession, attempt: PostAttempt, outcome: InitNotSent | InitRefused, failures: int
) -> Halt:
    if isinstance(outcome, InitNotSent):
        detail = publishing.NOT_REACHED
        return try_again(failures, "not_sent", detail)
    if is_of_address(attempt, outcome):
        return await hold_media(app, session, attempt, outcome)
    return heed(
        outcome.advice,
        failures=failures,
        log_id=outcome.log_id,
        retry_after=outcome.retry_after,
        said=outcome.detail,
    )
