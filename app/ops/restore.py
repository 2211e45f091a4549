"""`newsreel restore`: bring a backup back, whole or not at all, and so that nothing is posted twice because of it."""

import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.internal.gaps import note_gap
from app.config import Settings
from app.db import APPLICATION, Database
from app.errors import ConfigurationError
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.models import metadata
from app.ops.archive import KEY, TRANSIENT, Manifest, flush_folder, reflect_kept, reflect_tables, unpack
from app.ops.migrate import knows, let_tables_be_rewritten, migrate_connection
from app.posts.restored import hold_restored_posts

_BATCH = 500
_ALIVE_WITHIN = timedelta(minutes=1)
_STOP = "Stop every web and worker process first: they would go on with what is no more."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and what became of the posts that were under way."""

    manifest: Manifest
    posts: dict[str, int] = field(default_factory=dict)
    has_key: bool = False


async def restore_backup(settings: Settings, path: Path, *, replace: bool = False, key_lost: bool = False) -> Restored:
    """Bring an archive into the database and data folder of the settings. Raises ConfigurationError.

    The database changes in one transaction, the last step but one: until then nothing is lost, and after a failure the
    command can be repeated.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restore-", dir=settings.data_dir) as name:
        folder = Path(name)
        manifest = unpack(path, folder)
        has_key = KEY in manifest.members
        _check_version(manifest)
        if not key_lost:
            _check_key(settings, folder / KEY if has_key else None, manifest)
        db = _open(settings)
        try:
            await _refuse_the_living(db)
            if not replace:
                await _refuse_data(db)
            _move_media(folder / "media", settings.data_dir / "media")
            posts = await _load(db, folder, manifest)
        finally:
            await db.close()
        has_key = has_key and not settings.secret_key.get_secret_value()
        if has_key:
            _put_key(folder / KEY, settings.data_dir / KEY)
    return Restored(manifest, posts, has_key)


def _check_version(manifest: Manifest) -> None:
    if not knows(manifest.revision):
        raise ConfigurationError(
            f"The backup was made by a newer version of Newsreel ({manifest.newsreel}). Restore it with that version."
        )


def _check_key(settings: Settings, brought: Path | None, manifest: Manifest) -> None:
    """Look before anything is changed whether the secrets in the backup could be opened."""
    use_brought = brought is not None and not settings.secret_key.get_secret_value()
    keys = (brought.read_text(encoding="ascii").strip(),) if use_brought and brought else settings.secret_keys
    keyring = Keyring(keys)
    if all(keyring.has_key(key_id) for key_id in manifest.key_ids):
        return
    raise ConfigurationError(
        "The secrets in the backup were sealed with another key than the configured one. Put that key first in "
        "NEWSREEL_SECRET_KEY, or into secret.key in the data folder. If it is lost, repeat the command with "
        "--key-lost; afterwards connect every account again, and give every source a new secret."
    )


def _open(settings: Settings) -> Database:
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    if db.is_sqlite and db.engine.url.database:
        Path(db.engine.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return db


async def _refuse_the_living(db: Database) -> None:
    """Refuse while a process of ours uses the database."""
    if db.is_sqlite and _is_in_use(Path(db.engine.url.database or "")):
        raise ConfigurationError(f"The database is in use. {_STOP}")
    async with db.read() as session:
        if not db.is_sqlite and await _count_connections(session):
            raise ConfigurationError(f"The database is in use. {_STOP}")
        connection = await session.connection()
        if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table(WorkerHeartbeat.__tablename__)):
            return
        seen_at = (await session.exec(select(func.max(col(WorkerHeartbeat.seen_at))))).one()
    if seen_at is not None and utcnow() - seen_at < _ALIVE_WITHIN:
        raise ConfigurationError(
            f"A worker gave a sign of life a moment ago. {_STOP} If it was killed, wait a minute and repeat this."
        )


def _is_in_use(path: Path) -> bool:
    """Tell whether another connection is open: as long as one is, the file's journal mode cannot be changed."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"{path} is no database: {error}. Move it away.") from None
    return str(mode).lower() != "delete"


async def _count_connections(session: AsyncSession) -> int:
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = :ours AND pid <> pg_backend_pid()"
    )
    connection = await session.connection()
    return int((await connection.execute(query, {"ours": APPLICATION})).scalar_one())


async def _refuse_data(db: Database) -> None:
    async with db.read() as session:
        connection = await session.connection()
        there = await connection.run_sync(lambda sync: set(sa.inspect(sync).get_table_names()))
        for name in sorted(there & metadata.tables.keys() - TRANSIENT):
            found = await connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1))
            if found.first() is not None:
                raise ConfigurationError(
                    "The database is not empty. To throw away what is there, repeat the command with --replace."
                )


def _move_media(staged: Path, root: Path) -> None:
    """Put media in place. Before their rows: a file without a row is swept away, a row without a file is a fault."""
    for file in sorted(path for path in staged.rglob("*") if path.is_file()):
        target = root / file.relative_to(staged)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.replace(target)


async def _load(db: Database, folder: Path, manifest: Manifest) -> dict[str, int]:
    """Replace the database's content, in one transaction."""
    async with db.engine.connect() as connection:
        await let_tables_be_rewritten(connection)
        async with connection.begin():
            await connection.run_sync(_drop_everything)
            await connection.run_sync(migrate_connection, manifest.revision)
            for table in (await connection.run_sync(reflect_kept)).sorted_tables:
                await _load_table(connection, table, folder / "tables" / f"{table.name}.jsonl", manifest)
            await connection.run_sync(migrate_connection)
            async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session, session.begin():
                note_gap(session, manifest.backup_at)
                return await hold_restored_posts(session, manifest.backup_at)


def _drop_everything(connection: sa.Connection) -> None:
    reflect_tables(connection, {*metadata.tables, "alembic_version"}).drop_all(connection)


async def _load_table(connection: AsyncConnection, table: sa.Table, path: Path, manifest: Manifest) -> None:
    if table.name not in manifest.rows:
        return
    count = 0
    await connection.execute(sa.delete(table))  # what a trigger has put there, out of a table that was loaded before
    for rows in _read_rows(table, path):
        await connection.execute(sa.insert(table), rows)
        count += len(rows)
    if count != manifest.rows[table.name]:
        raise ConfigurationError(f"The backup holds {count} rows of {table.name}, not {manifest.rows[table.name]}.")


def _read_rows(table: sa.Table, path: Path) -> Iterator[list[dict[str, Any]]]:
    moments = [column.name for column in table.columns if isinstance(column.type, sa.DateTime)]
    binaries = [column.name for column in table.columns if isinstance(column.type, sa.LargeBinary)]
    for column in table.columns:
        if isinstance(column.type, sa.JSON):
            column.type.none_as_null = True
    rows: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for line in file:
            row = msgspec.json.decode(line)
            for name in moments:
                if row.get(name) is not None:  # a retired column may be gone
                    row[name] = datetime.fromisoformat(row[name])
            for name in binaries:
                if row.get(name) is not None:
                    row[name] = b64decode(row[name], validate=True)
            rows.append(row)
            if len(rows) == _BATCH:
                yield rows
                rows = []
    if rows:
        yield rows


def _put_key(brought: Path, path: Path) -> None:
    """Put the backup's key in place, and keep the one that stood there."""
    if path.exists() and path.read_bytes() != brought.read_bytes():
        path.rename(path.with_name(f"{path.name}.replaced-{utcnow():%Y%m%dT%H%M%S}"))
    brought.chmod(0o600)
    brought.replace(path)
    flush_folder(path.parent)
