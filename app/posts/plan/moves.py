"""What an article's news does to the posts that are there already: only their state machine may do it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import PublishMode
from app.articles.intake.arrivals import ArticleChange, Move
from app.articles.models import ArticleState, Delivery
from app.kit.clock import rfc3339, utcnow
from app.messages import timeline
from app.messages.message import Message
from app.outbox.models import EventType
from app.posts.attempts import was_perhaps_sent
from app.posts.line.turns import is_in_line
from app.posts.models import NOT_YET_GIVEN, Post, PostState
from app.posts.news import announce
from app.posts.transitions import advance, note, requeue

_GONE, _UNWANTED = "article_unpublished", "article_unwanted"
_LEFT_OUT = "article_left_out"
TAKE_DOWN_WITHIN = timedelta(hours=1)
"""For a person to delete a post whose article was withdrawn: by API nobody can. Then whoever was told is told again."""
_Row = Any
"""A post, as the planner has read it."""


def moves_for(change: ArticleChange, posts: Sequence[_Row]) -> Iterator[Move]:
    """Give what changes the posts that are there, when only their state machine may do it."""
    match change.delivery:
        case Delivery.republished | Delivery.created:
            yield from (partial(_bring_back, post) for post in posts if _may_come_back(post))
        case Delivery.updated:
            heard = [post for post in posts if hears_of_edits(post)]
            if any(is_anew for _, is_anew in map(what_an_edit_does, heard)):
                yield from (partial(_renew, post) for post in heard)
        case Delivery.unpublished:
            is_gone = change.article.state == ArticleState.unpublished
            heard = [post for post in posts if _hears_of_the_end(post, is_gone=is_gone)]
            yield from (partial(_withdraw, post, is_gone=is_gone) for post in heard)


def _may_come_back(post: _Row) -> bool:
    return _is_withdrawn(post) or post.alert == _GONE


def _is_withdrawn(post: _Row) -> bool:
    return post.state is PostState.cancelled and post.state_reason in {_GONE, _UNWANTED}


async def _bring_back(post: _Row, session: AsyncSession) -> None:
    if not _is_withdrawn(post):
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(alert=None, take_down_by=None))
        await note(session, post.id, post.state, timeline.PUBLISHED_AGAIN)
    elif await was_perhaps_sent(session, post.id):
        # It is not sent a second time by itself, and must not be forgotten either.
        why = timeline.PUBLISHED_AGAIN_PERHAPS_THERE
        await advance(session, post.id, expected=post.state, to=PostState.unconfirmed, why=why,
                      state_reason="perhaps_sent", state_detail=why, next_check_at=utcnow())  # fmt: skip
    else:
        why = timeline.PUBLISHED_AGAIN
        await requeue(session, post.id, expected=post.state, why=why, failures=0, media_missing_since=None)


def hears_of_edits(post: _Row) -> bool:
    """Tell whether an edit of the article can still change a post."""
    return post.state in NOT_YET_GIVEN and not post.is_sending


async def _renew(post: _Row, session: AsyncSession) -> None:
    why, is_anew = what_an_edit_does(post)
    if is_anew:
        await requeue(session, post.id, expected=post.state, why=why, failures=0, media_missing_since=None)
    else:
        await note(session, post.id, post.state, why)


def what_an_edit_does(post: _Row) -> tuple[Message, bool]:
    """Say what an edit of the article does to a post that TikTok was not given, and whether it is prepared anew now."""
    if post.is_approved and post.mode == PublishMode.approve:
        # Consent was given to another text. It is asked for now, and not when the post's time has come. A queued post's
        # worker sees to it.
        why = timeline.APPROVAL_ENDED_KEEPS_TEXT if post.is_edited else timeline.APPROVAL_ENDED
        return why, post.state is not PostState.queued
    is_waiting = post.state in {PostState.awaiting_approval, PostState.scheduled} and not is_in_line(post)
    if is_waiting or (post.state is PostState.retryable and post.media_missing_since is not None):
        return timeline.PREPARED_ANEW_KEEPS_TEXT if post.is_edited else timeline.PREPARED_ANEW, True
    return timeline.CHANGED_KEEPS_TEXT if post.is_edited else timeline.CHANGED, False


async def keep_out(post: _Row, by_rule: Message, session: AsyncSession) -> None:
    """End a post that a rule leaves out, now that the article's page was read."""
    why = timeline.left_out_with_page(by_rule)
    await advance(
        session, post.id, expected=post.state, to=PostState.cancelled, why=why,
        where=(col(Post.is_sending).is_(False),), state_reason=_LEFT_OUT, state_detail=why,
    )  # fmt: skip


def _hears_of_the_end(post: _Row, *, is_gone: bool) -> bool:
    is_out = post.state not in {PostState.cancelled, PostState.failed}
    return post.state in NOT_YET_GIVEN or (is_gone and is_out and post.alert != _GONE)


async def _withdraw(post: _Row, session: AsyncSession, *, is_gone: bool) -> None:
    reason = _GONE if is_gone else _UNWANTED
    why = timeline.UNPUBLISHED if is_gone else timeline.UNWANTED
    if post.state in NOT_YET_GIVEN and await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.cancelled,
        why=why,
        where=(col(Post.is_sending).is_(False),),
        state_reason=reason,
        state_detail=why,
    ):
        return
    if is_gone and post.alert != _GONE:
        by = utcnow() + TAKE_DOWN_WITHIN
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(alert=_GONE, take_down_by=by))
        await note(session, post.id, post.state, timeline.UNPUBLISHED_BUT_POSTED)
        why = timeline.delete_by(time=by)
        await announce(session, post.id, EventType.article_withdrawn, why, more={"delete_by": rfc3339(by)})
