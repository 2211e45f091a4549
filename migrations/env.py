"""How Alembic reaches the database. `newsreel migrate` hands in a connection; `alembic` alone takes the settings' one.

A new migration after a change of the models (it first brings the database of the settings to the newest version):

    make migration M="what changes"

One step back, which drops what the migration had added, with its data: `.venv/bin/alembic downgrade -1`.
"""

import asyncio
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.config import load_settings
from app.db import Database
from app.models import RETIRED, SEARCH_INDEXES, metadata

_LOCK = 0x6E657773  # any number, as long as it stays the same
# Shorter than a delivery's patience of 1.5 s, and than PostgreSQL's deadlock_timeout of 1 s: of two that wait for each
# other we give way. app/ops/migrate.py tries again.
_WAIT_FOR_TABLES = "800ms"


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's types and our enums as the plain types that they are in the database.

    So a migration outlives a change of the library, and of the values that a column takes.
    """
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and (isinstance(item, AutoString) or (isinstance(item, sa.Enum) and not item.native_enum)):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:
    """Leave out the indexes of words, and what the models have retired, and only a later version drops."""
    if kind == "table" and reflected and any(index.owns(name or "") for index in SEARCH_INDEXES):
        return False
    return not (kind == "column" and reflected and compared_to is None and name in RETIRED.get(item.table.name, ()))


def take_all_tables(connection: sa.Connection) -> None:
    """Lock every table at once, on PostgreSQL: one by one, as they are changed, would meet others half way."""
    there = set(sa.inspect(connection).get_table_names())
    names = ", ".join(table.name for table in metadata.sorted_tables if table.name in there)
    if names:
        connection.execute(sa.text(f"SET LOCAL statement_timeout = '{_WAIT_FOR_TABLES}'"))
        connection.execute(sa.text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        connection.execute(sa.text("SET LOCAL statement_timeout TO DEFAULT"))


def run(connection: sa.Connection) -> None:
    """Run all migrations in one transaction: SQLite's DDL is transactional too, as app.db begins them itself."""
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=True,
        render_item=render_item,
        include_object=is_ours,
        transactional_ddl=True,
    )
    # Read the migrations now: on SQLite nobody else writes from the BEGIN on.
    context.script.get_heads()
    with context.begin_transaction():
        if not is_sqlite:
            # Of two that migrate at once the second waits here, and reads the version when the first is done. On SQLite
            # the BEGIN IMMEDIATE does that.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            take_all_tables(connection)
        context.run_migrations()
        if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration leaves rows that point nowhere: {broken[:5]}")


async def run_alone() -> None:
    """Open the database of the settings."""
    db = Database(load_settings().database_url.get_secret_value(), pool_size=1)
    try:
        async with db.engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await db.close()


if context.is_offline_mode():
    raise SystemExit("Migrations need a database: --sql is not supported.")
handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    run(handed_in)
else:
    asyncio.run(run_alone())
