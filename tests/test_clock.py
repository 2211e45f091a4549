"""Clock jumps (T44): an hour to and fro, summer time, a leap second. No storm of calls, no post too early or late."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import select

from app.accounts.jobs import refresh_expiring_tokens, refresh_token
from app.accounts.tokens.access import access_token
from app.kit.clock import rfc3339, utcnow
from app.posts.follow.polling import follow_due_posts
from app.posts.models import Post, PostEvent, PostState
from app.process.job_loop import work
from app.process.sweeps import SWEEPS
from app.resources import Resources
from app.worker import load_jobs
from tests.builders import make_post
from tests.posts.conftest import newsroom, sqlite_newsroom
from tests.posts.support import Newsroom
from tests.support.waiting import eventually

__all__ = ["newsroom", "sqlite_newsroom"]

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
async def test_an_embargo_ends_at_its_time_by_the_clock_as_it_is_then(newsroom: Newsroom, leap: timedelta):
    """An embargo is a moment of the calendar: a clock that was wrong and is set right changes nothing about it."""
    await newsroom.connect()
    due = utcnow() + timedelta(hours=3)
    post_id = await newsroom.plan(published_at=rfc3339(due))
    for moment, has_left in (
        (due + leap - timedelta(hours=2), False),
        (due - timedelta(seconds=30), False),
        (due + timedelta(seconds=2), True),
    ):
        with time_machine.travel(moment, tick=True):
            await newsroom.sweep()
        assert ((await newsroom.post(post_id)).state is not PostState.scheduled) is has_left


async def test_a_leap_of_the_clock_makes_no_storm_of_questions(newsroom: Newsroom):
    account = await newsroom.connect()
    posts = [await newsroom.make_publishing(account) for _ in range(3)]
    for post in posts:
        await newsroom.change(Post, post.id, next_check_at=utcnow() + timedelta(seconds=5))
    newsroom.go()
    for leap, most in ((-HOUR, 0), (HOUR, len(posts))):
        asked = newsroom.tiktok.count("status_fetch")
        with time_machine.travel(utcnow() + leap, tick=True):
            for _ in range(5):
                await follow_due_posts(newsroom.app)
        assert newsroom.tiktok.count("status_fetch") - asked <= most, "each is asked about once, not once per miss"


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
async def test_a_token_is_renewed_once_when_the_clock_leaps(newsroom: Newsroom, leap: timedelta):
    """Forward the token seems old, and is renewed ahead of time; back it seems young, and TikTok's 401 tells better."""
    account = await newsroom.connect()
    before = newsroom.tiktok.refreshes
    with time_machine.travel(utcnow() + leap + timedelta(minutes=10), tick=True):
        for _ in range(3):
            await refresh_expiring_tokens(newsroom.app)
            newsroom.queue.woken.clear()
            await refresh_token(newsroom.app, account.id)
            assert await access_token(newsroom.app, account.id)
    assert newsroom.tiktok.refreshes - before == (1 if leap > timedelta(0) else 0)
    # Right again: nothing more is to be done.
    await refresh_token(newsroom.app, account.id)
    assert newsroom.tiktok.refreshes - before <= 1


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
async def test_a_post_in_work_outlives_a_leap_of_the_clock_and_is_sent_once(newsroom: Newsroom, leap: timedelta):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    with time_machine.travel(utcnow() + leap, tick=True):
        for _ in range(3):
            await newsroom.sweep()
    for _ in range(3):
        await newsroom.sweep()
    await newsroom.publish(post.id) if (await newsroom.post(post.id)).state is PostState.queued else None
    assert newsroom.inits == 1


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2027, 3, 28, 0, 59, 50, tzinfo=UTC),  # Europe puts its clocks forward
        datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC),  # and back
        datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC),  # the last leap second, 23:59:60
    ],
)
def test_summer_time_and_leap_seconds_do_not_show_in_our_clock(moment: datetime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        with time_machine.travel(moment, tick=False) as clock:
            times = []
            for _ in range(15):
                times.append(utcnow())
                clock.shift(timedelta(seconds=1))
        assert times[0] == moment
        assert {later - earlier for earlier, later in itertools.pairwise(times)} == {timedelta(seconds=1)}
        assert all(datetime.fromisoformat(rfc3339(one)) == one for one in times)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
async def test_a_running_worker_goes_by_the_new_time_when_the_clock_leaps(sqlite_resources: Resources, leap: timedelta):
    """The real loop: its sweeps wait by the monotonic clock, and begin anew after a leap."""
    load_jobs()
    sweeps = [sweep for sweep in SWEEPS if sweep.job == "posts.release_due"]
    stop = asyncio.Event()
    with time_machine.travel(utcnow(), tick=True) as clock:
        working = asyncio.create_task(work(sqlite_resources, stop, sweeps))
        try:
            early = await make_scheduled(sqlite_resources, utcnow() + timedelta(days=1))
            await wait_for_events(sqlite_resources, await make_scheduled(sqlite_resources, utcnow()))
            clock.shift(leap)
            await wait_for_events(sqlite_resources, await make_scheduled(sqlite_resources, utcnow()))
        finally:
            stop.set()
            await asyncio.wait_for(working, 60)
    assert await list_reasons(sqlite_resources, early) == []


async def make_scheduled(app: Resources, at: datetime) -> str:
    async with app.transaction() as session:
        return (await make_post(session, state=PostState.scheduled, scheduled_at=at)).id


async def list_reasons(app: Resources, post_id: str) -> list[str]:
    async with app.read() as session:
        return list((await session.exec(select(PostEvent.why).where(PostEvent.post_id == post_id))).all())


async def wait_for_events(app: Resources, post_id: str) -> None:
    async def has_come() -> bool:
        return "Its time has come." in await list_reasons(app, post_id)

    await eventually(has_come)
