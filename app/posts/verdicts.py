"""What TikTok said about a post that it has: stored, and turned into the post's state.

An answer may have been long under way. So it counts only for the post as it was when TikTok was asked: in that state,
and with that `publish_id`.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.service import mark_reconnect
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.posts.line.holding import hold_account
from app.posts.models import Post, PostAttempt, PostState
from app.posts.transitions import advance, note
from app.posts.waits import CAP_REASONS, heed
from app.resources import Resources
from app.tiktok.advice import Action
from app.tiktok.catalogue import explain_fail_reason
from app.tiktok.errors import TikTokRefused
from app.tiktok.models import PublishPhase, PublishStatus

log = structlog.get_logger(__name__)

_ATTEMPTS_PER_POST = 3
# A restart of ours that TikTok's fetch fell into is over by then, and news should not wait for longer.
_FIRST_RETRY_SECONDS = 60.0
_ASK_ONCE_MORE = timedelta(seconds=30)
_NO_VERDICT = "TikTok gave no verdict in 48 hours. Look at the account on TikTok, then say whether the post is there."
_WITH_TIKTOK = (PostState.publishing, PostState.unconfirmed)
_WORDLESS = frozenset({"http_redirect", "http_refused"})


async def apply_status(app: Resources, post: Post, status: PublishStatus) -> None:
    """Store one answer of status/fetch. Unknown words are kept and shown; only a verdict moves the post."""
    async with app.transaction() as session:
        if status.phase is PublishPhase.failed:
            await _lock_attempt(session, post)
        if status.status and status.status != post.tiktok_status:
            await _remember(session, post, tiktok_status=status.status[:64])
        match status.phase:
            case PublishPhase.complete:
                await conclude_published(session, post, status.post_ids, log_id=status.log_id)
            case PublishPhase.in_inbox:
                await conclude_in_inbox(session, post, log_id=status.log_id)
            case PublishPhase.failed:
                await conclude_failed(session, post, status.fail_reason, log_id=status.log_id)
            case PublishPhase.unknown:
                log.warning("unknown_status", post_id=post.id, status=status.status)
            case PublishPhase.processing:
                pass


async def conclude_published(
    session: AsyncSession, post: Post, post_ids: tuple[str, ...], *, log_id: str | None = None
) -> None:
    """TikTok says that the post is out. Its public id may come later, and does not change the verdict."""
    # A draft may be posted when nobody asks about it any more: then its public id is still to be sought.
    still_asked = sa.func.coalesce(col(Post.next_check_at), utcnow())
    values: dict[str, Any] = (
        {"post_ids": list(post_ids), "next_check_at": None} if post_ids else {"next_check_at": still_asked}
    )
    if post.state is PostState.published:
        if any(post_id not in post.post_ids for post_id in post_ids):
            await _add_post_ids(session, post, post_ids, log_id)
        return
    if post.state not in {*_WITH_TIKTOK, PostState.sent_to_inbox}:
        return
    await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.published,
        why="TikTok says that the post is published.",
        log_id=log_id,
        where=_as_asked(post),
        **values,
    )


async def _add_post_ids(session: AsyncSession, post: Post, post_ids: tuple[str, ...], log_id: str | None) -> None:
    """A draft may be posted more than once, and webhook and poll may name different ones: none is forgotten."""
    query = select(Post.post_ids).where(col(Post.id) == post.id, *_as_asked(post)).with_for_update()
    known = (await session.exec(query)).first()
    more = [] if known is None else [post_id for post_id in post_ids if post_id not in known]
    if more:
        await _remember(session, post, post_ids=[*(known or ()), *more], next_check_at=None)
        await note(session, post.id, post.state, "TikTok named the public post.", log_id=log_id)


async def conclude_failed(
    session: AsyncSession, post: Post, fail_reason: str | None, *, log_id: str | None = None
) -> None:
    """TikTok says that the post failed: try again where that helps and is safe, else keep reason, cause and cure."""
    if post.state not in _WITH_TIKTOK:
        return
    advice = explain_fail_reason(fail_reason)
    reason = fail_reason or advice.code
    await _free_place(session, post, reason)
    if reason == "publish_cancelled":
        why = "TikTok stopped the post, as it was asked to."
        await advance(session, post.id, expected=post.state, to=PostState.cancelled, why=why, log_id=log_id,
                      where=_as_asked(post), state_reason=reason, state_detail=why, next_check_at=None)  # fmt: skip
        return
    is_first = post.attempt == 1 and advice.action is Action.retry
    again_in = _FIRST_RETRY_SECONDS if is_first else None
    halt = heed(advice, failures=min(post.attempt, 1), log_id=log_id, retry_after=again_in)
    halt = await hold_account(session, post.id, post.account_id, halt)
    is_passing = halt.to in {PostState.retryable, PostState.scheduled} and not halt.reconnect
    if halt.reconnect:
        await _ask_to_reconnect(session, post, reason)
    # Nothing is dropped for pace: where only the day's cap stands in the way, no number of tries is too many.
    may_go_on = post.attempt < _ATTEMPTS_PER_POST or halt.reason in CAP_REASONS
    if is_passing and post.state is PostState.publishing and may_go_on:
        await advance(session, post.id, expected=post.state, to=halt.to, why=halt.detail, log_id=log_id,
                      where=_as_asked(post), fail_reason=reason, fail_help=halt.detail, next_check_at=None,
                      publish_id=None, **halt.columns())  # fmt: skip
        if halt.moves_others:
            enqueue(session, "posts.keep_line", post.account_id)
        return
    await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.failed,
        why=halt.detail,
        log_id=log_id,
        where=_as_asked(post),
        next_check_at=None,
        state_reason=reason[:64],
        state_detail=halt.detail,
        fail_reason=reason[:128],
        fail_help=halt.detail,
    )


async def _lock_attempt(session: AsyncSession, post: Post) -> None:
    """An attempt is locked before its post is, as everywhere."""
    await session.exec(select(PostAttempt.id).where(*_named_by(post)).with_for_update())


async def _free_place(session: AsyncSession, post: Post, reason: str) -> None:
    """What TikTok says has failed counts against none of its caps any more: no draft waits, no post is there."""
    if post.publish_id is not None:
        await session.exec(sa.update(PostAttempt).where(*_named_by(post)).values(error_code=reason[:128]))


def _named_by(post: Post) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(PostAttempt.post_id) == post.id, col(PostAttempt.publish_id) == post.publish_id)


async def _ask_to_reconnect(session: AsyncSession, post: Post, reason: str) -> None:
    """The creator took the permission back, unless it was given anew since TikTok got this post."""
    account = await session.get_one(Account, post.account_id)
    if account.connected_at <= (post.publishing_since or post.created_at):
        await mark_reconnect(session, post.account_id, reason, expected_version=account.token_version)


async def conclude_in_inbox(session: AsyncSession, post: Post, *, log_id: str | None = None) -> None:
    """TikTok says that the creator has the draft."""
    if post.state not in _WITH_TIKTOK:
        return
    await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.sent_to_inbox,
        why="TikTok delivered the draft to the creator's inbox. The creator finishes it in TikTok's app.",
        log_id=log_id,
        where=_as_asked(post),
    )


async def give_up(app: Resources, post: Post) -> None:
    """Two days are over. Without a verdict the post is unconfirmed; with one, only its public id stays unknown."""
    async with app.transaction() as session:
        if post.state is PostState.publishing:
            await advance(session, post.id, expected=post.state, to=PostState.unconfirmed, why=_NO_VERDICT,
                          where=_as_asked(post), state_reason="no_verdict", state_detail=_NO_VERDICT,
                          next_check_at=None)  # fmt: skip
        else:
            await _remember(session, post, next_check_at=None)


async def hear_nothing(app: Resources, post: Post, error: TikTokRefused) -> None:
    """TikTok refuses to speak about this post: a person must look, unless the verdict is known already.

    Meanwhile traces are looked for. It may be that TikTok does not know a number yet that it has just given out.
    """
    if error.advice.code in _WORDLESS:
        # Something on the way refused the question. That is no word of TikTok's about the post: it is asked again.
        return
    if error.advice.action is Action.reauthorize:
        async with app.transaction() as session:
            await mark_reconnect(session, post.account_id, error.advice.code)
        return
    async with app.transaction() as session:
        if post.state is PostState.publishing:
            await advance(session, post.id, expected=post.state, to=PostState.unconfirmed, why=error.message,
                          log_id=error.log_id, where=_as_asked(post), state_reason=error.advice.code[:64],
                          state_detail=error.message, next_check_at=utcnow() + _ASK_ONCE_MORE)  # fmt: skip
        else:
            await _remember(session, post, next_check_at=None)


async def _remember(session: AsyncSession, post: Post, **values: Any) -> None:
    unmoved = (col(Post.id) == post.id, col(Post.state) == post.state, *_as_asked(post))
    await session.exec(sa.update(Post).where(*unmoved).values(updated_at=utcnow(), **values))


def _as_asked(post: Post) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Post.publish_id).is_not_distinct_from(post.publish_id),)
