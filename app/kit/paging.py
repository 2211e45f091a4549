"""Lists by cursor: ids are time-ordered, so the last id of a page is where the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page, newest first. `next_cursor` is None at the end."""

    items: Sequence[T]
    next_cursor: str | None


async def paginate(
    session: AsyncSession,
    query: SelectOfScalar[T],
    id_column: Any,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[T]:
    """Run `query` for one page of at most `limit` rows (1 to 200), newest id first, after `cursor`."""
    limit = max(1, min(limit, MAX_LIMIT))
    if cursor:
        query = query.where(id_column < cursor)
    rows = (await session.exec(query.order_by(id_column.desc()).limit(limit + 1))).all()
    page = rows[:limit]
    return Page(page, getattr(page[-1], id_column.key) if len(rows) > limit else None)
