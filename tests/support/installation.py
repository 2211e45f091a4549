"""`newsreel` commands that keep running, in a folder and on a port of their own."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.config import ROOT
from tests.support.command import clean_environment


def environment(**settings: str) -> dict[str, str]:
    return clean_environment(PYTHONPATH=str(ROOT), **settings)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app", *arguments]


def run_process(folder: Path, *arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment(**settings), input=given, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """`newsreel` commands that keep running, on a port of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {"NEWSREEL_PORT": str(port), "NEWSREEL_PUBLIC_URL": self.url}
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self, *arguments: str, **settings: str) -> Iterator[psutil.Process]:
        with (self.folder / "out.log").open("ab") as out, (self.folder / "err.log").open("ab") as err:
            self.process = subprocess.Popen(
                command(*arguments),
                cwd=self.folder,
                env=environment(**self.settings, **settings),
                stdout=out,
                stderr=err,
            )
        watched = psutil.Process(self.process.pid)
        try:
            yield watched
        finally:
            family = [watched, *watched.children(recursive=True)] if watched.is_running() else []
            for member in family:
                member.kill() if member.is_running() else None
            self.process.wait()
            for left in servers_in(self.folder):
                left.kill()

    @property
    def supervisor(self) -> psutil.Process:
        assert self.process is not None
        return psutil.Process(self.process.pid)

    def end(self, signum: int, seconds: float = 30) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(seconds)

    def answers(self, path: str = "/readyz") -> bool:
        try:
            return self.ask("GET", path, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Ask on a connection of its own."""
        # Without `verify=False` each call reads all the certificates that it has no use for.
        return httpx.request(method, self.url + path, **{"timeout": 30, "trust_env": False, "verify": False, **what})

    def errors(self) -> str:
        return (self.folder / "err.log").read_text()

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.errors().splitlines()]


def servers_in(folder: Path) -> list[psutil.Process]:
    """Find the Redis servers of a data folder, by where they stand: their command line shows only the socket's path."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "valkey" in process.name() and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found


def child(of: psutil.Process, name: str) -> psutil.Process | None:
    for process in of.children():
        with suppress(psutil.Error):  # one that has just died
            if process.cmdline()[-2:] == ["app", name]:
                return process
    return None


def is_replaced(supervisor: psutil.Process, name: str, killed: psutil.Process) -> bool:
    return child(supervisor, name) not in {None, killed}
