"""The `newsreel` command in this process: to start another one takes seconds, and rarely is the question."""

import contextlib
import gc
import io
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from app.cli import main
from app.ops.migrate import head_revision
from tests.support.logs import logging_restored

MakeDatabase = Callable[[str, Path], str]
"""What the fixture `migrated_database` gives: takes a database's kind and a folder, gives the address."""

_UNUSED_BY_SERVICES = ("rich", "pygments", "cryptography.x509", "cryptography.hazmat.primitives.asymmetric")


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without anybody's settings, and with these."""
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("NEWSREEL_", "TIKTOK_"))}
    return clean | settings


def run_here(folder: Path, *arguments: str, given: str = "", **settings: str) -> Done:
    """Run a command to its end as if it had been started in `folder`, and leave this process as it was."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        patch.dict(os.environ, clean_environment(**settings), clear=True),
        patch.object(sys, "argv", ["newsreel", *arguments]),
        patch.object(sys, "stdin", io.StringIO(given)),
        patch.object(os, "execve", side_effect=AssertionError("`newsreel up` was to be refused")),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _restored(),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """Undo what a process sets up for itself alone: its log, its hooks, its memory, what it will not load."""
    collects = gc.isenabled()
    loaded = {name: sys.modules.get(name) for name in _UNUSED_BY_SERVICES}
    try:
        with logging_restored():
            yield
    finally:
        for name, module in loaded.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
        if collects:
            gc.enable()


def migrated(folder: Path, template: bytes) -> Path:
    """Give a folder the database that `newsreel migrate` makes there; tests of migrations run that."""
    file = folder / "var" / "newsreel.db"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    write_migrated(file, template)
    return file


def write_migrated(file: Path, template: bytes) -> None:
    """Make a database file with every table pass for one that was migrated."""
    file.write_bytes(template)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        for statement in revision_statements():
            database.execute(statement)


def revision_statements() -> tuple[str, str]:
    """What the migrations write when they are through."""
    return (
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        f"INSERT INTO alembic_version (version_num) VALUES ('{head_revision()}')",
    )
