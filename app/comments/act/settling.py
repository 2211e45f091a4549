"""Looking for replies whose answer was lost, by the clock: nothing is sent here."""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.ads.access import mode_of
from app.comments.access.asking import ask
from app.comments.act.thread import look
from app.comments.models import Comment, CommentReply, ReplyState
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
    """Look in their threads for replies of which nobody knows whether they were said."""
    now = utcnow()
    for reply, row in await _list_lost(app):
        last = reply.looked_at
        since = now - (reply.sent_at or reply.created_at)
        # Ever more rarely: a reply that is there shows within seconds.
        if last is not None and now - last < min(max(since / 4, timedelta(seconds=20)), timedelta(hours=1)):
            continue
        try:
            found = await ask(app, row, _PATIENCE, partial(look, app, row=row, reply=reply))
        except AppError:
            continue
        if found is not None:
            log.info("comment_reply_found", reply_id=reply.id)


async def _list_lost(app: Resources) -> list[tuple[CommentReply, Comment]]:
    now = utcnow()
    is_left = sa.and_(
        col(CommentReply.state) == ReplyState.sending,
        sa.or_(col(CommentReply.lease_until).is_(None), col(CommentReply.lease_until) < now),
    )
    async with app.read() as session:
        query = (
            select(CommentReply, Comment)
            .join(Comment, col(Comment.id) == col(CommentReply.comment_row_id))
            .where(
                sa.or_(col(CommentReply.state) == ReplyState.unknown, is_left),
                col(CommentReply.created_at) > now - _LOOK_FOR,
                Comment.mode == mode_of(app),
            )
            .order_by(col(CommentReply.created_at).desc())
            .limit(_AT_ONCE)
        )
        return [(reply, row) for reply, row in (await session.exec(query)).all()]
