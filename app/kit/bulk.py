"""Many rows in one statement: as a JSON document that the database itself takes apart.

One parameter, one trip, and one plan for any number of rows. On SQLite the interpreter's lock is free meanwhile, where
a statement per row would take it and let it go for each.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

Row = Mapping[str, Any]


def insert_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, key: tuple[str, ...] = ("id",)
) -> set[str]:
    """Insert rows that name every column, but for those whose unique key is taken; return the ids that went in."""
    if not rows:
        return set()
    if connection.dialect.name != "sqlite":
        # The driver prepares a statement once and keeps it.
        document = msgspec.json.encode(rows).decode()
        return set(connection.exec_driver_sql(_for_postgresql(table, key), (document,)).scalars())
    names = [column.name for column in table.columns]
    values = [[_as_text(row[name]) for name in names] for row in rows]
    result = connection.exec_driver_sql(_for_sqlite(table), (msgspec.json.encode(values).decode(),))
    ids = [row["id"] for row in rows]
    if result.rowcount == len(ids):
        return set(ids)
    return set(connection.execute(sa.select(table.c.id).where(table.c.id.in_(ids))).scalars())


@cache
def _for_postgresql(table: sa.Table, key: tuple[str, ...]) -> str:
    columns, is_same = _columns(table), " AND ".join(f'known."{name}" = new."{name}"' for name in key)
    # A conflict waits for whoever is just changing the row in the way, perhaps for long; a look before does not.
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608 - our own names
        f"FROM json_populate_recordset(NULL::{table.name}, $1::json) AS new "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} AS known WHERE {is_same}) ON CONFLICT DO NOTHING RETURNING id"
    )


@cache
def _for_sqlite(table: sa.Table) -> str:
    values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(table.columns)))
    return (
        f"INSERT INTO {table.name} ({_columns(table)}) SELECT {values} "  # noqa: S608 - our own names
        "FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
    )


def _columns(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _as_text(value: object) -> object:
    # SQLite has no times: this is the text that SQLAlchemy writes, and by which it compares.
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value
