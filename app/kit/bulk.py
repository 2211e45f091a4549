"""Many rows in one statement: as a JSON document that the database itself takes apart.

One parameter, one trip, and one plan for any number of rows. On SQLite the interpreter's lock is free meanwhile, where
a statement per row would take it and let it go for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, each naming every column."""

    table: sa.Table
    rows: Sequence[Row]


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> set[str]:
    """Insert rows, but for those of which a unique key is taken; return the ids that went in."""
    if not rows:
        return set()
    if connection.dialect.name != "sqlite":
        statement = _for_postgresql((table,))
        return set(connection.exec_driver_sql(statement, _documents(rows)).scalars())
    varying = _varying(rows)
    values = [[_as_text(row[name]) for name in varying] for row in rows]
    alike_values = [_as_parameter(value) for name, value in rows[0].items() if name not in varying]
    statement = _for_sqlite(table, tuple(rows[0]), varying)
    result = connection.exec_driver_sql(statement, (*alike_values, msgspec.json.encode(values).decode()))
    ids = [row["id"] for row in rows]
    if result.rowcount == len(ids):
        return set(ids)
    return set(connection.execute(sa.select(table.c.id).where(table.c.id.in_(ids))).scalars())


def insert_family(connection: sa.Connection, head: Rows, *members: Rows) -> set[str]:
    """Insert the head's rows as `insert_rows` does, and of the others what belongs to those that went in.

    A member's rows refer to the head, or to a member before it. PostgreSQL does it all in one statement.
    """
    if connection.dialect.name != "sqlite":
        parameters = [document for one in (head, *members) for document in _documents(one.rows)]
        statement = _for_postgresql((head.table, *(member.table for member in members)))
        return set(connection.exec_driver_sql(statement, tuple(parameters)).scalars())
    went_in = {head.table: insert_rows(connection, head.table, head.rows)}
    for member in members:
        column, parent = _parent(member.table, tuple(went_in))
        rows = [row for row in member.rows if row[column] in went_in[parent]]
        went_in[member.table] = insert_rows(connection, member.table, rows)
    return went_in[head.table]


def find_keys(
    connection: sa.Connection, table: sa.Table, key: tuple[str, ...], values: Sequence[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    """Tell which of these keys rows have already. Reads, and waits for nobody."""
    statement = _lookup(table, key, key, dialect=connection.dialect.name, lock="OFFSET 0")
    return {tuple(row) for row in connection.execute(statement, {"wanted": msgspec.json.encode(values).decode()})}


def lock_rows(
    connection: sa.Connection,
    table: sa.Table,
    key: tuple[str, ...],
    values: Sequence[tuple[str, ...]],
    *,
    skips_locked: bool = True,
) -> Sequence[sa.Row[Any]]:
    """Read and lock the rows that have these values as their key; leave out those that others hold, or wait for them.

    Rows that refer to them can be added meanwhile. SQLite's transactions take turns by themselves.
    """
    names, lock = tuple(table.columns.keys()), "FOR NO KEY UPDATE" + (" SKIP LOCKED" if skips_locked else "")
    query = _lookup(table, key, names, dialect=connection.dialect.name, lock=lock)
    return connection.execute(query, {"wanted": msgspec.json.encode(values).decode()}).all()


@cache
def _lookup(
    table: sa.Table, key: tuple[str, ...], names: tuple[str, ...], *, dialect: str, lock: str
) -> sa.TextualSelect:
    columns = ", ".join(f'known."{name}"' for name in names)
    # For a list of pairs SQLite would read the whole table; in a join, and in this order, it takes the index.
    part = "json_extract(wanted.value, '$[{place}]')" if dialect == "sqlite" else "(wanted.value ->> {place})"
    is_same = " AND ".join(f'"{name}" = {part.format(place=place)}' for place, name in enumerate(key))
    if dialect == "sqlite":
        source = f"json_each(:wanted) AS wanted CROSS JOIN {table.name} AS known WHERE {is_same}"
    else:
        # PostgreSQL keeps the plan that it made while the table was small, and would go on reading all of it: row by
        # row it takes the index, but of a table that was measured when it was a page or two. That plan ends when
        # autovacuum measures anew, a minute after the table has grown by fifty rows.
        row = f"SELECT * FROM {table.name} WHERE {is_same} {lock}"  # noqa: S608 - our own names
        source = f"json_array_elements(CAST(:wanted AS json)) AS wanted(value) CROSS JOIN LATERAL ({row}) AS known"
    found = [table.c[name] for name in names]
    return sa.text(f"SELECT {columns} FROM {source}").columns(*found)  # noqa: S608 - our own names


def _varying(rows: Sequence[Row]) -> tuple[str, ...]:
    """Most columns of a new row hold the same blank: they are told once, and not for each row."""
    first = rows[0]
    return tuple(name for name in first if any(row[name] is not first[name] for row in rows))


def _documents(rows: Sequence[Row]) -> tuple[str, str]:
    if not rows:
        return "{}", "[]"
    varying = _varying(rows)
    alike = {name: value for name, value in rows[0].items() if name not in varying}
    own = [{name: row[name] for name in varying} for row in rows]
    return msgspec.json.encode(alike).decode(), msgspec.json.encode(own).decode()


@cache
def _for_postgresql(tables: tuple[sa.Table, ...]) -> str:
    # The driver prepares a statement once and keeps it.
    steps = ", ".join(
        f"new_{table.name} AS ({_insert(table, tables[:place], 2 * place)})" for place, table in enumerate(tables)
    )
    return f"WITH {steps} SELECT id FROM new_{tables[0].name}"  # noqa: S608 - our own names


def _insert(table: sa.Table, before: tuple[sa.Table, ...], given: int) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    rule = "ON CONFLICT DO NOTHING"
    if before:
        column, parent = _parent(table, before)
        rule = f'WHERE "{column}" IN (SELECT id FROM new_{parent.name})'  # noqa: S608 - our own names
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM json_populate_recordset("  # noqa: S608
        f"json_populate_record(NULL::{table.name}, ${given + 1}::json), ${given + 2}::json) {rule} RETURNING id"
    )


@cache
def _parent(table: sa.Table, before: tuple[sa.Table, ...]) -> tuple[str, sa.Table]:
    """Find the column by which the rows of a table belong to those of another."""
    return next((key.parent.name, key.column.table) for key in table.foreign_keys if key.column.table in before)


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
