"""A burst of one source: its first posts go to workers at once, the others by the sweep, and nobody waits for them."""

from datetime import timedelta

from app.articles.intake.batches import plan_with
from app.kit.bursts import Bursts
from app.kit.clock import utcnow
from app.posts.line.turns import stands_behind
from app.posts.models import Post, PostState
from app.posts.plan.planner import PostPlanner
from tests.accounts.support import CITY
from tests.builders_articles import new_source


async def test_what_is_beyond_a_burst_goes_by_the_sweep_and_another_source_goes_at_once(newsroom):
    plan_with(newsroom.app, PostPlanner(Bursts(2, 0.001)))
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


async def test_what_comes_after_a_burst_does_not_overtake_what_waits_for_the_sweep(sqlite_newsroom):
    newsroom, now = sqlite_newsroom, [100.0]
    plan_with(newsroom.app, PostPlanner(Bursts(1, 5.0, lambda: now[0])))
    account = await newsroom.connect()
    first, second = [await newsroom.plan(name) for name in ("1", "2")]
    now[0] += 0.2
    third = await newsroom.plan("3")
    assert [args[0] for _, args in newsroom.queue.woken] == [first]
    # Another source's is told of at once, and gives way to what came before it.
    newsroom.source = await new_source(newsroom.app)
    other = await newsroom.plan("4")
    async with newsroom.app.read() as session:
        post = await session.get_one(Post, other)
        for seconds, is_behind in ((5, True), (0, False)):
            new_within = timedelta(seconds=seconds)
            assert await stands_behind(session, account, post, utcnow(), new_within=new_within) is is_behind
    # Its own job finds another holder: the sweep hands out all three.
    await newsroom.change(Post, other, lease_until=None, lease_token=None)
    await newsroom.sweep()
    sent = [(await newsroom.attempts(one))[0].started_at for one in (first, second, third, other)]
    assert sent == sorted(sent)


async def test_every_account_of_an_article_has_its_own_burst(sqlite_newsroom):
    plan_with(sqlite_newsroom.app, PostPlanner(Bursts(1, 0.001)))
    await sqlite_newsroom.connect()
    await sqlite_newsroom.connect(CITY)
    assert len((await sqlite_newsroom.deliver("1")).post_ids) == 2
    assert len(sqlite_newsroom.queue.woken) == 2
