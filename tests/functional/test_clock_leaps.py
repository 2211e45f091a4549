"""The clock of a running installation leaps hours ahead, and back: every post goes on, once, without a storm."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase
from tests.support.nursery import shared_nursery
from tests.support.redis import TestRedis

HOURS = 5 * 3600


class LeapingStack(Stack):
    """Web and worker whose clock can be set; TikTok's is always right."""

    def start(self) -> None:
        self.clock = self.folder / "ahead"
        self.set_clock(0)
        self.extra["NEWSREEL_TEST_CLOCK"] = str(self.clock)
        self.spawn("emulator", "--port", str(urlsplit(self.emulator_url).port))
        for command in ("web", "worker"):
            self.spawn_leaping(command)
        until(lambda: self.answers(self.control, "/_emulator/health"), what="the emulator")
        until(lambda: self.answers(self.http, "/readyz"), what="web and worker")
        self.log_in()
        self.source = self.api("POST", "/api/sources", json={"name": "Newsroom", "kind": "generic"})
        self.verify_prefix()

    def spawn_leaping(self, command: str) -> None:
        origin, log = f"{time.monotonic()}:{time.time()}", self.folder / f"{command}.log"
        self.processes[command] = shared_nursery().spawn(
            "1", origin, command, environment=self.environment, log=log, entry="tests.functional.fast_process"
        )

    def set_clock(self, ahead: float) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str(ahead))
        new.rename(self.clock)

    def questions(self) -> int:
        calls = self.emulator("GET", "counts")["calls"]
        return int(calls.get("status_fetch", 0))


@pytest.fixture
def leaping(tmp_path: Path, migrated_database: MakeDatabase, redis_server: TestRedis) -> Iterator[LeapingStack]:
    with LeapingStack(
        tmp_path, migrated_database("postgresql", tmp_path), redis_url=redis_server.url
    ).running() as stack:
        yield stack


@pytest.mark.timeout(300)
def test_posts_go_on_when_the_clock_leaps_ahead_and_back(leaping: LeapingStack):
    leaping.connect("reader", privacy_level="PUBLIC_TO_EVERYONE")
    leaping.emulator("POST", "progression", json={"pace": {"polls": 10_000}, "moderation_hours": 1})
    (slow,) = leaping.deliver("slow").json()["post_ids"]
    leaping.wait_for(slow, "publishing")
    leaping.set_clock(HOURS)
    asked = leaping.questions()
    # Asked about by the wrong clock, so that the next question stands in the row hours ahead.
    until(lambda: leaping.questions() > asked, what="a question at the wrong time")
    assert leaping.deliver("refused").status_code == 401, "a sender whose clock is right cannot be believed by ours"
    leaping.set_clock(0)
    leaping.log_in()
    asked = leaping.questions()
    (after,) = leaping.deliver("after").json()["post_ids"]
    until(lambda: leaping.questions() > asked + 1, what="questions at the right time")
    leaping.emulator("POST", "clock", json={"advance_seconds": 3700})
    for post_id in (slow, after):
        leaping.wait_for(post_id, "published")
    counts = leaping.emulator("GET", "counts")
    assert (counts["violations"], counts["inits"]["accepted"]) == ({}, 2)
