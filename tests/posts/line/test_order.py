"""Posts of an account go out in the order in which their articles came, as far as they are ready."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.kit.clock import utcnow
from app.posts.line.turn_lock import Turn
from app.posts.models import Post, PostState
from app.posts.send import own_turn
from app.posts.sweeps import release_due_posts
from tests.builders_articles import T0

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """A busy test machine makes pictures slowly."""
    for place in ("send.own_turn.NEW_WITHIN", "line.turns._IN_A_MOMENT", "line.turns._TAKEN_UP_WITHIN"):
        monkeypatch.setattr(f"app.posts.{place}", timedelta(minutes=1))


async def plan_burst(newsroom, count):
    """Articles that come together; the earlier one came, the later are its pictures there, and its job begins."""
    for number in range(count):
        path = f"/{number}.jpg"
        newsroom.origin.files[path] = newsroom.origin.files["/1.jpg"]
        newsroom.origin.slow[path] = (count - number) * 0.15
        await newsroom.plan(f"a{number}", images=[newsroom.origin.url(path)])
    newsroom.queue.woken.reverse()
    return [post.id for post in await newsroom.posts()]


async def sent_in_order(newsroom, post_ids):
    """The posts that TikTok was given, in the order in which it was."""
    starts = [(attempt.started_at, post_id) for post_id in post_ids for attempt in await newsroom.attempts(post_id)]
    return [post_id for _, post_id in sorted(starts)]


async def test_articles_that_come_together_go_out_as_they_came(newsroom):
    await newsroom.connect()
    post_ids = await plan_burst(newsroom, 8)
    assert post_ids == sorted(post_ids)
    await newsroom.work_at_once()
    assert await sent_in_order(newsroom, post_ids) == post_ids[:6]  # a minute's places
    waiting = [await newsroom.post(post_id) for post_id in post_ids[6:]]
    assert [post.state for post in waiting] == [PostState.scheduled] * 2
    assert waiting[0].scheduled_at <= waiting[1].scheduled_at


async def test_they_go_out_as_they_came_from_several_workers_too(newsroom, monkeypatch):
    monkeypatch.setattr(own_turn, "turn_of", lambda *_: Turn())
    monkeypatch.setattr(own_turn, "LONGEST_WAIT_SECONDS", 0.5)  # no sweep brings back meanwhile who stepped back
    await newsroom.connect()
    newsroom.tiktok.world.settings.creator_info_per_minute = 1000
    post_ids = await plan_burst(newsroom, 4)
    for _ in range(8):  # those that find another one's init under way come back
        await newsroom.work_at_once()
        await newsroom.let_pass(seconds=1.2)
        await release_due_posts(newsroom.app)
    assert await sent_in_order(newsroom, post_ids) == post_ids


@pytest.mark.parametrize("is_ready", [True, False])
async def test_one_that_is_ready_is_waited_for_longer_than_one_that_is_not(sqlite_newsroom, monkeypatch, is_ready):
    """It may stand in another process's hands, behind others of the account."""
    monkeypatch.setattr(own_turn, "NEW_WITHIN", timedelta(0))
    monkeypatch.setattr(own_turn, "LOOK_AGAIN_SECONDS", 0)
    account = await sqlite_newsroom.connect(daily_cap=1000)
    elsewhere = {} if is_ready else {"prepared_version": None, "media_count": 0}
    first = await sqlite_newsroom.make_ready(account, path="ab/1.jpg", **elsewhere)
    await sqlite_newsroom.change(Post, first.id, lease_until=utcnow() + timedelta(minutes=1), lease_token="x")
    second = await sqlite_newsroom.make_ready(account, path="cd/1.jpg")
    give_way, looked = own_turn.OwnTurn.give_way, 0

    async def look_again(turn):
        nonlocal looked
        looked += 1
        if looked == 3:
            later = utcnow() + timedelta(minutes=5)
            await sqlite_newsroom.change(Post, first.id, lease_until=None, lease_token=None, next_attempt_at=later)
        return await give_way(turn)

    monkeypatch.setattr(own_turn.OwnTurn, "give_way", look_again)
    assert (await sqlite_newsroom.publish(second.id)).state is PostState.publishing
    assert looked == (3 if is_ready else 0)


async def test_one_whose_worker_died_is_not_waited_for_without_end(sqlite_newsroom, monkeypatch):
    monkeypatch.setattr(own_turn, "YIELDS_SECONDS", 0.0)
    account = await sqlite_newsroom.connect(daily_cap=1000)
    first = await sqlite_newsroom.make_ready(account, path="ab/1.jpg")
    await sqlite_newsroom.change(Post, first.id, lease_until=utcnow() + timedelta(minutes=1), lease_token="x")
    second = await sqlite_newsroom.make_ready(account, path="cd/1.jpg")
    assert (await sqlite_newsroom.publish(second.id)).state is PostState.publishing


@pytest.mark.parametrize(("own_seconds", "patience"), [(1, 5), (12, 12), (3600, 20), (-60, 5)])
def test_who_took_long_itself_gives_others_as_long(monkeypatch, own_seconds, patience):
    monkeypatch.setattr(own_turn, "NEW_WITHIN", timedelta(seconds=5))
    monkeypatch.setattr(own_turn, "utcnow", lambda: T0)
    work: Any = SimpleNamespace(post=SimpleNamespace(created_at=T0 - timedelta(seconds=own_seconds)))
    assert own_turn.patience_of(work) == timedelta(seconds=patience)


async def test_breaking_news_goes_before_what_came_before_it(sqlite_newsroom):
    await sqlite_newsroom.connect()
    first = await sqlite_newsroom.plan("first")
    breaking = await sqlite_newsroom.plan("breaking", breaking=True)
    await sqlite_newsroom.work_at_once()
    assert await sent_in_order(sqlite_newsroom, [first, breaking]) == [breaking, first]


async def test_a_turn_goes_to_the_lowest_place_and_is_never_lost():
    turn, had = Turn(), []

    async def have(place):
        await turn.take(place)
        await turn.offer(place)
        had.append(place)
        turn.leave(place)

    await turn.take((True, "m"))
    waiting = {name: asyncio.create_task(have((True, name))) for name in "zbdac"}
    await asyncio.sleep(0)
    waiting["b"].cancel()
    turn.leave((True, "m"))
    waiting["a"].cancel()  # it has been called already
    with pytest.raises(asyncio.CancelledError):
        await waiting["a"]
    await asyncio.gather(*(waiting[name] for name in "cdz"))
    assert had == [(True, "c"), (True, "d"), (True, "z")]
    await turn.take((True, "late"))
