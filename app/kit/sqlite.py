"""How connections to SQLite are opened, and their transactions begun."""

import asyncio
import sqlite3
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BEGIN = "newsreel_begin"
"""The execution option that says how a connection's transactions begin, if not as a writer's."""
_BUSY_TIMEOUT_SECONDS = 10
_LOOK_AGAIN_SECONDS = 0.02
_CACHE_KB = 512
"""Of each connection, instead of two megabytes: the system keeps the file in memory once for all."""


def speak_sqlite(engine: sa.Engine) -> None:
    """Have the engine's connections last over a loss of power, and its transactions take the write lock at once."""

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver opens transactions by itself, and DEFERRED; with None the BEGIN below is the only one.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_SECONDS * 1000}")
        _use_wal(connection, is_async=engine.dialect.is_async)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN IMMEDIATE"))


def _use_wal(connection: Any, *, is_async: bool) -> None:
    """Change the file's mode, for good: `busy_timeout` has SQLite wait for other writers, but not then.

    Processes that open a new or restored file together would fail by chance.
    """
    deadline = monotonic() + _BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
        else:
            return
        if is_async:
            connection.run_async(lambda _driver: asyncio.sleep(_LOOK_AGAIN_SECONDS))
        else:
            sleep(_LOOK_AGAIN_SECONDS)
