"""The worker on a real Redis-compatible server: what it outlives, and how it ends."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from redis.exceptions import RedisError
from sqlmodel import select
from structlog.testing import capture_logs

from app.config import Settings
from app.jobs import JOBS, WorkerHeartbeat, enqueue, job
from app.kit.clock import utcnow
from app.process import job_loop
from app.process.heartbeat import Heartbeat
from app.process.job_loop import new_worker, work
from app.process.redis_server import RedisServer, keep_running
from app.process.sweeps import SWEEPS, Sweep
from app.process.without_redis import WithoutRedis
from app.queue import QUEUE_NAME, ArqQueue, RedisState
from app.resources import Resources, open_resources, redis_url
from app.worker import load_jobs
from tests.conftest import make_settings
from tests.support.command import MakeDatabase
from tests.support.nursery import Child, shared_nursery
from tests.support.redis import TestRedis
from tests.support.waiting import eventually

SECRETLESS = {"NEWSREEL_SECRET_KEY": "test-key-" + "k" * 40}


class Diary:
    """What the test's jobs have done."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.go_on = asyncio.Event()


@pytest.fixture
def diary() -> Iterator[Diary]:
    notes = Diary()
    before = set(JOBS)

    @job("tests.note")
    async def note(_app: Resources, what: str) -> None:
        notes.done.append(what)

    @job("tests.wait")
    async def wait(_app: Resources, what: str) -> None:
        notes.begun.append(what)
        await notes.go_on.wait()
        notes.done.append(what)

    @job("tests.tick")
    async def tick(_app: Resources) -> None:
        notes.done.append("tick")

    @job("tests.fail")
    async def fail(_app: Resources) -> None:
        notes.done.append("fail")
        raise RuntimeError("this job fails on purpose")

    yield notes
    for name in set(JOBS) - before:
        del JOBS[name]


@pytest.fixture
async def embedded(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Resources]:
    """Resources on an embedded server of their own."""
    settings = make_settings(tmp_path, sqlite_url, "")
    async with keep_running(settings.data_dir), open_resources(settings) as app:
        yield app


@asynccontextmanager
async def working(app: Resources, *sweeps: Sweep) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(work(app, stop, sweeps))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def send(app: Resources, name: str, *args: str, job_id: str | None = None) -> None:
    async with app.transaction() as session:
        enqueue(session, name, *args, job_id=job_id)


async def heartbeats(app: Resources) -> list[WorkerHeartbeat]:
    async with app.read() as session:
        return list((await session.exec(select(WorkerHeartbeat))).all())


async def test_runs_what_is_enqueued_and_looks_for_it_ten_times_a_second(sqlite_resources, diary):
    async with working(sqlite_resources):
        await send(sqlite_resources, "tests.note", "hello")
        await eventually(lambda: diary.done == ["hello"])
    assert new_worker(sqlite_resources, sqlite_resources.queue, ()).poll_delay_s <= 0.1


async def test_a_job_may_be_sent_again_under_its_id_once_it_has_ended(sqlite_resources, diary):
    async with working(sqlite_resources):
        for number in range(3):
            await send(sqlite_resources, "tests.note", str(number), job_id="same")
            await eventually(partial(_have_done, diary, number + 1))
            await eventually(lambda: _is_empty(sqlite_resources))


def _have_done(diary: Diary, count: int) -> bool:
    return len(diary.done) == count


def _have_begun(diary: Diary, count: int) -> bool:
    return len(diary.begun) == count


async def _is_empty(app: Resources) -> bool:
    return await app.queue.length() == 0


async def _has_ended(app: Resources, job_id: str) -> bool:
    return await app.queue.redis.zscore(QUEUE_NAME, job_id) is None


async def test_a_job_that_fails_ends_and_stops_nothing(sqlite_resources, diary):
    async with working(sqlite_resources):
        await send(sqlite_resources, "tests.fail")
        await send(sqlite_resources, "tests.note", "after")
        await eventually(lambda: "after" in diary.done)
        await eventually(lambda: _is_empty(sqlite_resources))
    assert diary.done.count("fail") == 1


async def test_a_job_that_nobody_knows_stops_nothing(sqlite_resources, diary):
    async with working(sqlite_resources):
        await send(sqlite_resources, "tests.from_a_newer_version")
        await send(sqlite_resources, "tests.note", "after")
        await eventually(lambda: diary.done == ["after"])


async def test_comes_back_when_redis_is_killed(embedded, diary):
    server = RedisServer(embedded.settings.data_dir)
    async with working(embedded, Sweep("tests.tick", {"second": None})):
        await send(embedded, "tests.note", "before")
        await eventually(lambda: "before" in diary.done)
        killed = server.pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await eventually(server.answers)
        await send(embedded, "tests.note", "after")
        await eventually(lambda: "after" in diary.done)
        diary.done.clear()
        await eventually(lambda: "tick" in diary.done)


async def test_a_job_under_way_goes_on_to_its_end_when_redis_is_killed(embedded, diary):
    server = RedisServer(embedded.settings.data_dir)
    async with working(embedded):
        await send(embedded, "tests.wait", "long")
        await eventually(lambda: diary.begun == ["long"])
        os.kill(server.pid() or 0, signal.SIGKILL)
        await eventually(server.answers)
        await send(embedded, "tests.note", "meanwhile")
        await eventually(lambda: diary.done == ["meanwhile"])
        diary.go_on.set()
        await eventually(lambda: diary.done == ["meanwhile", "long"])


async def test_finds_its_jobs_after_redis_has_forgotten_everything(sqlite_resources, diary):
    async with working(sqlite_resources, Sweep("tests.tick", {"second": None})):
        await eventually(lambda: "tick" in diary.done)
        await sqlite_resources.queue.redis.flushall()
        diary.done.clear()
        await send(sqlite_resources, "tests.note", "after")
        await eventually(lambda: {"tick", "after"} <= set(diary.done))


async def test_ends_when_the_job_under_way_has_ended_and_takes_no_other(sqlite_resources, diary):
    stop = asyncio.Event()
    task = asyncio.create_task(work(sqlite_resources, stop, ()))
    await send(sqlite_resources, "tests.wait", "first")
    await eventually(lambda: diary.begun == ["first"])
    stop.set()
    await asyncio.sleep(0.2)
    await send(sqlite_resources, "tests.note", "second")
    await asyncio.sleep(0.3)
    assert not task.done()
    diary.go_on.set()
    await asyncio.wait_for(task, 5)
    assert diary.done == ["first"]
    async with working(sqlite_resources):
        await eventually(lambda: diary.done == ["first", "second"])


async def test_a_job_that_takes_too_long_at_the_end_is_run_by_the_next_worker(sqlite_resources, diary, monkeypatch):
    monkeypatch.setattr(job_loop, "GRACE_SECONDS", 0.3)
    for number in range(1, 8):  # more restarts than arq's own five tries
        async with working(sqlite_resources):
            if number == 1:
                await send(sqlite_resources, "tests.wait", "long")
            await eventually(partial(_have_begun, diary, number))
    diary.go_on.set()
    async with working(sqlite_resources):
        await eventually(lambda: diary.done == ["long"])


async def test_ends_in_time_when_redis_is_away(tmp_path, sqlite_url, diary):
    settings = make_settings(tmp_path, sqlite_url, f"unix://{tmp_path}/nobody-listens")
    async with open_resources(settings) as app, working(app):
        await eventually(lambda: _has_heartbeats(app, 1))


async def test_gives_a_sign_of_life_from_its_start_to_its_end(resources, diary):
    began_at = utcnow()
    async with working(resources):
        await eventually(lambda: _has_heartbeats(resources, 1))
        (row,) = await heartbeats(resources)
        assert began_at <= row.seen_at <= utcnow()
    assert await heartbeats(resources) == []


async def _has_heartbeats(app: Resources, count: int) -> bool:
    return len(await heartbeats(app)) == count


async def test_forgets_workers_that_went_without_a_word_a_day_ago(resources):
    now = utcnow()
    lost, mine = Heartbeat(resources), Heartbeat(resources)
    await lost.beat(now - timedelta(hours=25))
    await mine.beat(now)
    await mine.beat(now)
    assert [row.id for row in await heartbeats(resources)] == [mine.id]


async def test_of_several_workers_one_runs_a_shared_sweep_and_each_runs_its_own(sqlite_resources, diary):
    @job("tests.shared")
    async def shared(_app: Resources) -> None:
        diary.done.append("shared")

    sweeps = (Sweep("tests.shared", {"second": None}), Sweep("tests.tick", {"second": None}, is_shared=False))
    async with working(sqlite_resources, *sweeps), working(sqlite_resources, *sweeps):
        await eventually(lambda: diary.done.count("shared") >= 4)
    assert diary.done.count("tick") >= 1.5 * diary.done.count("shared")


@pytest.mark.parametrize("leap", [timedelta(hours=-1), timedelta(hours=1)])
async def test_sweeps_go_on_at_their_pace_when_the_clock_leaps(sqlite_resources, diary, leap):
    with time_machine.travel(utcnow(), tick=True) as clock:
        async with working(sqlite_resources, Sweep("tests.tick", {"second": None})):
            await eventually(lambda: "tick" in diary.done)
            with capture_logs() as told:
                clock.shift(leap)
                await eventually(lambda: any(line["event"] == "clock_leapt" for line in told))
            began_at, before = time.monotonic(), len(diary.done)
            await eventually(lambda: len(diary.done) >= before + 3)
            # One a second, however much was missed: the first may have been due at once, and another was asked for.
            assert len(diary.done) - before <= time.monotonic() - began_at + 2


async def test_reads_more_of_the_queue_than_can_run(sqlite_resources, diary):
    queue = ArqQueue(redis_url(sqlite_resources.settings))
    worker = new_worker(sqlite_resources, queue, ())
    assert worker.queue_read_limit > worker.max_jobs
    assert worker.in_progress_timeout_s < 60, "a job of a killed worker must not wait long for another"
    await queue.close()


def test_every_sweep_is_a_job():
    load_jobs()
    assert {sweep.job for sweep in SWEEPS} <= set(JOBS)


# As a process


def start_worker(settings: Settings, log: Path) -> Child:
    environment = os.environ | SECRETLESS | {
        "NEWSREEL_DATABASE_URL": settings.database_url.get_secret_value(),
        "NEWSREEL_DATA_DIR": str(settings.data_dir),
        "NEWSREEL_REDIS_URL": "",
    }  # fmt: skip
    return shared_nursery().spawn("worker", environment=environment, log=log)


@pytest.fixture
async def process(tmp_path: Path, migrated_database: MakeDatabase) -> AsyncIterator[tuple[Child, Resources]]:
    settings = make_settings(tmp_path, migrated_database("sqlite", tmp_path), "")
    started = start_worker(settings, tmp_path / "worker.log")
    async with open_resources(settings) as app:
        await eventually(lambda: _has_heartbeats(app, 1))
        yield started, app
    started.kill()
    await asyncio.to_thread(started.wait, 60)
    await RedisServer(settings.data_dir).stop()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_ends_in_order_on_a_signal(process: tuple[Child, Resources], signum):
    started, app = process
    started.send_signal(signum)
    assert await asyncio.to_thread(started.wait, 300) == 0
    assert await heartbeats(app) == []
    assert RedisServer(app.settings.data_dir).pid() is None


async def test_the_process_lives_on_when_its_redis_is_killed(process: tuple[Child, Resources]):
    started, app = process
    server = RedisServer(app.settings.data_dir)
    os.kill(server.pid() or 0, signal.SIGKILL)
    await eventually(server.answers)
    await send(app, "auth.sweep", job_id="mine")
    await eventually(lambda: _has_ended(app, "mine"))
    assert started.poll() is None


# Without a Redis that takes writes


TROUBLES = {"full": "full", "a replica": "read_only", "silent": "unavailable", "another password": "unavailable"}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_sweeps_and_what_they_ask_for_go_on_while_redis_takes_no_writes(tmp_path, sqlite_url, diary, trouble):
    @job("tests.sweep")
    async def sweep(app: Resources) -> None:
        await send(app, "tests.note", "asked for by a sweep")
        async with app.transaction() as session:
            enqueue(session, "tests.tick")

    server = TestRedis()
    server.start()
    try:
        async with (
            open_resources(make_settings(tmp_path, sqlite_url, server.url)) as app,
            working(app, Sweep("tests.sweep", {"second": None})),
        ):
            await eventually(lambda: "asked for by a sweep" in diary.done)
            server.suffer(trouble)
            await eventually(lambda: _is_told(app, RedisState(TROUBLES[trouble])))
            diary.done.clear()
            await eventually(lambda: diary.done.count("asked for by a sweep") >= 3)
            assert "tick" in diary.done
            server.recover()
            await eventually(lambda: _is_told(app, RedisState.ok))
            diary.done.clear()
            await eventually(lambda: diary.done.count("asked for by a sweep") >= 3)
    finally:
        server.stop()


async def _is_told(app: Resources, state: RedisState) -> bool:
    return await app.queue.look() is state


async def test_what_has_something_to_say_does_not_wait_for_a_redis_that_is_silent(tmp_path, sqlite_url, diary):
    server = TestRedis()
    server.start()
    try:
        async with open_resources(make_settings(tmp_path, sqlite_url, server.url)) as app:
            server.suffer("silent")
            with pytest.raises(RedisError):
                await app.queue.wake_all([("tests.note", ("first",))])
            waits = [app.queue.wake_all([("tests.note", (str(number),))]) for number in range(50)]
            failed = await asyncio.gather(*waits, return_exceptions=True)
            assert all(isinstance(one, RedisError) for one in failed)
            told = [str(one) for one in failed]
            assert told.count("Redis took nothing a moment ago") >= 49
            server.recover()
            await eventually(lambda: _is_told(app, RedisState.ok))
            await app.queue.wake_all([("tests.note", ("last",))])
            assert await app.queue.length() >= 1
    finally:
        server.stop()


async def test_a_job_that_a_stand_in_runs_has_its_deadline_and_runs_once_at_a_time(sqlite_resources, diary):
    @job("tests.endless", timeout=0.5)
    async def endless(_app: Resources) -> None:
        diary.begun.append("endless")
        await asyncio.sleep(60)

    by_hand = WithoutRedis(sqlite_resources, ())
    for _ in range(3):
        by_hand.take("tests.endless")
    await eventually(lambda: not by_hand.tasks)
    assert diary.begun == ["endless"]


async def test_a_job_that_outlasts_its_lease_runs_once(sqlite_resources, diary, monkeypatch):
    monkeypatch.setattr(job_loop, "JOB_LEASE_SECONDS", 1.0)
    async with working(sqlite_resources), working(sqlite_resources):
        await send(sqlite_resources, "tests.wait", "news")
        await eventually(lambda: diary.begun == ["news"])
        await asyncio.sleep(3)
        assert diary.begun == ["news"]
        diary.go_on.set()
        await eventually(lambda: diary.done == ["news"])


async def test_the_process_refuses_to_start_on_an_empty_database(tmp_path):
    settings = make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/newsreel.db", "")
    log = tmp_path / "worker.log"
    assert await asyncio.to_thread(start_worker(settings, log).wait, 300) == 2
    assert "run: newsreel migrate" in log.read_text()
    assert "Traceback" not in log.read_text()
