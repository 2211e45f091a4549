"""Looking for what was said and whose answer was lost, by the clock: nothing is sent here."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.comments.act.targets import S, Spot, UnderComment, UnderPost, Voice
from app.comments.act.thread import look
from app.comments.models import Comment, CommentPost
from app.comments.models_said import CommentReply, OwnComment, ReplyState
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

_LOOK_FOR = timedelta(days=7)
_PATIENCE = Patience(Priority.sweep, caller="comments", turn=45.0)
_AT_ONCE = 50


async def settle_lost(app: Resources) -> None:
    """Look in their threads, and under their posts, for what nobody knows whether it was said."""
    async with app.read() as session:
        replies = await _list_lost_replies(session, app)
        comments = await _list_lost_comments(session, app)
    for reply, row in replies:
        await _look_again(app, UnderComment(row), reply)
    for said, post in comments:
        await _look_again(app, UnderPost(post), said)


async def _look_again(app: Resources, spot: Spot[S], said: S) -> None:
    now = utcnow()
    since = now - (said.sent_at or said.created_at)
    # Ever more rarely: what is there shows within seconds.
    pause = min(max(since / 4, timedelta(seconds=20)), timedelta(hours=1))
    if said.looked_at is not None and now - said.looked_at < pause:
        return

    async def work(voice: Voice) -> S | None:
        return await look(app, spot, voice, said)

    try:
        found = await spot.ask(app, _PATIENCE, work)
    except AppError:
        return
    if found is not None:
        log.info("comment_reply_found", reply_id=said.id)


async def _list_lost_replies(session: AsyncSession, app: Resources) -> Sequence[tuple[CommentReply, Comment]]:
    query = (
        select(CommentReply, Comment)
        .join(Comment, col(Comment.id) == col(CommentReply.comment_row_id))
        .where(*_is_lost(CommentReply), Comment.mode == mode_of(app))
    )
    return (await session.exec(query.order_by(col(CommentReply.created_at).desc()).limit(_AT_ONCE))).all()


async def _list_lost_comments(session: AsyncSession, app: Resources) -> Sequence[tuple[OwnComment, CommentPost]]:
    is_post = sa.and_(
        col(CommentPost.mode) == OwnComment.mode, col(CommentPost.account_id) == OwnComment.account_id,
        col(CommentPost.item_id) == OwnComment.item_id,
    )  # fmt: skip
    query = (
        select(OwnComment, CommentPost)
        .join(CommentPost, is_post)
        .where(*_is_lost(OwnComment), OwnComment.mode == mode_of(app))
    )
    return (await session.exec(query.order_by(col(OwnComment.created_at).desc()).limit(_AT_ONCE))).all()


def _is_lost(table: type[CommentReply] | type[OwnComment]) -> tuple[sa.ColumnElement[bool], ...]:
    now = utcnow()
    is_left = sa.and_(
        col(table.state) == ReplyState.sending,
        sa.or_(col(table.lease_until).is_(None), col(table.lease_until) < now),
    )
    return sa.or_(col(table.state) == ReplyState.unknown, is_left), col(table.created_at) > now - _LOOK_FOR
