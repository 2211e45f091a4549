"""Posts of an account go out in the order in which their articles came, as far as they are ready."""

import asyncio
from datetime import timedelta

import pytest

from app.posts.line.turn_lock import Turn
from app.posts.models import PostState
from app.posts.send import own_turn
from app.posts.sweeps import release_due_posts


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """A busy test machine makes pictures slowly."""
    for place in ("line.turns.NEW_WITHIN", "send.own_turn.NEW_WITHIN", "line.turns._IN_A_MOMENT"):
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
    await newsroom.connect()
    newsroom.tiktok.world.settings.creator_info_per_minute = 1000
    post_ids = await plan_burst(newsroom, 4)
    for _ in range(8):  # those that find another one's init under way come back
        await newsroom.work_at_once()
        await newsroom.let_pass(seconds=1.2)
        await release_due_posts(newsroom.app)
    assert await sent_in_order(newsroom, post_ids) == post_ids


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
