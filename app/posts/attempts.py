"""Attempts: one row per call of init, on disk before the call leaves, settled by its answer."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.accounts.models import Account, AccountKind, AccountSettings, AccountState
from app.accounts.tokens.reconnect import mark_reconnect
from app.articles.models import Article, ArticleState
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.media.service import grant_media, keep_media, revoke_media
from app.messages import publishing
from app.messages.message import Message
from app.posts.adoption import adopt, follow
from app.posts.line.holding import hold_account
from app.posts.line.ladder import Slot
from app.posts.line.pacing import next_slot
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostKind, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.transitions import advance, note
from app.posts.upload_url import keep_upload_url
from app.posts.waits import Halt, heed, try_again
from app.resources import Resources
from app.tiktok.init import InitAccepted, InitNotSent, InitOutcome, InitOutcomeUnknown, InitRefused

log = structlog.get_logger(__name__)

UNCONFIRMED_DETAIL = publishing.ANSWER_LOST
_SEND_WITHIN = timedelta(seconds=15)
_UPLOAD_TOO_LATE = publishing.UPLOAD_TOO_LATE


class TooSoon(Exception):
    """Other posts of the account have taken the place that was free a moment ago."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(slot.reason)
        self.slot = slot


async def begin_attempt(app: Resources, post: Post, holder: str) -> PostAttempt | None:
    """Write the attempt and commit. None where it must not leave: post, lease, article or account changed meanwhile.

    The partial unique index allows one attempt under way per account; where another post has it, IntegrityError is
    raised. Whoever gets past it is alone, so that TikTok's limits can be counted truly. Raises TooSoon.
    """
    async with app.transaction() as session:
        unchanged = sa.exists().where(
            col(Article.id) == post.article_id,
            col(Article.version) == post.prepared_version,
            col(Article.state) == ArticleState.published,
        )
        is_usable = sa.exists().where(
            col(Account.id) == post.account_id,
            col(Account.state) == AccountState.connected,
            col(AccountSettings.account_id) == col(Account.id),
            col(AccountSettings.enabled).is_(True),
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
                is_usable,
            )
            .values(is_sending=True, attempt=number, updated_at=utcnow())
        )
        if claimed.rowcount != 1:
            return None
        await keep_media(session, post.id)
        account = await session.get_one(Account, post.account_id)
        attempt = PostAttempt(
            post_id=post.id,
            account_id=post.account_id,
            number=number,
            media_token=await grant_media(session, post.id),
            by_upload=_goes_by_upload(app, post, account),
        )
        session.add(attempt)
        await session.flush()
        slot = await next_slot(session, account, utcnow(), besides=attempt.id)
        if slot is not None:
            raise TooSoon(slot)
    return attempt


def _goes_by_upload(app: Resources, post: Post, account: Account) -> bool:
    """Tell whether a post's film is sent to TikTok: the Business API only fetches [business-api.md 9.3]."""
    is_film = post.kind is PostKind.video and account.kind is AccountKind.creator
    return is_film and app.settings.video_source == "FILE_UPLOAD"


def is_fresh(attempt: PostAttempt) -> bool:
    """Tell whether init may still leave. A worker that stood still may have been given up, and its post sent anew."""
    return utcnow() - attempt.started_at < _SEND_WITHIN


async def fence_off_lost(session: AsyncSession, post_id: str) -> None:
    """Before a post is sent anew: take away the media of its attempts whose answers were lost.

    Whatever TikTok may still make of one of them then fails there for want of its pictures, and does not stand beside
    the new one.
    """
    lost = select(PostAttempt.media_token).where(
        PostAttempt.post_id == post_id, col(PostAttempt.outcome) == AttemptOutcome.unknown
    )
    await revoke_media(session, (await session.exec(lost)).all())


async def settle_attempt(
    app: Resources, attempt: PostAttempt, outcome: InitOutcome, *, failures: int, first_check_seconds: float
) -> None:
    """Store what became of an init: the attempt's outcome and the post's next state, in one transaction."""
    async with app.transaction() as session:
        if isinstance(outcome, InitAccepted) and not await keep_upload_url(
            session, app.keyring, attempt.id, outcome.upload_url
        ):
            await _note_late(session, attempt, _UPLOAD_TOO_LATE)
            return
        if not await _close(session, attempt, outcome):
            await _settle_late(session, attempt, outcome)
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
            halt = _refusal(outcome, failures)
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


async def latest_attempt(session: AsyncSession, post_id: str) -> PostAttempt | None:
    query = select(PostAttempt).where(PostAttempt.post_id == post_id).order_by(col(PostAttempt.number).desc())
    return (await session.exec(query.limit(1))).first()


async def was_perhaps_sent(session: AsyncSession, post_id: str) -> bool:
    """Tell whether TikTok may have the post: an attempt was accepted and has not failed, or its answer was lost."""
    query = select(PostAttempt.id).where(
        PostAttempt.post_id == post_id,
        sa.or_(
            col(PostAttempt.outcome).in_((AttemptOutcome.sending, AttemptOutcome.unknown)),
            # TikTok's word that it has failed stands there as an error.
            sa.and_(col(PostAttempt.outcome) == AttemptOutcome.accepted, col(PostAttempt.error_code).is_(None)),
        ),
    )
    return (await session.exec(query.limit(1))).first() is not None


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


async def _settle_late(session: AsyncSession, attempt: PostAttempt, outcome: InitOutcome) -> None:
    """The reconciler gave this attempt up before its answer came: the answer still settles it."""
    if isinstance(outcome, InitAccepted):
        await adopt(
            session, attempt, outcome.publish_id, evidence="answer", why=publishing.ACCEPTED_LATE, log_id=outcome.log_id
        )
    elif isinstance(outcome, (InitNotSent, InitRefused)):
        is_news = await _close(session, attempt, outcome, expected=AttemptOutcome.unknown, evidence="answer")
        await weigh_events_anew(session, attempt)
        if not (is_news and await _send_back(session, attempt, outcome)):
            await _note_late(session, attempt, publishing.refused_too_late(attempt.number))


async def _note_late(session: AsyncSession, attempt: PostAttempt, why: Message) -> None:
    """The post has gone its way: the answer changes nothing, but whoever reads its story is to know."""
    post = await session.get_one(Post, attempt.post_id, populate_existing=True)
    await note(session, post.id, post.state, why)


async def _send_back(session: AsyncSession, attempt: PostAttempt, outcome: InitNotSent | InitRefused) -> bool:
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
        halt = _refusal(outcome, post.failures)
        await apply_halt(session, post.id, post.account_id, halt, failures=post.failures)
    return moved


def _refusal(outcome: InitNotSent | InitRefused, failures: int) -> Halt:
    if isinstance(outcome, InitNotSent):
        detail = publishing.NOT_REACHED
        return try_again(failures, "not_sent", detail)
    return heed(
        outcome.advice,
        failures=failures,
        log_id=outcome.log_id,
        retry_after=outcome.retry_after,
        said=outcome.detail,
    )
