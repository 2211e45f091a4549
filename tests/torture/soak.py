"""A newsroom's day in twenty minutes, with trouble: `python -m tests.torture.soak --minutes 20 [--postgres]`.

Articles come in all the time, one call in twenty to TikTok goes wrong, workers are killed, Redis forgets. At the end
every acknowledged article has ended or visibly waits, none is on TikTok twice, and what the processes hold is flat.
Prints one line of JSON per minute and one at the end; the exit code tells whether all of that is true.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.kit.ids import new_id
from tests.support.postgres import PostgresServer
from tests.torture.fleet import FINAL, VISIBLY_WAITING, Fleet

ACCOUNTS = 4
FAULT_SHARE = 0.05
ARTICLE_EVERY_SECONDS = 12.0
KILL_EVERY_SECONDS = 60.0
SAMPLE_EVERY_SECONDS = 10.0
# A process may hold this much more in the last quarter than in the third before it is called a leak. In the first half
# caches of statements and connections fill.
MOST_GROWTH = 1.02
MOST_NEW_HANDLES = 5
FAULTS: tuple[dict[str, Any], ...] = (
    {"cut": True},
    {"cut": True, "phase": "after"},
    {"hang": 3.0, "phase": "after"},
    {"code": "internal_error", "http_status": 500},
    {"raw": "<html>bad gateway</html>", "http_status": 502},
    {"truncate": 20},
)
# A login that is refused asks for a person, and an init that is lost for evidence: the latter is wanted here.
ENDPOINTS = ("content_init", "status_fetch", "creator_info", "video_list")


@dataclass
class Soak:
    """One run: what was sent, what was broken, and what the processes held."""

    fleet: Fleet
    seconds: float
    sent: int = 0
    faults: int = 0
    kills: int = 0
    samples: dict[str, list[tuple[float, int, int]]] = field(default_factory=dict)

    def run(self) -> None:
        started = time.monotonic()
        due = {"article": 0.0, "kill": KILL_EVERY_SECONDS, "sample": 0.0, "tell": 60.0}
        while (passed := time.monotonic() - started) < self.seconds:
            for what, every in (
                ("article", ARTICLE_EVERY_SECONDS), ("kill", KILL_EVERY_SECONDS), ("sample", SAMPLE_EVERY_SECONDS),
                ("tell", 60.0),
            ):  # fmt: skip
                if passed >= due[what]:
                    due[what] += every
                    getattr(self, f"_{what}")()
            time.sleep(0.1)

    def _article(self) -> None:
        self._break_some_calls()
        article_id = f"soak-{new_id()[-12:]}"
        self.fleet.deliver_surely(article_id)
        self.sent += 1
        if random.random() < 0.2:
            self.fleet.deliver_surely(article_id)

    def _break_some_calls(self) -> None:
        """Put as many faults in wait as make one call in twenty go wrong, at about eight calls per post."""
        for _ in range(ACCOUNTS * 8):
            if random.random() < FAULT_SHARE:
                fault = random.choice(FAULTS) | {"endpoint": random.choice(ENDPOINTS)}
                self.fleet.emulator("POST", "next-errors", json=fault)
                self.faults += 1

    def _kill(self) -> None:
        # The first worker lives, so that what it holds can be watched.
        self.fleet.kill(f"worker{random.randrange(1, self.fleet.workers)}")
        self.kills += 1
        if random.random() < 0.5:
            self.fleet.flush_redis()
        else:
            self.fleet.kill_redis()

    def _sample(self) -> None:
        for name in ("web", "worker0"):
            process = psutil.Process(self.fleet.processes[name].pid)
            sample = (process.memory_info().rss / 1e6, process.num_fds(), len(process.net_connections()))
            self.samples.setdefault(name, []).append(sample)

    def _tell(self) -> None:
        try:
            states = Counter(post["state"] for post in self.fleet.posts().values())
        except (httpx.HTTPError, AssertionError) as error:
            states = Counter({type(error).__name__: 1})
        report(sent=self.sent, faults=self.faults, kills=self.kills, states=states, **self.held())

    def held(self) -> dict[str, dict[str, list[float]]]:
        """What each process held in the third and in the last quarter: medians of MB, files, connections."""
        return {name: {"third": _medians(rows, 2), "last": _medians(rows, 3)} for name, rows in self.samples.items()}

    def judge(self) -> list[str]:
        """Say what is not as promised."""
        self.fleet.emulator("DELETE", "next-errors")
        posts = self.fleet.settle(seconds=600, ends=FINAL | VISIBLY_WAITING)
        wrong = [f"{post['id']} is {post['state']}" for post in posts.values() if post["state"] == "failed"]
        self.fleet.check_no_double()
        for name, quarters in self.held().items():
            for what, before, after in zip(("MB", "files", "connections"), *quarters.values(), strict=True):
                if after > before * MOST_GROWTH + (0 if what == "MB" else MOST_NEW_HANDLES):
                    wrong.append(f"{name} held {before:.0f} {what}, then {after:.0f}")
        if [code for name, code in self.fleet.deaths if name in {"web", "worker0"}]:
            wrong.append("a process died that nobody killed")
        report(sent=self.sent, posts=len(posts), ends=Counter(post["state"] for post in posts.values()), wrong=wrong)
        return wrong


def _medians(rows: list[tuple[float, int, int]], quarter: int) -> list[float]:
    part = rows[len(rows) * quarter // 4 : max(len(rows) * (quarter + 1) // 4, len(rows) * quarter // 4 + 1)]
    return [round(statistics.median(column), 1) for column in zip(*part, strict=True)]


def report(**figures: Any) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


@contextmanager
def _database(folder: Path, *, is_postgres: bool) -> Iterator[str]:
    if not is_postgres:
        yield f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.url(server.new_database())
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--postgres", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _database(Path(folder), is_postgres=arguments.postgres) as url,
    ):
        fleet = Fleet(Path(folder), url)
        try:
            fleet.migrate()
            fleet.start()
            fleet.connect_many(ACCOUNTS, daily_cap=1000)
            fleet.enable_all()
            soak = Soak(fleet, arguments.minutes * 60)
            soak.run()
            return 1 if soak.judge() else 0
        finally:
            fleet.stop()


if __name__ == "__main__":
    sys.exit(main())
