"""How long comments are kept: after that the whole thread is forgotten, and not fetched again."""

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.comments.models import Comment
from app.comments.models_said import OPEN, OwnComment
from app.comments.store import first_position
from app.config import Settings
from app.kit.clock import utcnow
from app.resources import Resources

log = structlog.get_logger(__name__)

_BATCH = 500
_MOST_BATCHES = 200
_MARGIN = timedelta(days=2)
"""TikTok is asked for whole days: what such an answer holds besides is not to come and go."""


def oldest_kept(settings: Settings) -> datetime:
    """Tell how old a comment may be to be fetched."""
    return utcnow() - timedelta(days=settings.comments_days)


async def forget_old(app: Resources) -> int:
    """Forget threads in which nothing was written for so long; tell how many comments that were.

    Safe to run twice, and wherever it is cut off.
    """
    before = first_position(oldest_kept(app.settings) - _MARGIN)
    forgotten = 0
    for _ in range(_MOST_BATCHES):
        count = await _forget_some(app, before)
        forgotten += count
        if count == 0:
            break
    is_old = (col(OwnComment.created_at) < oldest_kept(app.settings), col(OwnComment.state).not_in(OPEN))
    async with app.transaction() as session:
        await session.exec(sa.delete(OwnComment).where(*is_old))
    if forgotten:
        log.info("comments_forgotten", count=forgotten)
    return forgotten


async def _forget_some(app: Resources, before: int) -> int:
    later, root = aliased(Comment), aliased(Comment)
    goes_on = sa.exists().where(_answers(later, Comment), col(later.position) >= before)
    has_root = sa.exists().where(_answers(Comment, root))
    is_old_root = sa.and_(col(Comment.parent_comment_id).is_(None), sa.not_(goes_on))
    is_left_over = sa.and_(col(Comment.parent_comment_id).is_not(None), sa.not_(has_root))
    old = select(Comment.id).where(col(Comment.position) < before, sa.or_(is_old_root, is_left_over))
    async with app.transaction() as session:
        ids = (await session.exec(old.order_by(col(Comment.position)).limit(_BATCH))).all()
        if not ids:
            return 0
        answered = sa.exists().where(col(root.id).in_(ids), _answers(Comment, root))
        answers = await session.exec(sa.delete(Comment).where(answered))
        roots = await session.exec(sa.delete(Comment).where(col(Comment.id).in_(ids)))
    return int(answers.rowcount + roots.rowcount)


def _answers(one: type[Comment], other: type[Comment]) -> sa.ColumnElement[bool]:
    """Say that one comment stands in the thread of another."""
    return sa.and_(
        col(one.parent_comment_id) == col(other.comment_id),
        col(one.mode) == col(other.mode),
        col(one.source) == col(other.source),
        col(one.owner_id) == col(other.owner_id),
    )
