"""Sealing anew what an older key of the ring has sealed: a column at a time, in batches, beside running processes.

Each write names the ciphertext that it replaces, and no two ciphertexts are equal. So whoever writes a fresh value
meanwhile wins, whatever else the row has to keep its writers apart, and a run that dies has done a part of its work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.crypto import Keyring, Undecryptable

BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of ciphertexts; `place` names, from a row's id, the place to which its text is bound."""

    table: type[SQLModel]
    name: str
    place: Callable[[str], str]

    @property
    def id(self) -> Any:
        (column,) = self.table.__table__.primary_key  # type: ignore[attr-defined]
        return column

    @property
    def text(self) -> Any:
        return self._columns[self.name]

    @property
    def _columns(self) -> Any:
        return self.table.__table__.c  # type: ignore[attr-defined]

    def is_old(self, keyring: Keyring) -> sa.ColumnElement[bool]:
        """The condition for a text that the newest key has not sealed. An empty one is no text."""
        is_current = self.text.startswith(keyring.current_prefix, autoescape=True)
        return sa.and_(self.text.is_not(None), self.text != "", sa.not_(is_current))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `last_id` is where the next begins, None at the end; `unreadable` are ids of rows."""

    resealed: int
    unreadable: tuple[str, ...]
    last_id: str | None


async def count_old(session: AsyncSession, keyring: Keyring, column: SealedColumn) -> int:
    """Count the rows that still need an older key."""
    query = sa.select(sa.func.count()).select_from(column.table).where(column.is_old(keyring))
    connection = await session.connection()
    return int((await connection.execute(query)).scalar_one())


async def reseal_batch(session: AsyncSession, keyring: Keyring, column: SealedColumn, *, after: str) -> Batch:
    """Seal the next rows anew, in order of their ids from `after` on. What no key opens stays as it is."""
    query = (
        sa.select(column.id, column.text)
        .where(column.is_old(keyring), column.id > after)
        .order_by(column.id)
        .limit(BATCH)
    )
    connection = await session.connection()
    rows = (await connection.execute(query)).all()
    resealed, unreadable = 0, []
    for row_id, text in rows:
        try:
            fresh = keyring.reseal(text, place=column.place(row_id))
        except Undecryptable:
            unreadable.append(row_id)
            continue
        statement = sa.update(column.table).where(column.id == row_id, column.text == text).values({column.name: fresh})
        resealed += (await session.exec(statement)).rowcount
    return Batch(resealed, tuple(unreadable), rows[-1][0] if len(rows) == BATCH else None)
