"""Work without Redis: while it takes no writes, each worker runs the sweeps, and what they ask for, by itself."""

import asyncio
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from app.jobs import JOBS
from app.kit.arq_inside import next_tick
from app.process.sweeps import Sweep
from app.queue import RedisState
from app.resources import Resources

log = structlog.get_logger(__name__)

_TICK_SECONDS = 1.0
_MOST_AT_ONCE = 20
_MOST_WAITING = 1000
_LONGEST_LEAP = timedelta(minutes=5)


class WithoutRedis:
    """Redis only wakes the workers, so that posts go on from the rows without it: later by a sweep's interval.

    Several workers, or one whose arq is still alive, may do the same at once: every job re-reads its row.
    """

    def __init__(self, app: Resources, sweeps: Sequence[Sweep]) -> None:
        self._app = app
        self._sweeps = sweeps
        self._is_needed = False
        self._known: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """What is under way or waits."""
        return self._tasks

    async def watch(self) -> None:
        """Ask Redis every second whether it takes writes; where it does not, run what is due."""
        looking = asyncio.create_task(self._look_for_ever())
        before = datetime.now(UTC)
        try:
            while True:
                await asyncio.sleep(_TICK_SECONDS)
                now = datetime.now(UTC)
                if self._is_needed and timedelta() < now - before < _LONGEST_LEAP:
                    for sweep in self._sweeps:
                        if next_tick(before, sweep.when) <= now:
                            self.take(sweep.job)
                before = now
        finally:
            looking.cancel()

    async def _look_for_ever(self) -> None:
        while True:
            state = await self._app.queue.look()
            is_needed = state is not RedisState.ok
            if is_needed != self._is_needed:
                log.warning("works_without_redis" if is_needed else "works_with_redis_again", redis=state.value)
            self._is_needed = is_needed
            await asyncio.sleep(_TICK_SECONDS)

    def take(self, name: str, *args: str, job_id: str | None = None) -> None:
        """Run a job soon, unless it runs or waits already."""
        key = job_id or (name, args)
        if key in self._known or len(self._known) >= _MOST_WAITING:
            return  # the next sweep finds its row again
        self._known.add(key)
        task = asyncio.create_task(self._run(key, name, args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: Hashable, name: str, args: tuple[str, ...]) -> None:
        try:
            async with self._places, asyncio.timeout(JOBS[name].timeout):
                await JOBS[name].run({"app": self._app}, *args)
        except TimeoutError:
            log.warning("job_cut_off", job=name)
        finally:
            self._known.discard(key)
