"""SQLite and Python without what only costs time here: the disk, two changes of thread for each statement, garbage."""

import asyncio
import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from aiosqlite.core import Connection

RAM: str | None = "/dev/shm" if Path("/dev/shm").is_dir() else None
_TRIES, _PAUSE_SECONDS = 5_000, 0.002


def skip_the_disk(engine: sa.Engine) -> None:
    """What is tried here is the death of processes, not of the machine: nothing need wait for the disk."""
    sa.event.listen(engine, "connect", _do_not_sync)


def stay_in_one_thread(engine: sa.Engine) -> None:
    """Let an engine's connections be used by the event loop's thread, which cannot wait for a lock, but ask again."""
    sa.event.listen(engine, "connect", _do_not_wait)
    sa.event.listen(engine, "do_connect", _allow_all_threads)


def _do_not_sync(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _do_not_wait(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout=0")


def _allow_all_threads(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
    options["check_same_thread"] = False


@contextmanager
def in_haste() -> Iterator[None]:
    """Execute statements in the event loop's own thread, with a turn for other tasks before each; collect rarely."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        with patch.object(Connection, "_execute", _execute):
            yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def _execute(connection: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    for left in reversed(range(_TRIES)):
        await asyncio.sleep(0)
        if not connection._running or not connection._connection:
            raise ValueError("Connection closed")
        try:
            return function(*args, **options)
        except sqlite3.OperationalError as error:
            if not left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        # Another connection has the lock, and its owner must have its turn.
        await asyncio.sleep(_PAUSE_SECONDS)
    raise AssertionError
