"""A small disk of a test's own, that can be filled and made read-only. Needs root; elsewhere the test is skipped.

Without root: a database that itself says that it has no room.
"""

import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database

_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


@dataclass
class Disk:
    """A file system in memory."""

    folder: Path

    def fill(self) -> None:
        """Write until nothing more fits."""
        piece = bytes(64 * 1024)
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while file.write(piece):
                pass

    def free(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def make_read_only(self) -> None:
        """As after a fault of the disk: who opens a file now may only read. Files that are open stay as they are."""
        _mount("--bind", str(self.folder), str(self.folder))
        _mount("-o", "remount,bind,ro", str(self.folder))

    def make_writable(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Disk]:
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "newsreel-test", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        yield Disk(folder)
    finally:
        while subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False).returncode == 0:
            pass


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@asynccontextmanager
async def no_room(db: Database) -> AsyncIterator[None]:
    """Let a database take no article, in its own words: SQLite's file may not grow, PostgreSQL's table neither."""
    if not db.is_sqlite:
        async with db.engine.begin() as connection:
            await connection.execute(sa.text(_REFUSE))
            trigger = "CREATE TRIGGER refuse BEFORE INSERT ON articles EXECUTE FUNCTION refuse()"
            await connection.execute(sa.text(trigger))
        try:
            yield
        finally:
            async with db.engine.begin() as connection:
                await connection.execute(sa.text("DROP FUNCTION refuse CASCADE"))
        return
    async with db.engine.connect() as connection:
        pages = (await connection.execute(sa.text("PRAGMA page_count"))).scalar_one()

    def bound(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={pages}")
        cursor.close()

    for engine in db.engines:
        sa.event.listen(engine, "checkout", bound)
    yield
    # It is a connection's own bound: each must hear of the new one.
    pages = 1_000_000
