"""A server that takes deliveries, as the intake's benchmarks see it: what to send to it, and what that cost it."""

import json
import subprocess
from dataclasses import dataclass, field

import psutil

from tests.bench.tools import python

LOAD_SECONDS = 150


@dataclass(frozen=True)
class Tally:
    """What one server did."""

    seconds: float = 0.0
    answers_ms: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    refused: int = 0

    @property
    def rps(self) -> float:
        return len(self.answers_ms) / self.seconds

    @property
    def cpu_us(self) -> int:
        """What the server's process itself needed for one delivery; its neighbours on the machine matter less to it."""
        return round(self.cpu_seconds / len(self.answers_ms) * 1e6)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.seconds + other.seconds,
            self.answers_ms + other.answers_ms,
            self.cpu_seconds + other.cpu_seconds,
            self.refused + other.refused,
        )


class Target:
    """A server's webhook; every delivery to it carries an article, or an event of TikTok's, that it has not seen."""

    def __init__(self, url: str, secret: str, pid: int, *, client_key: str = "") -> None:
        self._url = url
        self._secret = secret
        self._client_key = client_key
        self._process = psutil.Process(pid)
        self.sent = 0

    def fire(self, connections: int, deliveries: int, *, rate: float = 0) -> Tally:
        """Send articles that were not sent before."""
        tally = self._send(connections, self.sent, deliveries, rate=rate, are_new=not self._client_key)
        self.sent += deliveries
        return tally

    def burst(self, connections: int, unique: int, *, twice_every: int) -> Tally:
        """Send articles that were not sent before, some of them twice."""
        tally = self._send(connections, self.sent, unique, twice_every=twice_every, are_new=False, is_patient=True)
        self.sent += unique
        return tally

    def repeat(self, connections: int, deliveries: int, *, kind: str = "published", title: str = "") -> Tally:
        """Send the first articles again: as they were, or changed."""
        return self._send(connections, 0, min(deliveries, self.sent), kind=kind, title=title, are_new=False)

    def _send(
        self,
        connections: int,
        first: int,
        count: int,
        *,
        rate: float = 0,
        kind: str = "published",
        title: str = "",
        are_new: bool = True,
        twice_every: int = 0,
        is_patient: bool = False,
    ) -> Tally:
        order = {
            "url": self._url,
            "secret": self._secret,
            "connections": connections,
            "first": first,
            "count": count,
            "rate": rate,
            "kind": kind,
            "title": title,
            "are_new": are_new,
            "twice_every": twice_every,
            "is_patient": is_patient,
            "client_key": self._client_key,
        }
        before = self._cpu_seconds()
        done = subprocess.run(
            python("tests.bench.load"), input=json.dumps(order), capture_output=True, text=True,
            timeout=LOAD_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the load on {self._url} broke off: {done.stderr[-3000:]}")
        return Tally(**json.loads(done.stdout), cpu_seconds=self._cpu_seconds() - before)

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system
