"""A row by an id that came from outside."""

from typing import Any, TypeVar

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

T = TypeVar("T", bound=SQLModel)


async def find_row(session: AsyncSession, table: type[T], row_id: str, **options: Any) -> T | None:
    """Find a row by any text: PostgreSQL refuses one with NUL, and an address may hold it. Options as of `get`."""
    return None if "\0" in row_id else await session.get(table, row_id, **options)
