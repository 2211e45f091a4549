"""TikTok's limits, held by three worker processes together through minutes of faster time."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.functional.stack import EMAIL, PASSWORD, Stack, jpeg, until
from tests.support.postgres import PostgresServer
from tests.support.redis import TestRedis

WORKERS = 3
INITS_PER_MINUTE = 6
ARTICLES = 70
REAL_SECONDS = 1500.0


@dataclass(frozen=True)
class Pace:
    """How many seconds of faster time to live through, and how fast: SQLite has one writer for all of it."""

    database: str
    factor: float
    seconds: float


class FastStack(Stack):
    """Emulator and three workers in the same faster time; the web process, which only takes webhooks in, in ours."""

    pace: Pace

    def start(self) -> None:
        self.origin = f"{time.monotonic()}:{time.time()}"
        self.newsroom.pictures["/1.jpg"] = jpeg(480, 640)
        assert self.run("migrate").returncode == 0
        self.spawn_fast("emulator", "emulator", str(urlsplit(self.emulator_url).port))
        self.spawn("web")
        for number in range(WORKERS):
            self.spawn_fast(f"worker-{number}", "worker")
        until(lambda: self._answers(self.control, "/_emulator/health"), seconds=90, what="the emulator")
        until(lambda: self._answers(self.http, "/readyz"), seconds=90, what="web and workers")
        token = self.api("POST", "/api/auth/login", json={"email": EMAIL, "password": PASSWORD})["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.source = self.api("POST", "/api/sources", json={"name": "Newsroom", "kind": "generic"})
        self.verify_prefix()
        # Ten minutes of six a minute are more than a creator's day.
        self.emulator("POST", "settings", json={"daily_cap": 1000})

    def spawn_fast(self, name: str, *arguments: str) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.functional.fast_process",
            str(self.pace.factor),
            self.origin,
            *arguments,
        ]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def accepted(self) -> list[dict[str, Any]]:
        """All posts that TikTok has, the first one first."""
        items = self.emulator("GET", "posts", params={"limit": 5000})["items"]
        return sorted(items, key=lambda item: item["accepted_at"])


@pytest.fixture(
    params=[
        Pace("postgresql", factor=10, seconds=600),
        Pace("sqlite", factor=4, seconds=180),
        pytest.param(Pace("sqlite", factor=4, seconds=600), marks=pytest.mark.torture),
    ],
    ids=lambda pace: f"{pace.database}-{pace.seconds:g}",
)
def fast_stack(request: pytest.FixtureRequest, tmp_path: Path, redis_server: TestRedis) -> Iterator[FastStack]:
    pace: Pace = request.param
    url = f"sqlite+aiosqlite:///{tmp_path / 'newsreel.db'}"
    if pace.database == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    stack = FastStack(tmp_path, url, redis_url=redis_server.url, extra={"NEWSREEL_FOLLOW_INTERVAL_SECONDS": "5"})
    stack.pace = pace
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.mark.timeout(1800)
def test_three_workers_keep_every_limit_and_are_fair_between_accounts(fast_stack):
    busy = [connect(fast_stack, f"busy{number}") for number in range(3)]
    for number in range(ARTICLES):
        deliver(fast_stack, f"a{number:03}")
    single = connect(fast_stack, "single")
    deliver(fast_stack, "last")
    began = until(fast_stack.accepted, seconds=120, what="a first post")[0]["accepted_at"]
    names = [account["open_id"] for account in busy]
    until(lambda: has_shown_enough(fast_stack, began, names), seconds=REAL_SECONDS, what="enough simulated minutes")
    accepted = fast_stack.accepted()
    counts = until(lambda: counts_between_inits(fast_stack), seconds=120, what="that each init was accepted")
    assert (counts["violations"], counts["violations_total"]) == ({}, 0)
    assert max(Counter((item["open_id"], item["title"]) for item in accepted).values()) == 1
    assert_fair(accepted, names, single["open_id"])
    for account in busy:
        assert_in_order(fast_stack, account["id"])


def connect(stack: FastStack, name: str) -> dict[str, Any]:
    return stack.connect(name, privacy_level="SELF_ONLY", daily_cap=1000)


def deliver(stack: FastStack, article_id: str) -> None:
    """As a CMS does: SQLite's one writer may be busy, with three workers at this speed, and then it is told again."""
    until(lambda: stack.deliver(article_id).status_code == 202, seconds=60, what=f"a 202 for {article_id}")


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def has_shown_enough(stack: FastStack, began: str, busy: list[str]) -> bool:
    """The minutes have passed, and every queue was longer than a minute holds: a slow machine takes longer."""
    if seconds_between(began, stack.emulator("GET", "clock")["now"]) < stack.pace.seconds:
        return False
    counts = Counter(item["open_id"] for item in stack.accepted())
    return min(counts[name] for name in busy) >= 2 * INITS_PER_MINUTE


def counts_between_inits(stack: FastStack) -> dict[str, Any] | None:
    """What the emulator has counted, at a moment when it has accepted all that came."""
    counts: dict[str, Any] = stack.emulator("GET", "counts")
    return counts if counts["inits"]["accepted"] == counts["calls"]["content_init"] else None


def assert_fair(accepted: list[dict[str, Any]], busy: list[str], single: str) -> None:
    owners = [item["open_id"] for item in accepted]
    counts = Counter(owners)
    least, most = min(counts[name] for name in busy), max(counts[name] for name in busy)
    assert most - least <= 2 * INITS_PER_MINUTE, counts
    # Whoever has one post need not wait until the long queues are through.
    assert single in owners
    before = Counter(owners[: owners.index(single)])
    assert max(before.values()) <= max(2 * INITS_PER_MINUTE, most / 2), before


def assert_in_order(stack: FastStack, account_id: str) -> None:
    """What is out came before what waits, but for the few that were on their way together."""
    posts = stack.api("GET", "/api/posts", params={"account_id": account_id, "limit": 200})["items"]
    posts.sort(key=lambda post: post["id"])
    waiting = [post for post in posts if post["state"] == "scheduled"]
    assert waiting, Counter(post["state"] for post in posts)
    gone = [place for place, post in enumerate(posts) if post["publish_id"]]
    assert max(gone) < len(gone) + 6
    times = [post["scheduled_at"] for post in waiting]
    assert all(times)
    # Times that are told are true to five seconds, so neighbours may have changed places by as much.
    moments = [datetime.fromisoformat(moment) for moment in times]
    assert all(later - earlier > timedelta(seconds=-6) for earlier, later in pairwise(moments))
