"""What we touch inside arq, beside what arq itself does: a new arq that does otherwise fails here."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from arq.cron import cron
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from app.kit import arq_inside
from app.queue import QUEUE_NAME, deserialize, serialize
from app.resources import Resources
from tests.support.waiting import eventually

ONCE, MANY = "written-by-arq", "written-by-us"


def worker_for(app: Resources, wait: WorkerCoroutine, kind: type[Worker] = arq_inside.LeasingWorker) -> Worker:
    return kind(
        [func(wait, name="tests.wait", timeout=60)], redis_pool=app.queue.redis, queue_name=QUEUE_NAME,
        job_serializer=serialize, job_deserializer=deserialize, handle_signals=False, poll_delay=0.05, keep_result=0,
    )  # fmt: skip


async def count_calls(app: Resources) -> Counter[str]:
    """Count how often Redis was asked for what."""
    stats = await app.queue.redis.info("commandstats")
    return Counter({name.removeprefix("cmdstat_"): numbers["calls"] for name, numbers in stats.items()})


async def has_looked(app: Resources, times: int) -> bool:
    return (await count_calls(app))["zrangebyscore"] >= times


async def entry_of(app: Resources, job_id: str):
    (key,) = [key async for key in app.queue.redis.scan_iter(f"*{job_id}")]
    kept = await app.queue.redis.pttl(key)
    score = await app.queue.redis.zscore(QUEUE_NAME, job_id)
    return key.decode().removesuffix(job_id), deserialize(await app.queue.redis.get(key)), kept, score


async def test_many_jobs_are_written_as_arq_writes_one(sqlite_resources):
    redis = sqlite_resources.queue.redis
    await redis.enqueue_job("tests.note", "a", "b", _job_id=ONCE)
    kept_ms = redis.expires_extra_ms
    calls = {MANY: ("tests.note", ("a", "b"))}
    await arq_inside.write_jobs(redis, calls, queue=QUEUE_NAME, kept_ms=kept_ms, serializer=serialize)
    theirs, ours = await entry_of(sqlite_resources, ONCE), await entry_of(sqlite_resources, MANY)
    assert ours[0] == theirs[0]
    enqueued_at = {name for name, value in theirs[1].items() if value == theirs[3]}
    assert len(enqueued_at) == 1
    assert {k: v for k, v in ours[1].items() if k not in enqueued_at} == {
        k: v for k, v in theirs[1].items() if k not in enqueued_at
    }
    assert ours[1][enqueued_at.pop()] == ours[3] >= theirs[3]
    assert abs(ours[2] - theirs[2]) < 60_000


async def test_a_running_job_has_a_lease_that_can_be_shortened_and_renewed_and_knows_how_late_it_is(sqlite_resources):
    redis, began, go_on = sqlite_resources.queue.redis, asyncio.Event(), asyncio.Event()
    late: list[float] = []

    async def wait(ctx: dict[str, Any], *_args: object, **_kwargs: object) -> None:
        late.append(arq_inside.seconds_late(ctx) or 0.0)
        began.set()
        await go_on.wait()

    worker = worker_for(sqlite_resources, wait)
    arq_inside.lease_jobs(worker, 7)
    await redis.enqueue_job("tests.wait", _job_id=ONCE)
    working = asyncio.create_task(worker.main())
    await began.wait()
    (task,) = arq_inside.jobs_under_way(worker)
    (lease,) = [key async for key in redis.scan_iter(f"*in-progress*{ONCE}")]
    assert 0 < await redis.pttl(lease) <= 7000
    await arq_inside.renew_leases(worker, redis, 40)
    assert 7000 < await redis.pttl(lease) <= 40_000
    arq_inside.begin_no_more(worker)
    await redis.enqueue_job("tests.wait", _job_id=MANY)
    go_on.set()
    await task
    assert await redis.zscore(QUEUE_NAME, MANY) is not None
    assert arq_inside.jobs_under_way(worker) == []
    assert len(late) == 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


@pytest.mark.parametrize("kind", [Worker, arq_inside.LeasingWorker])
async def test_what_runs_here_or_elsewhere_is_not_begun_again_and_what_waits_is(sqlite_resources, kind):
    redis, began, go_on = sqlite_resources.queue.redis, list[str](), asyncio.Event()

    async def wait(ctx: dict[str, Any], *_args: object, **_kwargs: object) -> None:
        began.append(ctx["job_id"])
        await go_on.wait()

    workers = [worker_for(sqlite_resources, wait, kind) for _ in range(2)]
    for worker in workers:
        arq_inside.lease_jobs(worker, 60)
    await redis.enqueue_job("tests.wait", _job_id=ONCE)
    working = [asyncio.create_task(worker.main()) for worker in workers]
    await eventually(lambda: ONCE in began)
    await redis.enqueue_job("tests.wait", _job_id=MANY)
    await eventually(lambda: MANY in began)
    asked = await count_calls(sqlite_resources)
    looks = asked["zrangebyscore"] + 8
    await eventually(lambda: has_looked(sqlite_resources, looks))
    again = await count_calls(sqlite_resources)
    assert began == [ONCE, MANY]
    # This is what it is for: arq asks about both, in both workers, at each of its looks.
    assert (again["watch"] == asked["watch"]) is (kind is arq_inside.LeasingWorker)
    go_on.set()
    await eventually(lambda: not any(map(arq_inside.jobs_under_way, workers)))
    # The same job, wanted once more while its end is not yet taken note of.
    await redis.enqueue_job("tests.wait", _job_id=ONCE)
    await eventually(lambda: began == [ONCE, MANY, ONCE])
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def test_the_times_of_sweeps_are_forgotten_and_reckoned_as_arq_does(sqlite_resources):
    async def sweep(ctx: dict[str, Any], *_args: object, **_kwargs: object) -> None: ...

    worker = worker_for(sqlite_resources, sweep)
    assert worker.allow_pick_jobs
    now = datetime(2026, 11, 29, 12, 0, 5, tzinfo=UTC)
    job = cron(sweep, second={0, 30}, microsecond=0)
    worker.cron_jobs = [job]
    job.calculate_next(now)
    assert job.next_run == arq_inside.next_tick(now, {"second": {0, 30}}) == now.replace(second=30)
    arq_inside.forget_ticks(worker)
    assert job.next_run is None


def test_who_was_not_run_by_arq_is_not_late():
    assert arq_inside.seconds_late({}) is None
