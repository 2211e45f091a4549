"""Many rows in one statement: as a JSON document that the database itself takes apart.

One parameter, one trip, and one plan for any number of rows. On SQLite the interpreter's lock is free meanwhile, where
a statement per row would take it and let it go for each.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
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
    first = rows[0]
    # Most columns of a new row hold the same blank: they are told once, and not for each row.
    varying = tuple(name for name in first if any(row[name] is not first[name] for row in rows))
    if connection.dialect.name != "sqlite":
        # The driver prepares a statement once and keeps it.
        alike = {name: value for name, value in first.items() if name not in varying}
        documents = (alike, [{name: row[name] for name in varying} for row in rows])
        parameters = tuple(msgspec.json.encode(document).decode() for document in documents)
        return set(connection.exec_driver_sql(_for_postgresql(table, key), parameters).scalars())
    values = [[_as_text(row[name]) for name in varying] for row in rows]
    alike_values = [_as_parameter(first[name]) for name in first if name not in varying]
    statement = _for_sqlite(table, tuple(first), varying)
    result = connection.exec_driver_sql(statement, (*alike_values, msgspec.json.encode(values).decode()))
    ids = [row["id"] for row in rows]
    if result.rowcount == len(ids):
        return set(ids)
    return set(connection.execute(sa.select(table.c.id).where(table.c.id.in_(ids))).scalars())


def lock_rows(
    connection: sa.Connection, table: sa.Table, key: tuple[str, ...], values: Sequence[tuple[str, ...]]
) -> Sequence[sa.Row[Any]]:
    """Read and lock the rows that have these values as their key, but for those that another transaction has locked."""
    query = _lookup(table, key, is_sqlite=connection.dialect.name == "sqlite")
    return connection.execute(query, {"wanted": msgspec.json.encode(values).decode()}).all()


@cache
def _lookup(table: sa.Table, key: tuple[str, ...], *, is_sqlite: bool) -> sa.TextualSelect:
    columns = ", ".join(f'known."{column.name}"' for column in table.columns)
    # For a list of pairs SQLite would read the whole table; in a join, and in this order, it takes the index.
    part = "json_extract(wanted.value, '$[{place}]')" if is_sqlite else "(wanted.value ->> {place})"
    is_same = " AND ".join(f'known."{name}" = {part.format(place=place)}' for place, name in enumerate(key))
    source = (
        f"json_each(:wanted) AS wanted CROSS JOIN {table.name} AS known WHERE {is_same}"
        if is_sqlite
        else f"json_array_elements(CAST(:wanted AS json)) AS wanted(value) JOIN {table.name} AS known ON {is_same} "
        "FOR NO KEY UPDATE OF known SKIP LOCKED"
    )
    return sa.text(f"SELECT {columns} FROM {source}").columns(*table.columns)  # noqa: S608 - our own names


@cache
def _for_postgresql(table: sa.Table, key: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    is_same = " AND ".join(f'known."{name}" = new."{name}"' for name in key)
    # A conflict waits for whoever is just changing the row in the way, perhaps for long; a look before does not.
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608 - our own names
        f"FROM json_populate_recordset(json_populate_record(NULL::{table.name}, $1::json), $2::json) AS new "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} AS known WHERE {is_same}) ON CONFLICT DO NOTHING RETURNING id"
    )


@lru_cache(maxsize=256)
def _for_sqlite(table: sa.Table, names: tuple[str, ...], varying: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    places = {name: f"json_extract(value, '$[{place}]')" for place, name in enumerate(varying)}
    values = ", ".join(places.get(name, "?") for name in names)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {values} "  # noqa: S608 - our own names
        "FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
    )


def _as_text(value: object) -> object:
    # SQLite has no times: this is the text that SQLAlchemy writes, and by which it compares.
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")
    return value


def _as_parameter(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else _as_text(value)
