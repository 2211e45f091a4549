"""Running jobs: arq's worker with its jobs and sweeps, and a loop around it that outlives Redis."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import structlog
from arq.cron import CronJob, cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.jobs import JOBS
from app.kit.arq_inside import LeasingWorker, begin_no_more, forget_ticks, jobs_under_way, lease_jobs, renew_leases
from app.process.heartbeat import Heartbeat
from app.process.sweeps import SWEEPS, Sweep
from app.process.without_redis import WithoutRedis
from app.queue import QUEUE_NAME, ArqQueue, deserialize, serialize
from app.resources import Resources, redis_url

log = structlog.get_logger(__name__)

_MOST_JOBS = 200
GRACE_SECONDS = 20.0
"""For what is under way to end by itself, when the worker shall stop."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_STEADY_SECONDS = 10.0
CLOCK_LEAP_SECONDS = 5.0
_CANCELLATIONS = 6
JOB_LEASE_SECONDS = 20.0
"""So long a job of a killed worker, or one whose end Redis was not told of, stands in the way of its next run."""


def _worker_settings(app: Resources, queue: ArqQueue, sweeps: Sequence[Sweep] = SWEEPS) -> dict[str, Any]:
    """arq's settings, as `arq.worker.Worker` takes them."""
    return {
        "functions": [func(job.run, name=job.name, timeout=job.timeout) for job in JOBS.values()],  # type: ignore[arg-type]
        "cron_jobs": [_cron_job(sweep) for sweep in sweeps],
        "ctx": {"app": app},
        "redis_pool": queue.redis,
        "queue_name": QUEUE_NAME,
        "job_serializer": serialize,
        "job_deserializer": deserialize,
        "timezone": UTC,
        "handle_signals": False,
        # A job that has ended must leave no trace: a kept result would refuse the next job with the same id.
        "keep_result": 0,
        # A job cut off by a restart runs again, and arq counts it: five deploys in a row must not lose it.
        "max_tries": 1000,
        "max_jobs": _MOST_JOBS,
        # More than can run: running jobs stay at the head of the queue, and would hide those that wait behind them.
        "queue_read_limit": 10 * _MOST_JOBS,
        "poll_delay": 0.05,
        "health_check_interval": 15,
        "log_results": False,
    }


def new_worker(app: Resources, queue: ArqQueue, sweeps: Sequence[Sweep] = SWEEPS) -> Worker:
    """arq's worker with leased jobs."""
    worker = LeasingWorker(**_worker_settings(app, queue, sweeps))
    lease_jobs(worker, JOB_LEASE_SECONDS)
    return worker


def _cron_job(sweep: Sweep) -> CronJob:
    job = JOBS[sweep.job]
    # A name of its own: for a minute after its run arq refuses a job that bears a sweep's id, and the same job may be
    # wanted at once by its plain name.
    return cron(
        job.run,  # type: ignore[arg-type]
        name=f"sweep:{sweep.job}",
        timeout=job.timeout,
        unique=sweep.is_shared,
        **sweep.when,
    )


async def work(app: Resources, stop: asyncio.Event, sweeps: Sequence[Sweep] = SWEEPS) -> None:
    """Run jobs until `stop` is set, whatever becomes of Redis meanwhile."""
    heartbeat = Heartbeat(app)
    beating = asyncio.create_task(heartbeat.beat_for_ever())
    by_hand = WithoutRedis(app, sweeps)
    watching = asyncio.create_task(by_hand.watch())
    app.queue.stand_in = by_hand.take
    log.info("worker_started", worker=heartbeat.id)
    try:
        await _Loop(app, stop, sweeps).run()
    finally:
        app.queue.stand_in = None
        await end_tasks([watching])
        if by_hand.tasks:
            await asyncio.wait(by_hand.tasks, timeout=GRACE_SECONDS)
        await end_tasks([beating, *by_hand.tasks])
        await heartbeat.end()
        log.info("worker_ended", worker=heartbeat.id)


class _Loop:
    """arq's Worker ends with its first lost connection; here another takes its place.

    The jobs under way go on meanwhile: what they do stands in the database, and one may just be talking to TikTok.
    """

    def __init__(self, app: Resources, stop: asyncio.Event, sweeps: Sequence[Sweep]) -> None:
        self._app = app
        self._stop = stop
        self._sweeps = sweeps
        self._pause = _SHORTEST_PAUSE
        self._leftovers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        stopping = asyncio.create_task(self._stop.wait())
        while not self._stop.is_set():
            started_at = time.monotonic()
            queue = ArqQueue(redis_url(self._app.settings))
            worker = new_worker(self._app, queue, self._sweeps)
            main = asyncio.create_task(worker.main())
            renewing = asyncio.create_task(_renew_leases(worker, queue))
            await self._watch(worker, main, stopping)
            if main.done():
                self._log_end(main)
                self._leave_behind(worker, renewing, queue)
                steady = time.monotonic() - started_at > _STEADY_SECONDS
                self._pause = _SHORTEST_PAUSE if steady else min(self._pause * 2, _LONGEST_PAUSE)
                await asyncio.wait({stopping}, timeout=self._pause)
            else:
                await self._drain(worker, [main, renewing], queue)
        await self._await_leftovers()

    async def _watch(self, worker: Worker, main: asyncio.Task[None], stopping: asyncio.Task[bool]) -> None:
        """Wait for the end of either, with an eye on the clock."""
        seen_at = time.time()
        while True:
            done, _ = await asyncio.wait({main, stopping}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return
            now = time.time()
            if not 0 <= now - seen_at <= CLOCK_LEAP_SECONDS:
                log.warning("clock_leapt", seconds=round(now - seen_at, 1))
                forget_ticks(worker)
            seen_at = now

    def _log_end(self, main: asyncio.Task[None]) -> None:
        error = None if main.cancelled() else main.exception()
        if isinstance(error, (RedisError, OSError)):
            log.warning("redis_lost", error=type(error).__name__, again_in=self._pause)
        else:
            log.error("worker_loop_failed", exc_info=error)

    def _leave_behind(self, worker: Worker, renewing: asyncio.Task[None], queue: ArqQueue) -> None:
        task = asyncio.create_task(_finish(worker, renewing, queue))
        self._leftovers.add(task)
        task.add_done_callback(self._leftovers.discard)

    async def _drain(self, worker: Worker, loops: list[asyncio.Task[None]], queue: ArqQueue) -> None:
        begin_no_more(worker)
        log.info("worker_drains", jobs=len(jobs_under_way(worker)))
        deadline = time.monotonic() + GRACE_SECONDS
        while running := jobs_under_way(worker):
            _, late = await asyncio.wait(running, timeout=max(0.0, deadline - time.monotonic()))
            if late:
                break
        # arq puts jobs that are cut off back for the next worker.
        await end_tasks([*loops, *jobs_under_way(worker)])
        with contextlib.suppress(RedisError, OSError):
            await queue.close()

    async def _await_leftovers(self) -> None:
        if self._leftovers:
            _, late = await asyncio.wait(self._leftovers, timeout=GRACE_SECONDS)
            await end_tasks(late)


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, again and again for some seconds: in a library one cancellation may meet a handler that eats it."""
    pending = {task for task in tasks if not task.done()}
    for _ in range(_CANCELLATIONS):
        if not pending:
            return
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.5)
    log.warning("tasks_do_not_end", count=len(pending))


async def _renew_leases(worker: Worker, queue: ArqQueue) -> None:
    while True:
        await asyncio.sleep(JOB_LEASE_SECONDS / 4)
        with contextlib.suppress(RedisError, OSError):
            await renew_leases(worker, queue.redis, JOB_LEASE_SECONDS)


async def _finish(worker: Worker, renewing: asyncio.Task[None], queue: ArqQueue) -> None:
    """Let a worker's jobs end; what they can no longer tell Redis does not matter, as every job re-reads its row."""
    await asyncio.gather(*jobs_under_way(worker), return_exceptions=True)
    await end_tasks([renewing])
    with contextlib.suppress(RedisError, OSError):
        await queue.close()
