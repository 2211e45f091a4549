"""Where reports lie: the parts as TikTok made them, the joined CSV, and a workbook where somebody asked for one."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import BinaryIO

import structlog

from app.config import ROOT
from app.kit.ids import new_id
from app.resources import Resources

log = structlog.get_logger(__name__)

_FOLDER = "ads-reports"
_MOST_BYTES = 4 * 1024**3
_XLSX_SECONDS = 300.0


def folder_of(app: Resources) -> Path:
    """The folder of all reports, which is there."""
    folder = app.settings.data_dir / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def csv_path(app: Resources, report_id: str) -> Path:
    return folder_of(app) / f"{report_id}.csv"


def part_path(app: Resources, report_id: str, position: int) -> Path:
    return folder_of(app) / f"{report_id}.part-{position}"


def drop(app: Resources, report_id: str, *, only_parts: bool = False) -> None:
    """Remove a report's files."""
    for path in folder_of(app).glob(f"{report_id}.{'part-' if only_parts else ''}*"):
        path.unlink(missing_ok=True)


def draft_of(target: Path) -> Path:
    """A name to write under first: one of its own, for a worker that was given up may still be writing."""
    return target.with_name(f"{target.name}.{new_id()[-12:]}.draft")


class FileSink:
    """Takes a download into a file; what lies there is whole only when `keep` has given it its name."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._draft = draft_of(target)
        self._file: BinaryIO | None = None
        self.size = 0

    async def begin(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self.size = self._draft.open("wb"), 0

    async def take(self, chunk: bytes) -> None:
        assert self._file is not None
        self.size += len(chunk)
        if self.size > _MOST_BYTES:
            raise OSError("the report is larger than any that is kept here")
        await asyncio.to_thread(self._file.write, chunk)

    async def keep(self) -> None:
        """Give the file its name, once all of it is on the disk."""
        assert self._file is not None
        await asyncio.to_thread(settle, self._file)
        self._draft.replace(self._target)

    def close(self) -> None:
        """Let go of the file, and of what is not whole."""
        if self._file is not None:
            self._file.close()
        self._draft.unlink(missing_ok=True)


def settle(file: BinaryIO) -> None:
    """Bring what was written to the disk, and close the file."""
    file.flush()
    os.fsync(file.fileno())
    file.close()


async def make_workbook(app: Resources, report_id: str) -> Path:
    """Make the XLSX of a report, unless it is there. A process of its own: a big one takes seconds of its core."""
    source, target = csv_path(app, report_id), folder_of(app) / f"{report_id}.xlsx"
    if target.exists():
        return target
    draft = draft_of(target)
    command = (sys.executable, "-P", "-m", "app.ads.reports.sheets", str(source), str(draft))
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder_of(app))}
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    try:
        async with asyncio.timeout(_XLSX_SECONDS):
            _, told = await child.communicate()
        if child.returncode:
            log.error("workbook_not_made", report_id=report_id, told=told.decode(errors="replace")[-500:])
            raise OSError("the workbook could not be made")
        draft.replace(target)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        draft.unlink(missing_ok=True)
    return target
