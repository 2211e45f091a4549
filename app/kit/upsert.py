"""Storing a row whose key may be taken: one statement, so that two who do it at once cannot collide."""

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.dialects import insert_into


async def upsert(session: AsyncSession, row: SQLModel, *, key: tuple[str, ...], change: tuple[str, ...]) -> None:
    """Insert the row, or give the columns `change` of the one that has its key these values."""
    insert = insert_into(session.get_bind().dialect.name, type(row)).values(**row.model_dump())
    values = {name: insert.excluded[name] for name in change}
    await session.exec(insert.on_conflict_do_update(index_elements=key, set_=values))
