"""What we touch of arq beyond its documentation (0.28), each with its reason: nowhere else, and nothing more.

tests/kit/test_arq_inside.py compares each with what arq itself does, and fails when a new arq does otherwise.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix
from arq.cron import next_cron
from arq.jobs import Serializer, serialize_job
from arq.utils import timestamp_ms
from arq.worker import Worker


async def write_jobs(
    redis: ArqRedis, calls: Mapping[str, tuple[str, Sequence[str]]], *, queue: str, kept_ms: int, serializer: Serializer
) -> None:
    """Write jobs by their ids as `enqueue_job` does, all in one trip: that one takes two for each of thousands."""
    now = timestamp_ms()
    async with redis.pipeline(transaction=False) as pipe:
        for job_id, (name, arguments) in calls.items():
            entry = serialize_job(name, tuple(arguments), {}, None, now, serializer=serializer)
            pipe.psetex(job_key_prefix + job_id, kept_ms, entry)
        # Last, so that no worker finds an id without its job.
        pipe.zadd(queue, dict.fromkeys(calls, now))
        await pipe.execute()


class LeasingWorker(Worker):
    """arq's worker, which does not ask again and again whether it may begin what is under way.

    arq leaves a job in its queue while it runs, and at each look asks Redis four times about each of these, one after
    the other. Here those that run are left out, all with one question at most.
    """

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        names = [job_id.decode() for job_id in job_ids]
        others = [name for name in names if name not in self.tasks or self.tasks[name].done()]
        if not others:
            return
        leases = await self.pool.mget([in_progress_key_prefix + name for name in others])
        idle = [name.encode() for name, lease in zip(others, leases, strict=True) if lease is None]
        await super().start_jobs(idle)


def seconds_late(context: Mapping[str, Any]) -> float | None:
    """Tell how long after its time a job begins, from what arq gives it; None where it was not arq that ran it."""
    return max(0.0, (timestamp_ms() - context["score"]) / 1000) if "score" in context else None


def lease_jobs(worker: Worker, seconds: float) -> None:
    """Have a lost job run again after so long. arq holds it back for as long as the longest of all jobs may take."""
    worker.in_progress_timeout_s = seconds


async def renew_leases(worker: Worker, redis: ArqRedis, seconds: float) -> None:
    """Lengthen the leases of the jobs that run: arq does so only for those that it finds in its queue again."""
    async with redis.pipeline(transaction=False) as pipe:
        for job_id, task in worker.tasks.items():
            if not task.done():
                pipe.pexpire(in_progress_key_prefix + job_id, round(seconds * 1000))
        await pipe.execute()


def jobs_under_way(worker: Worker) -> list[asyncio.Task[Any]]:
    """Give the jobs that run: to let them end, where arq's own way is to cancel them with its loop."""
    return [task for task in worker.tasks.values() if not task.done()]


def begin_no_more(worker: Worker) -> None:
    """Let the loop go on without new jobs: arq does this for a signal only, and then ends by itself."""
    worker.allow_pick_jobs = False


def forget_ticks(worker: Worker) -> None:
    """Reckon the sweeps' next times anew. After a leap of the clock arq would wait for the old, or make up for all."""
    for cron_job in worker.cron_jobs:
        cron_job.next_run = None


def next_tick(after: datetime, when: Mapping[str, Any]) -> datetime:
    """Tell when arq would run a sweep next: without Redis we do it in its place."""
    return next_cron(after, **{"second": 0, "microsecond": 0, **when})
