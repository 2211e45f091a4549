"""One moment in each of many rows, written in one go."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


async def set_moments(
    connection: AsyncConnection, key: sa.Column[Any], moment: sa.Column[Any], values: Mapping[str, datetime]
) -> None:
    """Set the column `moment` of the rows whose `key` is named.

    A statement per row costs PostgreSQL a trip and a plan each; for SQLite they are next to nothing.
    """
    if not values:
        return
    if connection.dialect.name == "sqlite":
        rows = [{"b_key": name, "b_moment": at} for name, at in values.items()]
        await connection.execute(_one_by_one(key, moment), rows)
    else:
        both = {"b_keys": list(values), "b_moments": list(values.values())}
        await connection.execute(_at_once(key, moment), both)


@cache
def _one_by_one(key: sa.Column[Any], moment: sa.Column[Any]) -> sa.Update:
    given = sa.bindparam("b_moment", type_=moment.type)
    return sa.update(key.table).where(key == sa.bindparam("b_key")).values({moment: given})


@cache
def _at_once(key: sa.Column[Any], moment: sa.Column[Any]) -> sa.Update:
    keys = sa.bindparam("b_keys", type_=sa.ARRAY(sa.Text))
    moments = sa.bindparam("b_moments", type_=sa.ARRAY(sa.DateTime(timezone=True)))
    given = sa.func.unnest(keys, moments).table_valued(
        sa.column("key", sa.Text), sa.column("moment", sa.DateTime(timezone=True)), name="given"
    )
    given = given.render_derived()
    return sa.update(key.table).where(key == given.c.key).values({moment: given.c.moment})
