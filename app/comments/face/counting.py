"""How many comments stand under ads and posts: by indexes, so that no comment is read for it, or few."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.comments.models import IS_FIRST, IS_WAITING, Comment, CommentState

MOST_UNREAD = 20_000
"""So many of the newest that wait are looked at; a newsroom with more has other cares than their number."""


async def count_known(session: AsyncSession, column: Any, ids: Collection[str]) -> dict[str, int]:
    """Count comments of the first level by where they stand. `column` is `Comment.ad_id` or `Comment.item_id`.

    Those ids are TikTok's alone: so an index tells, whosever they are.
    """
    where: sa.ColumnElement[bool] = sa.literal_column(f"{IS_FIRST} AND {column.key} IS NOT NULL")
    query = select(column, sa.func.count()).where(where, col(column).in_(ids)).group_by(column)
    return {place: count for place, count in (await session.exec(query)).all() if place}


async def count_waiting_by(
    session: AsyncSession, column: Any, ids: Collection[str], state: CommentState = CommentState.unread
) -> dict[str, int]:
    """Count those that wait in a state, by where they stand or by whose they are."""
    # By the index of what waits, and not by the places': there each comment would have to be looked at.
    where: sa.ColumnElement[bool] = sa.literal_column(f"{IS_WAITING} AND state = '{state.value}'")
    newest = select(column.label("place")).where(where).order_by(col(Comment.position).desc()).limit(MOST_UNREAD)
    rows = newest.subquery()
    query = select(rows.c.place, sa.func.count()).where(rows.c.place.in_(ids)).group_by(rows.c.place)
    return dict((await session.exec(query)).all())
