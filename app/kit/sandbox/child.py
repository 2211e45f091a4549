"""What runs in a child of pool.py: limits first, then one task per line until the input ends."""

import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any


def main(function: str, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Answer each line of arguments with a line holding the function's result, or its error."""
    answers = os.dup(1)
    os.dup2(2, 1)  # a library that prints would spoil the protocol
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an OSError, not a death
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    module, _, name = function.partition(":")
    task: Callable[..., dict[str, Any]] = getattr(importlib.import_module(module), name)
    for line in sys.stdin.buffer:
        _allow_processor_time(cpu_seconds)
        answer = _answer(task, json.loads(line))
        os.write(answers, json.dumps(answer).encode() + b"\n")


def _answer(task: Callable[..., dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": task(**arguments)}
    except MemoryError:
        # The heap may be in pieces now; the next task deserves a fresh process.
        os._exit(70)
    except OSError as error:
        return {"error": f"{type(error).__name__}: {error.strerror}", "errno": error.errno}
    except Exception as error:  # noqa: BLE001 - whatever it was goes to the caller
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def _allow_processor_time(seconds: int) -> None:
    # The limit counts from the start of the process, so each task gets what was used before and its own share.
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


def _limit(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):
        # macOS knows RLIMIT_AS but refuses to set it; the deadline and the processor limit still hold there.
        if sys.platform != "darwin":
            raise


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:5]))
