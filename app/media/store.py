"""The media folder: a workshop for pictures in the making, and files that stay until they are swept.

A file in it belongs to a row, or to a preparation that is under way. Nothing but the sweep deletes: rows go first, and
a file whose row is gone is an orphan, as is one whose process died before it could write the row.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.kit.ids import new_id

ORPHAN_SECONDS = 3600.0
"""Longer than any preparation: until then a file without a row may still get one."""

REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
"""Errors by which a disk says that it takes nothing: no fault of a picture's."""

_LEAST_FREE_BYTES = 32 * 1024 * 1024
"""The last of a disk is not for media: the database may lie on it too, and articles must still come in."""

_WORKSHOP = "tmp"


@contextmanager
def workshop(root: Path) -> Iterator[Path]:
    """A folder for one preparation, gone afterwards. It lies beside the kept files, so that keeping is a rename.

    Raises OSError where the disk takes no more media.
    """
    parent = root / _WORKSHOP
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(parent).free < _LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_files(root: Path, files: Sequence[Path], *, beside: Path | None = None) -> list[tuple[str, str]]:
    """Move finished files to where they stay; return an id and a path below `root` for each.

    The files themselves were flushed when written; here their names are. `beside`, the picture of the last file, comes
    to lie beside it, under the same id.
    """
    shard = new_id()[-2:]
    folder = root / shard
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = []
    for file in files:
        file_id = new_id()
        path = f"{shard}/{file_id}{file.suffix}"
        file.replace(root / path)
        kept.append((file_id, path))
    if beside is not None:
        beside.replace((root / path).with_suffix(beside.suffix))
    _flush(folder)
    _flush(root)
    return kept


def list_old_files(root: Path) -> Iterator[dict[str, list[Path]]]:
    """Go through the kept files that are old enough to be orphans: folder by folder, by id."""
    for folder in _folders(root):
        if folder.name != _WORKSHOP:
            files: dict[str, list[Path]] = {}
            for entry in _old_entries(folder):
                files.setdefault(entry.stem, []).append(entry)
            yield files


def poster_of(root: Path, path: str) -> Path:
    """Where the picture of a kept video lies; a kept picture is its own."""
    return (root / path).with_suffix(".jpg")


def sweep_workshop(root: Path) -> int:
    """Remove what preparations left behind that died."""
    left = list(_old_entries(root / _WORKSHOP))
    for entry in left:
        shutil.rmtree(entry, ignore_errors=True)
    return len(left)


def _folders(root: Path) -> list[Path]:
    return sorted(entry for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []


def _old_entries(folder: Path) -> Iterator[Path]:
    oldest = time.time() - ORPHAN_SECONDS
    for entry in list(folder.iterdir()) if folder.is_dir() else []:
        try:
            if entry.stat().st_mtime < oldest:
                yield entry
        except FileNotFoundError:
            continue  # another sweep was faster


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
