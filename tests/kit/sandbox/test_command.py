"""Another program under limits: fed, watched, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from app.config import ROOT
from app.kit.sandbox.command import ProgramLimits, ProgramTimedOut, run_program
from tests.support.waiting import eventually

LIMITS = ProgramLimits(seconds=60, cpu_seconds=30)


async def ignore(_line: str) -> None:
    return


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until_gone(*pids: int) -> None:
    await eventually(lambda: not any(map(is_alive, pids)))


FAMILY = """
    import os, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(os.getpid(), child.pid, flush=True)
    time.sleep(600)
"""


async def test_lines_come_as_they_are_written_and_the_end_is_told():
    lines: list[str] = []

    async def hear(line: str) -> None:
        lines.append(line)

    code = "import sys; print('one'); print('two'); print('why', file=sys.stderr); sys.exit(3)"
    ended = await run_program(python(code), LIMITS, on_line=hear)
    assert (lines, ended.code, ended.complaint) == (["one", "two"], 3, "why")


async def test_the_last_complaints_are_kept_of_many():
    code = "import sys\nfor n in range(20000): print('complaint', n, file=sys.stderr)"
    ended = await run_program(python(code), LIMITS, on_line=ignore)
    assert ended.complaint.endswith("complaint 19999")
    assert len(ended.complaint) <= 8192


async def test_no_secret_of_ours_reaches_it(monkeypatch):
    monkeypatch.setenv("NEWSREEL_SECRET_KEY", "not-for-others")
    seen: list[str] = []

    async def hear(line: str) -> None:
        seen.append(line)

    await run_program(python("import os; print(sorted(os.environ))"), LIMITS, on_line=hear)
    assert "NEWSREEL_SECRET_KEY" not in seen[0]
    assert "LANG" in seen[0]


async def test_it_is_killed_with_its_children_when_its_time_is_over():
    pids: list[int] = []

    async def hear(line: str) -> None:
        pids.extend(map(int, line.split()))

    with pytest.raises(ProgramTimedOut):
        await run_program(python(FAMILY), ProgramLimits(seconds=6, cpu_seconds=30), on_line=hear)
    assert len(pids) == 2
    await until_gone(*pids)


async def test_it_is_killed_with_its_children_when_we_are_cancelled():
    pids: list[int] = []
    known = asyncio.Event()

    async def hear(line: str) -> None:
        pids.extend(map(int, line.split()))
        known.set()

    running = asyncio.create_task(run_program(python(FAMILY), LIMITS, on_line=hear))
    await known.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until_gone(*pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
async def test_it_dies_with_the_process_that_runs_it(tmp_path):
    script = f"""
        import asyncio, sys
        sys.path.insert(0, {str(ROOT)!r})
        from app.kit.sandbox.command import ProgramLimits, run_program
        async def hear(line): print(line, flush=True)
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
        asyncio.run(run_program([sys.executable, "-c", code], ProgramLimits(seconds=600, cpu_seconds=60), on_line=hear))
    """
    parent = await asyncio.create_subprocess_exec(*python(script), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert is_alive(pid)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    await until_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit memory")
async def test_memory_is_limited():
    limits = ProgramLimits(seconds=60, cpu_seconds=30, memory_bytes=512 * 1024 * 1024)
    ended = await run_program(python("x = bytearray(1 << 30)"), limits, on_line=ignore)
    assert ended.code != 0
    assert "MemoryError" in ended.complaint


async def test_processor_time_is_limited():
    limits = ProgramLimits(seconds=100, cpu_seconds=1)
    ended = await run_program(python("while True: pass"), limits, on_line=ignore)
    assert ended.code in {-signal.SIGXCPU, -signal.SIGKILL}


async def test_files_are_limited(tmp_path):
    limits = ProgramLimits(seconds=60, cpu_seconds=30, file_bytes=1 << 20)
    target = tmp_path / "large"
    await run_program(python(f"open({str(target)!r}, 'wb').write(bytes(1 << 22))"), limits, on_line=ignore)
    assert target.stat().st_size <= 1 << 20


async def test_it_runs_with_a_lower_priority():
    seen: list[str] = []

    async def hear(line: str) -> None:
        seen.append(line)

    await run_program(python("import os; print(os.nice(0))"), LIMITS, on_line=hear)
    assert int(seen[0]) >= min(19, os.nice(0) + 10)


async def test_a_program_that_is_not_there_is_an_end_and_no_hang():
    ended = await run_program(["/nowhere/ffmpeg"], LIMITS, on_line=ignore)
    assert ended.code != 0
    assert "FileNotFoundError" in ended.complaint
