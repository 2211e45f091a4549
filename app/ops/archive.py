"""The file that `newsreel backup` writes: a compressed tar of the tables' rows, media, and a manifest that vouches.

Rows are lines of JSON, read from the tables as the database itself describes them. So an archive of any version can be
brought into any database, SQLite or PostgreSQL, and then be migrated.
"""

import gzip
import hashlib
import os
import re
import shutil
import tarfile
import warnings
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import msgspec
import sqlalchemy as sa

from app.errors import ConfigurationError
from app.models import metadata

FORMAT = 1
MANIFEST = "manifest.json"
KEY = "secret.key"
TRANSIENT = frozenset(
    {
        "worker_heartbeats",
        "login_sessions",
        "login_attempts",
        "oauth_states",
        "one_time_links",
        "call_budgets",
        "metric_counts",
    }
)
"""Not kept: a restore must not bring logins back to life that were ended, nor workers; the rest is of the moment."""

_MEMBER = re.compile(r"manifest\.json|secret\.key|tables/[a-z_]+\.jsonl|media/\w[\w-]*/\w[\w.-]*", re.ASCII)
_PIECE = 1024 * 1024


class Member(msgspec.Struct, frozen=True):
    """A file of the archive."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What the archive holds. `key_ids` tells which keys sealed its secrets, not the keys."""

    format: int
    newsreel: str
    revision: str
    database: str
    backup_at: datetime
    rows: dict[str, int]
    key_ids: list[str]
    members: dict[str, Member]


def reflect_kept(connection: sa.Connection) -> sa.MetaData:
    """Read the tables that a backup holds from the database as they are there, whatever its version."""
    return reflect_tables(connection, metadata.tables.keys() - TRANSIENT)


def reflect_tables(connection: sa.Connection, names: Collection[str]) -> sa.MetaData:
    """Read tables from the database as they are there; those that are not there are left out."""
    there = set(sa.inspect(connection).get_table_names())
    found = sa.MetaData()
    with warnings.catch_warnings():
        # On SQLite an index on an expression cannot be read, and nobody asks for indexes.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        found.reflect(connection, only=sorted(there.intersection(names)))
    return found


class Writer:
    """Writes an archive, and notes what it writes."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> bool:
        """Put a file in; false where it is gone."""
        assert _MEMBER.fullmatch(name), name
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            self.members[name] = digest(file)
            file.seek(0)
            self._put(name, file, self.members[name].size)
        return True

    def end(self, manifest: Manifest, folder: Path) -> None:
        """Put the manifest in, as the last file."""
        path = folder / MANIFEST
        path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        with path.open("rb") as file:
            self._put(MANIFEST, file, path.stat().st_size)

    def _put(self, name: str, file: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, file)


@contextmanager
def writing(path: Path, *, replace: bool) -> Iterator[Writer]:
    """Write an archive that only its owner can read. It gets its name when it is whole and on disk."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            with (
                gzip.GzipFile("", "wb", compresslevel=6, fileobj=file) as packed,
                tarfile.open(fileobj=packed, mode="w") as tar,
            ):
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
            _give_name(part, path, replace=replace)
        finally:
            part.unlink(missing_ok=True)
    flush_folder(path.parent)


def _give_name(part: Path, path: Path, *, replace: bool) -> None:
    """Put the file in place; another one that came there meanwhile is replaced only on demand."""
    if not replace:
        try:
            os.link(part, path)
        except FileExistsError:
            raise ConfigurationError(f"{path} was made by somebody else meanwhile, and is left as it is.") from None
        except OSError:  # a file system without hard links
            part.replace(path)
        return
    part.replace(path)


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpack an archive and check every file by the manifest. Raises ConfigurationError."""
    found: dict[str, Member] = {}
    try:
        with tarfile.open(path, "r:gz") as tar:
            for info in tar:
                found[info.name] = _unpack_member(tar, info, folder)
        if found.pop(MANIFEST, None) is None:
            raise tarfile.ReadError("it has no manifest")
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (tarfile.TarError, EOFError, zlib.error, OSError, msgspec.MsgspecError) as error:
        raise _damaged(path, getattr(error, "strerror", None) or str(error)) from None
    if manifest.format != FORMAT:
        raise ConfigurationError(f"{path} has format {manifest.format}; this version reads format {FORMAT}.")
    if found != manifest.members:
        wrong = sorted(
            name for name in found.keys() | manifest.members if found.get(name) != manifest.members.get(name)
        )
        raise _damaged(path, f"{', '.join(wrong[:5])} is not what was written")
    return manifest


def _unpack_member(tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path) -> Member:
    source = tar.extractfile(info) if info.isreg() and _MEMBER.fullmatch(info.name) else None
    if source is None:
        raise tarfile.ReadError(f"{info.name!r} does not belong there")
    target = folder / info.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, _PIECE)
    with target.open("rb") as file:
        return digest(file)


def digest(file: IO[bytes]) -> Member:
    """Measure a file and compute its checksum."""
    size, checksum = 0, hashlib.sha256()
    while piece := file.read(_PIECE):
        size += len(piece)
        checksum.update(piece)
    return Member(size, checksum.hexdigest())


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be read as a backup: {why}.")
