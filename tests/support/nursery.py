"""Processes of ours that start fast: children of one that has imported everything.

They are as real as those that a shell starts, and die as really. Only the second in which Python reads our modules, and
in which nothing can be lost, is spent once: a whole run starts hundreds of them.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.config import ROOT
from app.worker import JOB_MODULES

_REAP_EVERY_SECONDS = 0.02


class Child:
    """One of them, as `subprocess.Popen` would show it."""

    def __init__(self) -> None:
        self.pid = 0
        self.code: int | None = None
        self.is_born, self.is_dead = threading.Event(), threading.Event()

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout: float | None = None) -> int:
        if not self.is_dead.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.code is not None
        return self.code

    def send_signal(self, signum: int) -> None:
        if self.code is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The parent of them all, which is a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._unborn: list[Child] = []
        self._living: dict[int, Child] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def spawn(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path,
        errors: Path | None = None,
        cwd: Path = ROOT,
        entry: str = "app.cli",
    ) -> Child:
        """Run a command of ours in a new child; `entry` is another module whose `main` takes them.

        What it says goes into `log`, also what goes to standard error, but where `errors` names a file for that.
        """
        child = Child()
        told = {"out": str(log), "err": str(errors or log), "cwd": str(cwd)}
        order = json.dumps({"arguments": arguments, "environment": dict(environment), "entry": entry, **told})
        assert self._process.stdin is not None
        with self._lock:
            self._unborn.append(child)
            self._process.stdin.write(f"{order}\n")
            self._process.stdin.flush()
        assert child.is_born.wait(60), "the nursery does not answer"
        return child

    def run(
        self, *arguments: str, environment: Mapping[str, str], seconds: float
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours to its end; raises `subprocess.TimeoutExpired`."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            code = self.spawn(*arguments, environment=environment, log=out, errors=err).wait(seconds)
            return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the parent; whoever spawned children has ended them before."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, pid, code = line.split()
            if word == "born":
                child = self._unborn.pop(0)
                child.pid = int(pid)
                self._living[child.pid] = child
                child.is_born.set()
            else:
                child = self._living.pop(int(pid))
                child.code = int(code)
                child.is_dead.set()


@cache
def shared_nursery() -> Nursery:
    """The one of all tests in this process."""
    nursery = Nursery()
    atexit.register(nursery.close)
    return nursery


def main() -> None:
    for name in ("app.cli", "app.main", "app.process.server", *JOB_MODULES):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    orders = b""
    while True:
        readable, _, _ = select.select([0], [], [], _REAP_EVERY_SECONDS)
        if readable:
            read = os.read(0, 65536)
            if not read:
                return
            *lines, orders = (orders + read).split(b"\n")
            for line in lines:
                _tell("born", _bear(json.loads(line)), 0)
        _reap()


def _bear(order: dict[str, Any]) -> int:
    if pid := os.fork():
        return pid
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, target in (("out", 1), ("err", 2)):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), target)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    _forget_the_armed()
    sys.argv = ["newsreel", *order["arguments"]]
    importlib.import_module(order["entry"]).main()
    sys.stdout.flush()
    os._exit(0)


def _forget_the_armed() -> None:
    """Read anew what a module has read from the environment when it was imported: our own parent's."""
    from app.kit import failpoints

    importlib.reload(failpoints)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell("dead", pid, os.waitstatus_to_exitcode(status))


def _tell(word: str, pid: int, code: int) -> None:
    sys.stdout.write(f"{word} {pid} {code}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
