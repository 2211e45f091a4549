"""`newsreel backup`: a consistent copy of everything that cannot be had again, while the service runs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from app import __version__
from app.config import Settings
from app.db import Database
from app.errors import ConfigurationError
from app.kit.clock import utcnow
from app.kit.crypto import key_id_of
from app.ops.archive import FORMAT, KEY, Manifest, Writer, reflect_kept, writing
from app.ops.migrate import SchemaState, find_state

_PARTITION = 1000


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written."""

    backup_at: datetime
    rows: int
    files: int
    has_key: bool


@dataclass(frozen=True, slots=True)
class _Dump:
    revision: str
    rows: dict[str, int]
    key_ids: list[str]
    media: list[str]


async def make_backup(settings: Settings, path: Path, *, with_key: bool = False, replace: bool = False) -> Backup:
    """Write an archive of the database and of the media that posts still need. Raises ConfigurationError."""
    if not replace:
        _refuse_to_overwrite(path)
    if await find_state(settings) not in {SchemaState.current, SchemaState.old}:
        raise ConfigurationError("There is no database of this or an older version of Newsreel to back up.")
    if with_key and settings.secret_key.get_secret_value():
        raise ConfigurationError(
            "The keys stand in NEWSREEL_SECRET_KEY, not in the data folder. Keep that setting beside the backup, and "
            "leave --with-keys away."
        )
    try:
        return await _write(settings, path, with_key, replace)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}.") from error


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise ConfigurationError(
            f"{path} is there already. Name another file, or replace it, once the new one is whole, with --replace."
        )


async def _write(settings: Settings, path: Path, with_key: bool, replace: bool) -> Backup:
    # Before the first row is read: what happens from now on is not in the backup.
    backup_at = utcnow()
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as name, writing(path, replace=replace) as writer:
        folder = Path(name)
        dump = await _dump_database(settings, writer, folder)
        kept = [file for file in dump.media if writer.add(f"media/{file}", settings.data_dir / "media" / file)]
        if with_key:
            assert settings.secret_keys  # made where there is none yet
            writer.add(KEY, settings.data_dir / KEY)
        manifest = Manifest(
            format=FORMAT,
            newsreel=__version__,
            revision=dump.revision,
            database="sqlite" if settings.database_url.get_secret_value().startswith("sqlite") else "postgresql",
            backup_at=backup_at,
            rows=dump.rows,
            key_ids=dump.key_ids,
            members=writer.members,
        )
        writer.end(manifest, folder)
    return Backup(backup_at, sum(dump.rows.values()), len(kept), with_key)


async def _dump_database(settings: Settings, writer: Writer, folder: Path) -> _Dump:
    """Read all tables in one transaction that sees one moment: a read of SQLite's does, PostgreSQL must be asked to."""
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    options = {} if db.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    rows: dict[str, int] = {}
    key_ids: set[str] = set()
    try:
        async with db.read() as session:
            connection = await session.connection(execution_options=options)
            revision = (await connection.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar_one()
            tables = await connection.run_sync(reflect_kept)
            for table in tables.sorted_tables:
                file = folder / f"{table.name}.jsonl"
                rows[table.name] = await _dump_table(connection, table, file, key_ids)
                writer.add(f"tables/{file.name}", file)
                file.unlink()
            return _Dump(revision, rows, sorted(key_ids), await list_media(connection, tables))
    finally:
        await db.close()


async def _dump_table(connection: AsyncConnection, table: sa.Table, path: Path, key_ids: set[str]) -> int:
    encoder, count, line = msgspec.json.Encoder(), 0, bytearray()
    sealed = [column.name for column in table.columns if column.name.endswith("_encrypted")]
    # In the order in which they were made: so indexes that follow the rows' coming are as good after a restore.
    query = sa.select(table).order_by(*table.primary_key)
    result = await connection.stream(query, execution_options={"yield_per": _PARTITION})
    with path.open("wb") as file:
        async for partition in result.mappings().partitions(_PARTITION):
            for row in partition:
                values = {name: _plain(value) for name, value in row.items()}
                key_ids.update(found for name in sealed if (found := key_id_of(values[name] or "")))
                encoder.encode_into(values, line)
                line += b"\n"
                file.write(line)
            count += len(partition)
    return count


def _plain(value: Any) -> Any:
    """SQLite knows no time zones: what it holds is UTC. Bytes become base64 by the encoder."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


async def list_media(connection: AsyncConnection, tables: sa.MetaData) -> list[str]:
    """Name the files of posts that are under way. The others' are fetched again, should a person retry one."""
    assets = tables.tables["media_assets"].columns
    query = sa.select(assets["path"]).where(assets["delete_after"].is_(None)).order_by(assets["path"])
    return list((await connection.execute(query)).scalars())
