"""A worker process that can die: what is left of it in this one reaches no database and does no more work."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlmodel.ext.asyncio.session import AsyncSession

from app.db import Database
from app.jobs import JOBS
from app.kit import failpoints
from tests.posts.support import Newsroom
from tests.torture.hasty import skip_the_disk, stay_in_one_thread

_life: contextvars.ContextVar["Worker | None"] = contextvars.ContextVar("life", default=None)


class Killed(BaseException):
    """The worker process dies here. No handler of ours may catch it."""


class MortalDatabase(Database):
    """A process's way to the database, which is cut when the process dies: whatever is left of it writes nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_dead = False
        if self.engine.dialect.name != "sqlite":
            return
        stay_in_one_thread(self.engine.sync_engine)
        for engine in (self.engine.sync_engine, self._direct):
            assert engine is not None
            skip_the_disk(engine)

    def check(self) -> None:
        if self.is_dead:
            raise Killed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        self.check()
        async with super().read() as session:
            yield session
            self.check()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        self.check()
        async with super().transaction() as session:
            yield session
            # Before the commit: a dead process makes none.
            self.check()


class Worker:
    """A worker process: its resources, and every task that it started."""

    def __init__(self, room: Newsroom, db: MortalDatabase) -> None:
        self.room = room
        self.db = db
        self.tasks: set[asyncio.Task[Any]] = set()

    async def run(self, name: str, *args: str) -> None:
        """Run a job as arq would: an error of ours ends in the log."""
        await JOBS[name].run({"app": self.room.app}, *args)

    @contextmanager
    def doomed(self, point: str) -> Iterator[None]:
        """Let the process die where it comes to this fail point."""

        def take(_folder: Path, name: str) -> None:
            if name == point and _life.get() is self:
                self.db.is_dead = True
                raise Killed

        with patch.object(failpoints, "_folder", Path("armed")), patch.object(failpoints, "_take", take):
            yield

    async def live(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do some work; false where the process died of it."""
        token = _life.set(self)
        try:
            task = asyncio.create_task(work)
        finally:
            _life.reset(token)
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None and not _is_death(error):
            raise error
        is_dead = self.db.is_dead or task.cancelled() or task.exception() is not None
        self.db.is_dead = is_dead
        while left := {task for task in self.tasks if not task.done()}:
            for task in left if is_dead else ():
                task.cancel()
            await asyncio.wait(left)
        return not is_dead


def _is_death(error: BaseException) -> bool:
    return isinstance(error, Killed) or (
        isinstance(error, BaseExceptionGroup) and all(_is_death(inner) for inner in error.exceptions)
    )


def make_task(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
    if (worker := _life.get()) is not None:
        worker.tasks.add(task)
        task.add_done_callback(worker.tasks.discard)
        task.add_done_callback(_look_at)
    return task


def _look_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # A dead process has nobody to whom it could report.
