"""Watches over the processes of `newsreel up`: starts them again, ends them together. The standard library only.

`newsreel up` replaces itself by this module once it has migrated the database, so that no megabyte of what that needed
stays in memory beside the processes that do the work. It holds the listening socket, so that callers wait in the
kernel's queue while the web process is started again.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from app.config_emulated import choice_path

LIFELINE = "NEWSREEL_LIFELINE"
"""Names the descriptor of a pipe whose other end the supervisor holds: it ends when the supervisor does."""
LISTENER = "NEWSREEL_LISTENER"
"""Names the descriptor of the listening socket."""

ROOT = Path(__file__).resolve().parents[2]

_POLL_SECONDS = 0.25
_END_SECONDS, _REDIS_END_SECONDS = 27.0, 2.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 30.0
"""A process that ran so long has worked: its next start is not put off for longer than its last."""
_REFUSED = 2  # the exit code of a process that its settings or the database's version keep from starting


_LEAN = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576", "PYTHONNODEBUGRANGES": "1"}
"""Two megabytes less in each child: fewer of glibc's heaps, and lines but no columns in tracebacks.
What is larger than a megabyte stays out of those heaps, where freed bodies would leave holes."""


def python_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of ours; `-P`, so that no other `app` in the present folder is taken."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_environment(**changes: str) -> dict[str, str]:
    """The environment in which such a command finds our modules."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **changes}


def is_supervised() -> bool:
    """Tell whether `newsreel up` started this process."""
    return LIFELINE in os.environ


class Child:
    """One process that is to run until we end, with the descriptors that its environment names."""

    def __init__(self, name: str, command: list[str], **descriptors: int) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._descriptors = descriptors
        self._started_at = 0.0
        self._pause = _SHORTEST_PAUSE
        self._start_at = 0.0
        self._has_worked = False

    def tend(self) -> int | None:
        """Start it if it is time to; tell its exit code if it has just ended.

        One that has worked before is never told of as refused: what refuses it now, such as a full disk or a database
        that is away, may pass.
        """
        if self.process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return None
        code = self.process.poll()
        if code is not None:
            self.process = None
            self._put_off(code)
            return None if self._has_worked else code
        return code

    def end(self, signum: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)

    def rest(self) -> None:
        """End it, and start it no more until it is tended again."""
        self.end()
        if self.process is not None and self.process.poll() is not None:
            self.process = None

    def end_within(self, seconds: float) -> None:
        """Wait for it, and kill it if it takes longer."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say("process_killed", name=self.name, reason="did not end in time")
            self.end(signal.SIGKILL)
            self.process.wait()

    def _start(self) -> None:
        named = {name: str(descriptor) for name, descriptor in self._descriptors.items()}
        # A process group of its own: Ctrl-C reaches us alone, and we end the children in order.
        self.process = subprocess.Popen(  # noqa: S603  (our own command)
            self._command,
            env=_LEAN | python_environment(**named),
            stdin=subprocess.DEVNULL,
            pass_fds=tuple(self._descriptors.values()),
            process_group=0,
        )
        self._started_at = time.monotonic()

    def _put_off(self, code: int) -> None:
        was_steady = time.monotonic() - self._started_at > STEADY_SECONDS
        self._has_worked = self._has_worked or was_steady
        self._pause = _SHORTEST_PAUSE if was_steady else min(self._pause * 2, _LONGEST_PAUSE)
        self._start_at = time.monotonic() + self._pause
        is_over = code == _REFUSED and not self._has_worked
        say("process_ended", name=self.name, code=code, again_in=None if is_over else self._pause)


def supervise(listener: int, data_dir: str, *, has_redis: bool) -> int:
    """Run web, worker, the embedded Redis and what the data folder asks for until a signal; returns the exit code."""
    stop = threading.Event()

    def ask_to_stop(_signum: int, _frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, ask_to_stop)
    lifeline, _held_until_we_end = os.pipe()
    web = Child("web", python_command("app", "web"), NEWSREEL_LIFELINE=lifeline, NEWSREEL_LISTENER=listener)
    worker = Child("worker", python_command("app", "worker"), NEWSREEL_LIFELINE=lifeline)
    command = python_command("app.process.redis_child", data_dir)
    helpers = [Child("redis", command, NEWSREEL_LIFELINE=lifeline)] if has_redis else []
    emulator = Child("emulator", python_command("app", "emulator", "--chosen"), NEWSREEL_LIFELINE=lifeline)
    choice = choice_path(Path(data_dir))
    is_emulated = choice.exists()
    refused = False
    while not stop.is_set() and not refused:
        for helper in helpers:
            helper.tend()  # the others work without it
        if choice.exists() is not is_emulated:
            is_emulated = not is_emulated
            say("tiktok_exchanged", is_emulated=is_emulated)
            for child in (web, worker):
                child.end()
        if is_emulated:
            emulator.tend()
        else:
            emulator.rest()
        refused = _REFUSED in [child.tend() for child in (web, worker)]
        stop.wait(_POLL_SECONDS)
    # The web process then holds the last end of the socket, and closes the door when it has let in who waits there.
    os.close(listener)
    _end([web, worker, emulator], _END_SECONDS)
    _end(helpers, _REDIS_END_SECONDS)
    return _REFUSED if refused else 0


def _end(children: list[Child], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for child in children:
        child.end()
    for child in children:
        child.end_within(max(0.0, deadline - time.monotonic()))


def say(event: str, **details: object) -> None:
    """Write a log line in the form of the other processes'."""
    form = os.environ.get("NEWSREEL_LOG_FORMAT", "auto").lower()
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        line = f"{now} [warning  ] {event:<25} " + " ".join(f"{key}={value}" for key, value in details.items())
    else:
        told = {**details, "event": event, "level": "warning", "logger": "app.process.supervisor", "timestamp": now}
        line = json.dumps(told)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(supervise(int(os.environ.pop(LISTENER)), sys.argv[1], has_redis="redis" in sys.argv[2:]))
