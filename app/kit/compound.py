"""Several questions in one: what a database answers in one trip need not be asked in four."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession


async def fetch_each(session: AsyncSession, branches: Sequence[sa.Select[*tuple[Any, ...]]]) -> Sequence[sa.Row[Any]]:
    """Give the rows of selects that have the same columns, each with an order and a limit of its own.

    The rows of different selects come in no order that either database promises.
    """
    if not branches:
        return []
    # SQLite takes ORDER BY and LIMIT only in a select of its own.
    parts = [sa.select(branch.subquery(f"part_{number}")) for number, branch in enumerate(branches)]
    query = parts[0] if len(parts) == 1 else sa.union_all(*parts)
    return (await session.exec(query)).all()  # type: ignore[call-overload,no-any-return]
