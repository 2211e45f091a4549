"""How many comments nobody has looked at, for the menu of every page: it needs nothing of TikTok's client."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.comments.models import IS_WAITING, Comment, CommentState
from app.resources import Resources


async def count_unread(session: AsyncSession, app: Resources, *, most: int) -> int:
    """Count comments of the first level that are unread, up to `most`."""
    few = (
        select(Comment.position)
        .where(
            col(Comment.mode) == app.business.mode,
            # Word for word as a partial index has it, so that it serves.
            sa.literal_column(IS_WAITING),
            col(Comment.state) == CommentState.unread,
        )
        .limit(most)
        .subquery()
    )
    return (await session.exec(select(sa.func.count()).select_from(few))).one()
