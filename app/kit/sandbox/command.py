"""Running another program that may take minutes, memory and bad turns: limited, watched, and never left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIMITED = Path(__file__).with_name("under_limits.py")
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
_LONGEST_COMPLAINT = 8 * 1024
_LONGEST_LINE = 64 * 1024

OnLine = Callable[[str], Awaitable[None]]


class ProgramTimedOut(Exception):
    """The program took too long, and was killed with all that it had started."""


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What the program may use. `seconds` are of the clock, `cpu_seconds` of all its threads together."""

    seconds: float
    cpu_seconds: int
    memory_bytes: int = 4 * 1024**3
    file_bytes: int = 4 * 1024**3
    niceness: int = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended, negative for a signal, and the last that it complained about."""

    code: int
    complaint: str


async def run_program(command: Sequence[str], limits: ProgramLimits, *, on_line: OnLine) -> Ended:
    """Run a program to its end and give each line of its output to `on_line`. Raises ProgramTimedOut and OSError.

    It gets no secret of ours by its environment, and dies with this process, with the deadline and with cancellation.
    """
    numbers = (os.getpid(), limits.memory_bytes, limits.cpu_seconds, limits.file_bytes, limits.niceness)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_LIMITED), *map(str, numbers), *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _INHERITED if name in os.environ} | {"LANG": "C.UTF-8"},
        start_new_session=True,
        limit=_LONGEST_LINE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.create_task(_tail(process.stderr))
    try:
        async with asyncio.timeout(limits.seconds):
            async for line in process.stdout:
                await on_line(line.decode(errors="replace").rstrip("\n"))
            code = await process.wait()
            return Ended(code, await complaints)
    except TimeoutError:
        raise ProgramTimedOut(f"{Path(command[0]).name} took longer than {limits.seconds:.0f} s") from None
    finally:
        await asyncio.shield(_end(process, complaints))


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[-_LONGEST_COMPLAINT:]
    return kept.decode(errors="replace").strip()


async def _end(process: asyncio.subprocess.Process, complaints: "asyncio.Task[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    complaints.cancel()
    with suppress(asyncio.CancelledError):
        await complaints
