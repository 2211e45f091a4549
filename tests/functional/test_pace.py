"""TikTok's limits, held by three worker processes together through minutes of faster time."""

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

from tests.functional.stack import Stack, jpeg, until
from tests.support.command import MakeDatabase
from tests.support.nursery import shared_nursery
from tests.support.redis import TestRedis

WORKERS = 3
INITS_PER_MINUTE = 6
ARTICLES_PER_MINUTE = 13
# Faster would make a busy machine's every pause longer, by this clock, than the margins of our limits.
FACTOR = 4.0
REAL_SECONDS = 1500.0


@dataclass(frozen=True)
class Pace:
    """For how many of TikTok's minutes each long queue is watched: until it has had so many minutes' posts."""

    database: str
    minutes: int

    @property
    def enough(self) -> int:
        return self.minutes * INITS_PER_MINUTE

    @property
    def articles(self) -> int:
        """More than twice as many, so that no queue ends while another is still watched."""
        return self.minutes * ARTICLES_PER_MINUTE


class FastStack(Stack):
    """Emulator and three workers in the same faster time; the web process, which only takes webhooks in, in ours."""

    pace: Pace

    def start(self) -> None:
        self.origin = f"{time.monotonic()}:{time.time()}"
        self.newsroom.pictures["/1.jpg"] = jpeg(480, 640)
        self.spawn_fast("emulator", "emulator", str(urlsplit(self.emulator_url).port))
        self.spawn("web")
        until(lambda: self.answers(self.control, "/_emulator/health"), what="the emulator")
        until(lambda: self.answers(self.http, "/healthz"), what="the web process")
        self.log_in()
        self.source = self.api("POST", "/api/sources", json={"name": "Newsroom", "kind": "generic"})
        self.verify_prefix()
        # Some minutes of six a minute are more than a creator's day.
        self.emulator("POST", "settings", json={"daily_cap": 1000})

    def start_workers(self) -> None:
        for number in range(WORKERS):
            self.spawn_fast(f"worker-{number}", "worker")
        until(lambda: self.answers(self.http, "/readyz"), what="web and workers")

    def spawn_fast(self, name: str, *arguments: str) -> None:
        self.processes[name] = shared_nursery().spawn(
            str(FACTOR), self.origin, *arguments, environment=self.environment, log=self.folder / f"{name}.log",
            entry="tests.functional.fast_process",
        )  # fmt: skip

    def accepted(self) -> list[dict[str, Any]]:
        """All posts that TikTok has, the first one first."""
        items = self.emulator("GET", "posts", params={"limit": 5000})["items"]
        return sorted(items, key=lambda item: item["accepted_at"])


@pytest.fixture(
    params=[
        Pace("postgresql", minutes=2),
        # Three workers that wait for SQLite's one writer take seven times the processor time, for the same limits.
        pytest.param(Pace("sqlite", minutes=2), marks=pytest.mark.torture),
        pytest.param(Pace("postgresql", minutes=10), marks=pytest.mark.torture),
        pytest.param(Pace("sqlite", minutes=10), marks=pytest.mark.torture),
    ],
    ids=lambda pace: f"{pace.database}-{pace.minutes}",
)
def fast_stack(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: TestRedis, migrated_database: MakeDatabase
) -> Iterator[FastStack]:
    pace: Pace = request.param
    url = migrated_database(pace.database, tmp_path)
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
    for number in range(fast_stack.pace.articles):
        fast_stack.deliver_surely(f"a{number:03}")
    single = connect(fast_stack, "single")
    fast_stack.deliver_surely("last")
    # Only now, since to take so many in lasts as long as it lasts: no queue is to end before it is watched.
    fast_stack.start_workers()
    names = [account["open_id"] for account in busy]
    until(
        lambda: has_shown_enough(fast_stack, [*names, single["open_id"]]), seconds=REAL_SECONDS, what="enough minutes"
    )
    accepted = fast_stack.accepted()
    assert_fair(fast_stack.pace, accepted, names, single["open_id"])
    for account in busy:
        assert_in_order(fast_stack, account["id"])
    counts = until(lambda: counts_between_inits(fast_stack), what="that each init was accepted")
    assert (counts["violations"], counts["violations_total"]) == ({}, 0)
    assert max(Counter((item["open_id"], item["title"]) for item in accepted).values()) == 1


def connect(stack: FastStack, name: str) -> dict[str, Any]:
    return stack.connect(name, privacy_level="SELF_ONLY", daily_cap=1000)


def has_shown_enough(stack: FastStack, names: list[str]) -> bool:
    """Every long queue has had its minutes, which TikTok's limit makes last as long, and the last one its only post."""
    counts = Counter(item["open_id"] for item in stack.accepted())
    *busy, single = (counts[name] for name in names)
    return min(busy) >= stack.pace.enough and single == 1


def counts_between_inits(stack: FastStack) -> dict[str, Any] | None:
    """What the emulator has counted, at a moment when it has accepted all that came."""
    counts: dict[str, Any] = stack.emulator("GET", "counts")
    return counts if counts["inits"]["accepted"] == counts["calls"]["content_init"] else None


def assert_fair(pace: Pace, accepted: list[dict[str, Any]], busy: list[str], single: str) -> None:
    owners = [item["open_id"] for item in accepted]
    counts = Counter(owners)
    least, most = min(counts[name] for name in busy), max(counts[name] for name in busy)
    assert most <= 2 * least, counts
    # Whoever has one post need not wait until the long queues are through.
    gone = Counter(owners[: owners.index(single)])
    assert max(gone.values(), default=0) <= pace.articles / 2, gone


def assert_in_order(stack: FastStack, account_id: str) -> None:
    """What is out came before what waits, but for the few that were on their way together."""

    def told_in_order() -> bool:
        # Times that are told are true to five seconds, so neighbours may have changed places by as much. A sweep puts
        # right what was told while the line moved.
        moments = [datetime.fromisoformat(post["scheduled_at"]) for post in read_line(stack, account_id)[1]]
        return all(later - earlier > timedelta(seconds=-6) for earlier, later in pairwise(moments))

    gone, waiting = read_line(stack, account_id)
    assert waiting, "the queue was to be longer"
    assert all(post["scheduled_at"] for post in waiting)
    overtaken = [post for post in gone if post["id"] > waiting[0]["id"]]
    assert len(overtaken) <= INITS_PER_MINUTE, (overtaken, waiting[0])
    until(told_in_order, what="a line whose times are in order")


def read_line(stack: FastStack, account_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read which posts of an account are out, and which wait for their turn; the others are on their way."""
    posts = stack.api("GET", "/api/posts", params={"account_id": account_id, "limit": 200})["items"]
    posts.sort(key=lambda post: post["id"])
    waiting = [post for post in posts if post["state"] == "scheduled"]
    return [post for post in posts if post["publish_id"]], waiting
