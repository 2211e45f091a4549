"""The database's version: bring it to the newest, and tell where it is."""

import asyncio
import random
import re
import time
from enum import StrEnum
from functools import cache
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import ROOT, Settings
from app.db import Database, is_away, takes_no_writes
from app.errors import ConfigurationError

log = structlog.get_logger(__name__)

VERSIONS = ROOT / "migrations" / "versions"

ANSWERS_WITHIN_SECONDS = 30.0
"""A database that is started together with us; later than that it counts as away."""
UNLOCKED_WITHIN_SECONDS = 300.0
"""Tables that somebody else holds; later than that the migration is given up."""
_CONTENDED = frozenset({"57014", "40P01"})  # PostgreSQL: a lock that did not come in time, a deadlock
_CHECK = "Check NEWSREEL_DATABASE_URL."
_CHECK_DISK = "Check whether its disk is full or read-only, and NEWSREEL_DATABASE_URL."
_REVISION = re.compile(r"^revision(?:: str)? = [\"']([^\"']+)[\"']", re.MULTILINE)
_DOWN_REVISION = re.compile(r"^down_revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", re.MULTILINE)


class SchemaState(StrEnum):
    empty = "empty"
    old = "old"
    current = "current"
    ahead = "ahead"
    """A newer version of ours has migrated it: it has all that this one needs, as the manual's "Upgrades" promises."""
    foreign = "foreign"


def head_revision() -> str:
    """Tell the newest migration.

    Read from the files' own lines: every process asks this at start, and Alembic would cost each some megabytes for it.
    """
    revisions, downs = read_revisions(VERSIONS)
    (head,) = revisions - downs
    return head


async def schema_state(session: AsyncSession) -> SchemaState:
    """Compare the database's version with the newest migration."""
    connection = await session.connection()
    if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table("alembic_version")):
        return SchemaState.empty
    found = (await connection.execute(sa.text("SELECT version_num FROM alembic_version"))).scalars().all()
    if not found:
        return SchemaState.empty
    if list(found) == [head_revision()]:
        return SchemaState.current
    if set(found) <= read_revisions(VERSIONS)[0]:
        return SchemaState.old
    return SchemaState.ahead if all(_is_later(revision) for revision in found) else SchemaState.foreign


async def find_state(settings: Settings) -> SchemaState:
    """Look at a database that may not be there yet. Raises ConfigurationError where it does not answer."""
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        return SchemaState.empty if _is_missing_file(db) else await _read_state(db)
    finally:
        await db.close()


async def require_head(settings: Settings) -> None:
    """Refuse to start on a database that is not at the newest migration. Raises ConfigurationError, naming the cure."""
    state = await find_state(settings)
    _refuse_unknown(state)
    if state is not SchemaState.current:
        what = "is empty" if state is SchemaState.empty else "has an old schema"
        raise ConfigurationError(f"The database {what}. run: newsreel migrate")


async def upgrade(settings: Settings) -> None:
    """Bring the database to the newest version. Of two that run at once the second waits, and finds nothing to do."""
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    if db.is_sqlite and db.engine.url.database:
        Path(db.engine.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        state = await _read_state(db)
        _refuse_unknown(state)
        if state is not SchemaState.current:
            await _migrate(db)
    finally:
        await db.close()


def _refuse_unknown(state: SchemaState) -> None:
    if state is SchemaState.ahead:
        raise ConfigurationError(
            "The database was migrated by a newer version of Newsreel. Install that version and start it; to go back "
            "to this one, restore the backup that was made before."
        )
    if state is SchemaState.foreign:
        raise ConfigurationError(f"The database's version is none of Newsreel's: another program's? {_CHECK}")


async def _migrate(db: Database) -> None:
    deadline = time.monotonic() + UNLOCKED_WITHIN_SECONDS
    while True:
        try:
            return await _run_alembic(db)
        except DBAPIError as error:
            # Of several that begin at once one may stumble over what another has just made: the result counts.
            if await _read_state(db) is SchemaState.current:
                return None
            if takes_no_writes(error):
                raise ConfigurationError(f"The database takes no changes: {_reason(error)}. {_CHECK_DISK}") from None
            if getattr(error.orig, "sqlstate", None) not in _CONTENDED:
                raise
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    "In five minutes no moment was found in which the tables were free to be changed. Nothing was "
                    "changed. End what holds them (a backup, a transaction left open), and run this again."
                ) from None
            log.warning("migration_waits", reason="others use the tables")
        # Not in step with whom we met.
        await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311


async def _run_alembic(db: Database) -> None:
    async with db.engine.connect() as connection:
        await let_tables_be_rewritten(connection)
        await connection.run_sync(migrate_connection)


async def let_tables_be_rewritten(connection: AsyncConnection) -> None:
    """Prepare a fresh connection for migrations.

    SQLite changes a table by copying it and dropping the old one, and a drop would cascade to the rows that point to
    it. The pragma is ignored in a transaction, so it goes past SQLAlchemy, which would begin one.
    """
    if connection.dialect.name == "sqlite":
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("PRAGMA foreign_keys=OFF")


def migrate_connection(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the database to a version: in the transaction that is under way, or in one of its own."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(toml_file=ROOT / "pyproject.toml", attributes={"connection": connection}), revision)


def knows(revision: str) -> bool:
    """Tell whether this version of the program has that migration."""
    return revision in read_revisions(VERSIONS)[0]


async def _read_state(db: Database) -> SchemaState:
    await _wait_until_it_answers(db)
    async with db.read() as session:
        return await schema_state(session)


async def _wait_until_it_answers(db: Database) -> None:
    """Wait: where all is started at once, the database is often the last to be there. Raises ConfigurationError."""
    deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
    while True:
        try:
            async with db.engine.connect() as connection:
                await connection.execute(sa.text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            reason = _reason(error)
            if db.is_sqlite or _is_lasting(error):
                cure = _CHECK_DISK if takes_no_writes(error) else _CHECK
                raise ConfigurationError(f"The database cannot be opened: {reason}. {cure}") from None
            if time.monotonic() > deadline:
                raise ConfigurationError(f"The database does not answer: {reason}. {_CHECK}") from None
            log.warning("waiting_for_database", error=reason)
            await asyncio.sleep(1)
        else:
            return


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _is_lasting(error: Exception) -> bool:
    """A wrong password or the name of no database: waiting would not help."""
    sqlstate = str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")
    return sqlstate[:2] in {"28", "3D"} or not is_away(error)


def _is_missing_file(db: Database) -> bool:
    # Connecting would create it.
    return db.is_sqlite and bool(db.engine.url.database) and not Path(str(db.engine.url.database)).exists()


def _is_later(revision: str) -> bool:
    head = head_revision()
    return revision.isdecimal() and len(revision) == len(head) and revision > head


@cache
def read_revisions(versions: Path) -> tuple[set[str], set[str]]:
    """Read which revisions there are, and which of them others build on."""
    texts = [path.read_text(encoding="utf-8") for path in versions.glob("*.py")]
    return (
        {found for text in texts for found in _REVISION.findall(text)},
        {found for text in texts for found in _DOWN_REVISION.findall(text)},
    )
