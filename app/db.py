"""The database: engine, a session per request and per job, after-commit hooks."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from enum import StrEnum
from functools import partial
from time import monotonic
from traceback import walk_tb
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.sqlite import BEGIN, speak_sqlite

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

log = structlog.get_logger(__name__)

T = TypeVar("T")

APPLICATION = "newsreel"
"""How PostgreSQL lists our connections."""
_CONNECT_ARGS = {"server_settings": {"application_name": APPLICATION}}
_KEPT_CONNECTIONS = {"sqlite": 5, "postgresql": 10}
"""Each of SQLite's is a thread, its arena and a cache: a process that once had ten at work would keep them for ever."""
TRUSTED_SECONDS = 1.0
"""After its last use a connection is taken to be alive, unless it is closed."""
# PostgreSQL's errors, or classes of them, that pass, or that whoever runs the service must mend: connection, login, no
# such database, deadlock, no resources left, starting or stopping, a disk that fails; a standby; a disk or table that
# may not be written.
_PASSING_STATES = ("08", "28", "3D", "40", "53", "57", "58", "25006", "42501")
_DISK_STATES = ("53100", "58", "25006", "42501")
# SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN
_SQLITE_DISK_CODES = frozenset({8, 10, 13, 14})


def enum_type(values: type[StrEnum], *, length: int = 32) -> sa.Enum:
    """A VARCHAR column that takes only these values, so that a new one is no type migration."""
    return sa.Enum(
        values,
        native_enum=False,
        length=length,
        create_constraint=False,
        values_callable=lambda e: [m.value for m in e],
    )


def new_list() -> list[Any]:
    """A column's empty list. Not `list` itself: pydantic inspects a builtin's signature each time, for 0.1 ms."""
    return []


def new_dict() -> dict[str, Any]:
    """A column's empty object; see `new_list`."""
    return {}


NULLABLE_JSON = sa.JSON(none_as_null=True)
"""A column's JSON that may be absent; None is NULL, and not JSON's null."""


def is_away(error: Exception) -> bool:
    """Tell whether an error means that the database does not answer now, and not that we asked something wrong."""
    if isinstance(error, DBAPIError):
        sqlstate = str(getattr(error.orig, "sqlstate", "") or "")
        is_operational = isinstance(error, OperationalError)
        return is_operational or error.connection_invalidated or sqlstate.startswith(_PASSING_STATES)
    if isinstance(error, OSError):
        # No route, no such name, no socket: SQLAlchemy passes on what asyncpg raised while connecting.
        frames = (frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__))
        return any(name.startswith("asyncpg.") for name in frames)
    return isinstance(error, PoolTimeout)


def takes_no_writes(error: BaseException) -> bool:
    """Tell whether an error says that the database's disk is full or read-only, or does not work."""
    orig = getattr(error, "orig", error)
    is_disk_of_sqlite = getattr(orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_DISK_CODES
    return is_disk_of_sqlite or str(getattr(orig, "sqlstate", "") or "").startswith(_DISK_STATES)


class Database:
    """The engine and its two kinds of session.

    SQLite knows one writer at a time, and a transaction that begins with a read and then writes fails at once when
    another wrote meanwhile. So `transaction()` takes the write lock when it begins, and `read()` never does.
    """

    def __init__(self, url: str, *, pool_size: int | None = None) -> None:
        self.is_sqlite = url.startswith("sqlite")
        pool_size = pool_size or _KEPT_CONNECTIONS["sqlite" if self.is_sqlite else "postgresql"]
        options: dict[str, Any] = {} if self.is_sqlite else {"connect_args": _CONNECT_ARGS}
        # An error that is logged shall not bring a statement's values along.
        options["hide_parameters"] = True
        self.engine: AsyncEngine = create_async_engine(
            # The one used last is used next: those of a busy moment stay cold, and their caches small.
            url, pool_size=pool_size, max_overflow=20, pool_use_lifo=True, **options
        )  # fmt: skip
        # What `run` works with on SQLite: connects when first used.
        self._direct: sa.Engine | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._refused_at = -math.inf
        if self.is_sqlite:
            speak_sqlite(self.engine.sync_engine)
            self._direct = sa.create_engine(self.engine.url.set(drivername="sqlite"), pool_size=1, **options)
            speak_sqlite(self._direct)
        else:
            _check_before_use(self.engine.sync_engine)
        for engine in self.engines:
            event.listen(engine, "handle_error", self._note_refusal)
        self._autocommit = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        # SQLite has no queue for its one write lock: who finds it taken sleeps and tries again, and may starve. Within
        # a process the writers take turns instead.
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._write = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        reader = self.engine.execution_options(**{BEGIN: "BEGIN"})
        self._read = async_sessionmaker(reader, class_=AsyncSession, expire_on_commit=False)

    @property
    def engines(self) -> list[sa.Engine]:
        """Those that statements go through: SQLite has a second one."""
        return [engine for engine in (self.engine.sync_engine, self._direct) if engine is not None]

    def has_refused(self, *, within: float) -> bool:
        """Tell whether the disk took a write of ours not, within so many seconds. A smaller write may still succeed."""
        return monotonic() - self._refused_at < within

    def _note_refusal(self, context: ExceptionContext) -> None:
        if takes_no_writes(context.original_exception):
            self._refused_at = monotonic()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads."""
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block, or rolls back when the block raises.

        What was put aside with `after_commit` runs once the data is on disk. Where a fact must be on disk before an
        outside call (a PostAttempt before TikTok's init), the caller ends this block first.
        """
        async with self._turn, self._write() as session:
            yield session
            await session.commit()
        await _run_after_commit(session)

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Call a function that works on a plain connection, as one transaction, and return what it returns.

        On SQLite the whole of it is one hop to a thread. A session takes some three hops for each statement, and each
        time may wait for the interpreter's lock.
        """
        async with self._turn:
            if self._direct is None:
                async with self.engine.begin() as connection:
                    return await connection.run_sync(work)
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, partial(_transact, self._direct, work)
            )

    async def run_single(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the same for work of which one statement at most writes: PostgreSQL commits it without a trip for that."""
        if self.is_sqlite:
            return await self.run(work)
        async with self._autocommit.connect() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        if self._direct is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._direct.dispose)
        self._thread.shutdown(wait=False)
        await self.engine.dispose()


def after_commit(session: AsyncSession, hook: Callable[[], Awaitable[None]]) -> None:
    """Run `hook` once this session has committed; never when it is rolled back."""
    session.info.setdefault("after_commit", []).append(hook)


async def _run_after_commit(session: AsyncSession) -> None:
    hooks = session.info.pop("after_commit", [])
    for hook in hooks:
        try:
            await hook()
        except Exception:
            # The data is committed: an error answer now would invite a duplicate. The sweeps find the row without us.
            log.exception("after_commit_failed")


def _transact(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _check_before_use(engine: sa.Engine) -> None:
    """Replace PostgreSQL's connections that have ended unnoticed, without asking each time.

    SQLAlchemy's own check before every use is three trips with asyncpg. One that was used just now only has to be open
    still, which costs none.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _check(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:
            return
        driver: Any = record.driver_connection
        is_trusted = monotonic() - used_at < TRUSTED_SECONDS and not driver.is_closed()
        if not is_trusted and not _is_alive(engine, connection):
            raise InvalidatePoolError


def _is_alive(engine: sa.Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except (OSError, engine.dialect.loaded_dbapi.Error):
        return False
