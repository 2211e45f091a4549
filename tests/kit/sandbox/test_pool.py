"""The pool of limited processes: each bad task dies alone."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.kit.sandbox.pool import ProcessPool, TaskCrashed, TaskFailed, TaskLimits, TaskTimedOut
from tests.support.waiting import eventually

TASKS = "tests.kit.sandbox.pool_tasks:run"
MEGABYTE = 1024 * 1024
LIMITS = TaskLimits(memory_bytes=512 * MEGABYTE, cpu_seconds=1, seconds=120.0, file_bytes=MEGABYTE)


@pytest.fixture
def pool():
    pool = ProcessPool(TASKS, limits=LIMITS)
    yield pool
    pool.close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until_gone(pid: int) -> None:
    await eventually(lambda: not is_running(pid))


async def test_a_task_runs_elsewhere_and_its_result_comes_back(pool):
    result = await pool.run(do="echo", text="Қазақша 🎉")
    assert result["text"] == "Қазақша 🎉"
    assert result["pid"] != os.getpid()


async def test_a_child_is_used_again(pool):
    first = await pool.run(do="echo", text="1")
    assert (await pool.run(do="echo", text="2"))["pid"] == first["pid"]


async def test_no_more_children_than_allowed_run_at_once(pool):
    results = await asyncio.gather(*(pool.run(do="sleep", seconds=0.1) for _ in range(8)))
    assert len({result["pid"] for result in results}) == 2


async def test_an_error_is_told_and_its_child_lives_on(pool):
    before = await pool.run(do="echo", text="")
    with pytest.raises(TaskFailed, match="ValueError: this cannot be done"):
        await pool.run(do="fail")
    assert (await pool.run(do="echo", text=""))["pid"] == before["pid"]


async def test_a_full_disk_is_recognised(pool):
    with pytest.raises(TaskFailed) as failed:
        await pool.run(do="fill_disk")
    assert failed.value.errno == 28


async def test_a_file_that_grows_too_large_is_an_error(pool, tmp_path):
    await pool.run(do="write", path=str(tmp_path / "small"), size=MEGABYTE)
    with pytest.raises(TaskFailed) as failed:
        await pool.run(do="write", path=str(tmp_path / "large"), size=2 * MEGABYTE)
    assert failed.value.errno == 27


async def test_a_library_that_prints_does_not_spoil_the_answer(pool):
    first = await pool.run(do="print", text="warning!\n")
    assert (await pool.run(do="echo", text="x"))["pid"] == first["pid"]


async def test_a_task_that_hangs_is_killed_at_its_deadline_and_alone():
    pool = ProcessPool(TASKS, limits=TaskLimits(seconds=4.0))
    hanging = asyncio.create_task(pool.run(do="sleep", seconds=60))
    for _ in range(5):
        assert (await pool.run(do="echo", text="still here"))["text"] == "still here"
    with pytest.raises(TaskTimedOut):
        await hanging
    assert (await pool.run(do="echo", text="after"))["text"] == "after"
    pool.close()


async def test_a_task_that_computes_too_long_is_killed(pool):
    with pytest.raises(TaskCrashed):
        await pool.run(do="spin")
    assert (await pool.run(do="echo", text="after"))["text"] == "after"


async def test_each_task_has_its_own_processor_time(pool):
    pids = {(await pool.run(do="work", seconds=0.7))["pid"] for _ in range(4)}
    assert len(pids) == 1


async def test_a_task_that_eats_memory_dies_and_the_next_gets_a_fresh_child(pool):
    before = await pool.run(do="echo", text="")
    with pytest.raises(TaskCrashed):
        await pool.run(do="eat", size=600 * MEGABYTE)
    assert (await pool.run(do="echo", text=""))["pid"] != before["pid"]


@pytest.mark.parametrize("end", ["crash", "leave", "answer_nonsense"])
async def test_a_child_that_dies_or_talks_nonsense_harms_nobody_else(pool, end):
    other = asyncio.create_task(pool.run(do="sleep", seconds=0.3))
    with pytest.raises(TaskCrashed):
        await pool.run(do=end)
    assert "pid" in await other
    assert (await pool.run(do="echo", text="after"))["text"] == "after"


async def test_a_child_that_was_killed_while_idle_is_replaced(pool):
    first = await pool.run(do="echo", text="")
    os.kill(first["pid"], signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert (await pool.run(do="echo", text="x"))["pid"] != first["pid"]


async def test_many_bad_tasks_at_once_leave_a_working_pool(pool):
    ends = ["crash", "fail", "leave", "eat"] * 4
    arguments = {"eat": {"size": 600 * MEGABYTE}}
    results = await asyncio.gather(
        *(pool.run(do=end, **arguments.get(end, {})) for end in ends), return_exceptions=True
    )
    assert all(isinstance(result, (TaskCrashed, TaskFailed)) for result in results)
    assert (await pool.run(do="echo", text="after"))["text"] == "after"


async def test_an_idle_child_leaves():
    pool = ProcessPool(TASKS, idle_seconds=0.3)
    child = (await pool.run(do="echo", text=""))["pid"]
    await until_gone(child)
    assert pool.pids == []
    assert (await pool.run(do="echo", text="x"))["pid"] != child
    pool.close()


async def test_a_warmed_child_is_the_one_that_is_used(pool):
    pool.warm()
    while not pool.pids:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    (warmed,) = pool.pids
    assert (await pool.run(do="echo", text=""))["pid"] == warmed


async def test_children_inherit_neither_secrets_nor_open_files(pool, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWSREEL_SECRET_KEY", "a-secret-that-must-stay-here")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        seen = await pool.run(do="look_around")
    assert "a-secret-that-must-stay-here" not in str(seen["environment"])
    assert set(seen["environment"]) <= {"PATH", "LANG", "LC_CTYPE", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR"}
    assert seen["files"] <= 5


async def test_a_cancelled_caller_leaves_a_working_pool(pool):
    waiting = [asyncio.create_task(pool.run(do="sleep", seconds=0.2)) for _ in range(6)]
    await asyncio.sleep(0.05)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (await pool.run(do="echo", text="after"))["text"] == "after"


def test_one_pool_serves_event_loops_one_after_the_other(pool):
    texts: list[str] = []

    def use() -> None:
        texts.append(asyncio.run(pool.run(do="echo", text="x"))["text"])

    for _ in range(3):
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert texts == ["x", "x", "x"]


async def test_children_end_when_their_parent_is_killed():
    script = f"""
import asyncio
from app.kit.sandbox.pool import ProcessPool
from tests.support.waiting import eventually
pool = ProcessPool({TASKS!r})
async def main():
    print((await pool.run(do="echo", text=""))["pid"], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    root = Path(__file__).parents[3]
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root
    )
    assert parent.stdout is not None
    child = int(await asyncio.to_thread(parent.stdout.readline))
    assert is_running(child)
    parent.kill()
    await asyncio.to_thread(parent.wait)
    parent.stdout.close()
    await until_gone(child)
