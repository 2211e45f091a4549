"""A web process of ours as its callers see it: real sockets, and nothing of the app."""

import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

from app.config import ROOT
from tests.functional.stack import Process, free_port, until
from tests.support.nursery import shared_nursery


class WebProcess:
    """One process, and the connections that tests make to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "var"
        self.port = free_port()
        self.process: Process | None = None

    def start(
        self,
        *,
        drain: float = 0,
        end_within: int = 24,
        module: str = "tests.support.web_process",
        before: tuple[str, ...] = (),
        **extra: str,
    ) -> None:
        log, environment = self.folder / "web.log", self.environment(drain) | extra
        log.write_text("")
        arguments = ["web"] if module == "app" else [str(end_within)]
        if before:
            with log.open("wb") as file:
                self.process = subprocess.Popen(
                    [*before, sys.executable, "-P", "-m", module, *arguments], env=environment, cwd=self.folder,
                    stdout=file, stderr=file, stdin=subprocess.DEVNULL,
                )  # fmt: skip
        else:
            entry = "app.cli" if module == "app" else module
            self.process = shared_nursery().spawn(
                *arguments, environment=environment, log=log, cwd=self.folder, entry=entry
            )
        until(lambda: "web_started" in self.log(), what=self.log())

    def environment(self, drain: float) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSREEL_", "TIKTOK_"))}
        return inherited | {
            "PYTHONPATH": str(ROOT),
            "NEWSREEL_PORT": str(self.port),
            "NEWSREEL_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'newsreel.db'}",
            "NEWSREEL_DATA_DIR": str(self.data_dir),
            "NEWSREEL_REDIS_URL": "redis://127.0.0.1:1",
            "NEWSREEL_LOG_FORMAT": "json",
            "NEWSREEL_DRAIN_SECONDS": str(drain),
        }

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def log(self) -> str:
        return (self.folder / "web.log").read_text()

    def send(self, signum: int, *, then: str = "web_drains") -> None:
        assert self.process is not None
        self.process.send_signal(signum)
        until(lambda: then in self.log(), what=then)

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(60)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, path: str) -> tuple[int, str | None, bytes]:
        """Ask on a connection of its own; give status, `Connection` and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.headers["Connection"], answer.read()
        finally:
            connection.close()

    def is_closed(self) -> bool:
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False


def answer_of(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
