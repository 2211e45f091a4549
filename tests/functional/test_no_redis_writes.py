"""A whole installation whose Redis takes no writes any more: articles still become posts, and it is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase
from tests.support.redis import TestRedis


@pytest.fixture
def redis_of_its_own() -> Iterator[TestRedis]:
    server = TestRedis()
    server.start()
    yield server
    server.recover()
    server.stop()


# These take minutes of waiting: `make test` has patience for one database.
@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)])
def lonely_stack(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    redis_of_its_own: TestRedis,
    migrated_database: MakeDatabase,
) -> Iterator[Stack]:
    stack = Stack(tmp_path, migrated_database(request.param, tmp_path), redis_of_its_own.url)
    try:
        stack.start()
        stack.emulator("POST", "progression", json={"pace": "immediate"})
        yield stack
    finally:
        stack.stop()


@pytest.mark.timeout(600)
def test_articles_become_posts_while_redis_takes_no_writes(lonely_stack, redis_of_its_own):
    lonely_stack.connect("reader", privacy_level="PUBLIC_TO_EVERYONE")
    for trouble, called in (("full", "full"), ("silent", "unavailable")):
        redis_of_its_own.suffer(trouble)
        (post_id,) = lonely_stack.deliver(f"meanwhile-{trouble}").json()["post_ids"]
        lonely_stack.wait_for(post_id, "published")
        ready = lonely_stack.http.get("/readyz")
        assert (ready.status_code, ready.json()["redis"]) == (200, called)
        redis_of_its_own.recover()
        until(lambda: lonely_stack.http.get("/readyz").json()["redis"] == "ok", what="Redis again")
        (post_id,) = lonely_stack.deliver(f"afterwards-{trouble}").json()["post_ids"]
        lonely_stack.wait_for(post_id, "published")
