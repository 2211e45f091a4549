"""Watches over the processes of `newsreel up`: starts them again, ends them together. The standard library only.

`newsreel up` replaces itself by this module once it has migrated the database, so that no megabyte of what that needed
stays in memory beside the two processes that do the work.
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

ROOT = Path(__file__).resolve().parents[2]

_POLL_SECONDS = 0.25
_END_SECONDS = 27.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY_SECONDS = 30.0
_REFUSED = 2  # the exit code of a process that its settings or the database's version keep from starting


_LEAN = {"MALLOC_ARENA_MAX": "2", "PYTHONNODEBUGRANGES": "1"}
"""Two megabytes less in each child: fewer of glibc's heaps, and lines but no columns in tracebacks."""


def python_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of ours; `-P`, so that no other `app` in the present folder is taken."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_environment(**changes: str) -> dict[str, str]:
    """The environment in which such a command finds our modules."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **changes}


class Child:
    """One process that is to run until we end."""

    def __init__(self, name: str, lifeline: int) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._lifeline = lifeline
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

    def _start(self) -> None:
        # A process group of its own: Ctrl-C reaches us alone, and we end the children in order.
        self.process = subprocess.Popen(  # noqa: S603  (our own command)
            python_command("app", self.name),
            env=_LEAN | python_environment(NEWSREEL_LIFELINE=str(self._lifeline)),
            stdin=subprocess.DEVNULL,
            pass_fds=(self._lifeline,),
            process_group=0,
        )
        self._started_at = time.monotonic()

    def _put_off(self, code: int) -> None:
        was_steady = time.monotonic() - self._started_at > _STEADY_SECONDS
        self._has_worked = self._has_worked or was_steady
        self._pause = _SHORTEST_PAUSE if was_steady else min(self._pause * 2, _LONGEST_PAUSE)
        self._start_at = time.monotonic() + self._pause
        is_over = code == _REFUSED and not self._has_worked
        say("process_ended", name=self.name, code=code, again_in=None if is_over else self._pause)


def supervise(names: list[str]) -> int:
    """Run the named commands until a signal; returns the exit code."""
    stop = threading.Event()

    def ask_to_stop(_signum: int, _frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, ask_to_stop)
    lifeline, _held_until_we_end = os.pipe()
    children = [Child(name, lifeline) for name in names]
    refused = False
    while not stop.is_set() and not refused:
        for child in children:
            refused = child.tend() == _REFUSED or refused
        stop.wait(_POLL_SECONDS)
    _end_all(children)
    return _REFUSED if refused else 0


def _end_all(children: list[Child]) -> None:
    deadline = time.monotonic() + _END_SECONDS
    for child in children:
        child.end()
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say("process_killed", name=child.name, reason="did not end in time")
            child.end(signal.SIGKILL)
            child.process.wait()


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
    sys.exit(supervise(sys.argv[1:] or ["web", "worker"]))
