"""A burst of one source: its first posts go to workers at once, the others by the sweep, and nobody waits for them."""

from app.posts.models import PostState
from app.posts.plan import bursts
from app.posts.plan.bursts import AT_ONCE, PER_SECOND, Bursts
from tests.accounts.support import CITY
from tests.builders_articles import new_source


def test_so_many_are_told_of_at_once_and_then_as_many_a_second_as_the_sweep_hands_out():
    now = 100.0
    told = Bursts(lambda: now)
    assert [told.admits("wire", "daily") for _ in range(AT_ONCE + 2)] == [True] * AT_ONCE + [False] * 2
    assert told.admits("wire", "city"), "another account's posts are its own"
    assert told.admits("desk", "daily"), "and another source's"
    now += 2
    assert [told.admits("wire", "daily") for _ in range(12)].count(True) == 2 * PER_SECOND
    now += 3600
    assert all(told.admits("wire", "daily") for _ in range(AT_ONCE)), "a pause gives no more than a burst"
    assert not told.admits("wire", "daily")


async def test_what_is_beyond_a_burst_goes_by_the_sweep_and_another_source_goes_at_once(newsroom, monkeypatch):
    monkeypatch.setattr(bursts, "AT_ONCE", 2)
    monkeypatch.setattr(bursts, "PER_SECOND", 0.001)
    await newsroom.connect()
    first, second, third = [await newsroom.plan(name) for name in ("1", "2", "3")]
    breaking = await newsroom.plan("4", breaking=True)
    newsroom.source = await new_source(newsroom.app)
    other = await newsroom.plan("5")

    told = [args[0] for name, args in newsroom.queue.woken if name == "posts.publish"]
    assert told == [first, second, breaking, other]
    waiting = await newsroom.post(third)
    assert (waiting.state, waiting.lease_token) == (PostState.queued, None)
    await newsroom.sweep()
    assert (await newsroom.post(third)).state is PostState.publishing


async def test_every_account_of_an_article_has_its_own_burst(sqlite_newsroom, monkeypatch):
    monkeypatch.setattr(bursts, "AT_ONCE", 1)
    monkeypatch.setattr(bursts, "PER_SECOND", 0.001)
    await sqlite_newsroom.connect()
    await sqlite_newsroom.connect(CITY)
    assert len((await sqlite_newsroom.deliver("1")).post_ids) == 2
    assert len(sqlite_newsroom.queue.woken) == 2
