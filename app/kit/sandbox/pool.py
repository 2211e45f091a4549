"""A few child processes for work that may eat memory, hang or crash: each task is limited, and a bad one dies alone.

No ready pool fits. concurrent.futures cannot stop a task, and breaks as a whole when a child dies; pebble stops tasks,
but its children are made by multiprocessing, which imports our main module again (the whole service) and hands them our
environment with its secrets, and they never leave when there is nothing to do. Here a child is a bare interpreter that
imports one module, speaks JSON lines, inherits no secret, and is gone after some idle seconds.
"""

import asyncio
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
_LONGEST_ANSWER = 1024 * 1024
_TASKS_PER_CHILD = 100


class TaskError(Exception):
    """The task gave no result."""


class TaskFailed(TaskError):
    """The function raised; the message is its error. `errno` is that of an OSError."""

    def __init__(self, message: str, *, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno


class TaskCrashed(TaskError):
    """The child died: out of memory, out of processor time, or a fault in a library."""


class TaskTimedOut(TaskError):
    """The task took too long and its child was killed."""


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """What one task may use. `seconds` count from its start, not from when it began to wait for a free child."""

    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 10
    seconds: float = 20.0
    file_bytes: int = 64 * 1024 * 1024


class ProcessPool:
    """Runs `function` ("package.module:name") in at most `size` children, which start when needed.

    It belongs to no event loop: its threads do the waiting, so one pool serves a whole process, and nobody must close
    it. A child ends when it was idle for `idle_seconds`, or when this process does.
    """

    def __init__(
        self,
        function: str,
        *,
        size: int = 2,
        limits: TaskLimits = TaskLimits(),
        idle_seconds: float = 30.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._function = function
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._environment = dict(environment or {})
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="pool")
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._timer: threading.Timer | None = None

    async def run(self, **arguments: Any) -> dict[str, Any]:
        """Call the function with these arguments (whatever JSON holds) and return its dict. Raises TaskError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, arguments)

    def warm(self) -> None:
        """Start a child in the background if none is idle, so that a task that is about to come need not wait."""
        self._threads.submit(lambda: self._give_back(self._take()))

    def close(self) -> None:
        """End the idle children now."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    @property
    def pids(self) -> list[int]:
        """The idle children's process ids."""
        with self._lock:
            return [child.pid for child in self._idle]

    def _run(self, arguments: dict[str, Any]) -> dict[str, Any]:
        child = self._take()
        try:
            result = child.call(arguments, self._limits.seconds)
        except TaskFailed:
            self._give_back(child)
            raise
        except BaseException:
            child.kill()
            raise
        self._give_back(child)
        return result

    def _take(self) -> "_Child":
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_alive:
                    return child
        return _Child(self._function, self._limits, self._environment)

    def _give_back(self, child: "_Child") -> None:
        if child.tasks >= _TASKS_PER_CHILD:
            child.end()
            return
        with self._lock:
            child.idle_since = monotonic()
            self._idle.append(child)
            self._watch()

    def _watch(self) -> None:
        if self._timer is None and self._idle:
            self._timer = threading.Timer(self._idle_seconds / 2, self._end_idle)
            self._timer.daemon = True
            self._timer.start()

    def _end_idle(self) -> None:
        oldest = monotonic() - self._idle_seconds
        with self._lock:
            ended = [child for child in self._idle if child.idle_since <= oldest]
            self._idle = [child for child in self._idle if child.idle_since > oldest]
            self._timer = None
            self._watch()
        for child in ended:
            child.end()


class _Child:
    """One child process: takes a task per line, answers each with a line, and ends when its input does."""

    def __init__(self, function: str, limits: TaskLimits, environment: Mapping[str, str]) -> None:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        numbers = (limits.memory_bytes, limits.cpu_seconds, limits.file_bytes)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-s", "-W", "ignore", "-m", "app.kit.sandbox.child", function, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**inherited, "LANG": "C.UTF-8", **environment, "PYTHONPATH": str(_ROOT)},
            bufsize=0,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.tasks = 0
        self.idle_since = monotonic()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def call(self, arguments: dict[str, Any], seconds: float) -> dict[str, Any]:
        self.tasks += 1
        line = self._exchange(json.dumps(arguments).encode() + b"\n", monotonic() + seconds)
        try:
            answer = json.loads(line)
            if "error" not in answer:
                return dict(answer["result"])
        except (ValueError, TypeError, KeyError):
            raise TaskCrashed("the task's process answered nonsense") from None
        raise TaskFailed(answer["error"], errno=answer.get("errno"))

    def kill(self) -> None:
        self._process.kill()
        self._close()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def _exchange(self, line: bytes, deadline: float) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line)
        except BrokenPipeError:
            raise self._crashed() from None
        answers = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(answers, select.POLLIN)
        received = bytearray()
        while not received.endswith(b"\n"):
            if not poll.poll(max(0.0, deadline - monotonic()) * 1000):
                raise TaskTimedOut("the task took too long")
            chunk = os.read(answers, 65536)
            received += chunk
            if not chunk or len(received) > _LONGEST_ANSWER:
                raise self._crashed()
        return bytes(received)

    def _crashed(self) -> TaskCrashed:
        self._process.kill()
        return TaskCrashed(f"the task's process died ({self._process.wait()})")

    def _close(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
