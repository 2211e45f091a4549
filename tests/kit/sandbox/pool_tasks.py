"""Tasks for the pool's children, most of them badly behaved."""

import errno
import os
import signal
import time
from pathlib import Path
from typing import Any

# What this child holds on to; a cache of its own.
_hoard: list[bytearray] = []


def run(do: str, **arguments: Any) -> dict[str, Any]:
    """Do what the name says."""
    result: dict[str, Any] = TASKS[do](**arguments)
    return result


def _echo(text: str) -> dict[str, Any]:
    return {"text": text, "pid": os.getpid()}


def _print(text: str) -> dict[str, Any]:
    os.write(1, text.encode())
    return {"pid": os.getpid()}


def _fail() -> dict[str, Any]:
    raise ValueError("this cannot be done")


def _fill_disk() -> dict[str, Any]:
    raise OSError(errno.ENOSPC, "No space left on device")


def _write(path: str, size: int) -> dict[str, Any]:
    Path(path).write_bytes(b"x" * size)
    return {}


def _sleep(seconds: float) -> dict[str, Any]:
    time.sleep(seconds)
    return {"pid": os.getpid()}


def _spin() -> dict[str, Any]:
    while True:
        pass


def _work(seconds: float) -> dict[str, Any]:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return {"pid": os.getpid()}


def _eat(size: int) -> dict[str, Any]:
    _hoard.append(bytearray(size))
    return {}


def _crash() -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def _leave() -> dict[str, Any]:
    os._exit(0)


def _look_around() -> dict[str, Any]:
    return {"environment": dict(os.environ), "files": len(list(Path("/proc/self/fd").iterdir()))}


def _answer_nonsense() -> dict[str, Any]:
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, b"nonsense\n")
        except OSError:
            continue
    return {}


TASKS: dict[str, Any] = {
    name.removeprefix("_"): task for name, task in list(globals().items()) if callable(task) and name.startswith("_")
}
