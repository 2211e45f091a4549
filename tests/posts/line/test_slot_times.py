"""Who goes next, and what the others are told."""

from datetime import timedelta

import pytest

from app.accounts.models import Account, PublishMode
from app.kit.clock import utcnow
from app.posts.face.decisions import decide
from app.posts.line.slot_times import keep_line, keep_lines
from app.posts.line.turns import place_of
from app.posts.models import Post, PostState
from app.posts.sweeps import release_due_posts
from tests.accounts.support import CITY, DAILY

pytestmark = pytest.mark.both_databases

BUSY = ("rate_limit_exceeded", "daily_cap", "pending_drafts", "in_line")


async def fill(newsroom, account, count, **changes):
    """Make posts and let a worker look at each of them, in their order."""
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg", **changes) for n in range(count)]
    return [await newsroom.publish(post.id) for post in posts]


async def line_of(newsroom, account):
    posts = [post for post in await newsroom.posts() if post.account_id == account.id]
    waiting = sorted((post for post in posts if post.state is PostState.scheduled), key=place_of)
    assert all(post.state_reason in BUSY for post in waiting), [post.state_reason for post in waiting]
    return waiting


def hours_ahead(posts):
    now = utcnow()
    return [round((post.scheduled_at - now).total_seconds() / 3600, 1) for post in posts]


async def test_each_waiting_post_gets_a_slot_of_its_own(newsroom):
    account = await newsroom.connect(daily_cap=2)
    posts = await fill(newsroom, account, 7)
    assert [post.state for post in posts] == [PostState.publishing] * 2 + [PostState.scheduled] * 5
    assert hours_ahead(posts[2:]) == [24, 24, 48, 48, 72]
    assert {post.state_reason for post in posts[2:]} == {"daily_cap"}
    assert newsroom.inits == 2


async def test_more_than_six_a_minute_stand_in_line_by_the_minute(sqlite_newsroom):
    account = await sqlite_newsroom.connect(daily_cap=1000)
    await fill(sqlite_newsroom, account, 6)
    rest = [await sqlite_newsroom.make_ready(account, path=f"cd/{n}.jpg") for n in range(13)]
    times = [(await sqlite_newsroom.publish(post.id)).scheduled_at for post in rest]
    assert times == sorted(times)
    assert all(later - earlier > timedelta(minutes=1) for earlier, later in zip(times, times[6:], strict=False))
    assert times[-1] - times[0] < timedelta(minutes=2, seconds=30)
    assert sqlite_newsroom.tiktok.violations == {}


async def test_breaking_news_goes_first_and_the_others_are_told_their_new_times(newsroom):
    account = await newsroom.connect(daily_cap=1)
    first, *waiting = await fill(newsroom, account, 4)
    assert hours_ahead(waiting) == [24, 48, 72]
    urgent = await newsroom.publish((await newsroom.make_ready(account, path="cd/1.jpg", is_urgent=True)).id)
    await newsroom.work()
    assert [post.id for post in await line_of(newsroom, account)] == [urgent.id, *(post.id for post in waiting)]
    assert hours_ahead(await line_of(newsroom, account)) == [24, 48, 72, 96]
    await newsroom.let_pass(hours=24, minutes=1)
    await newsroom.sweep()
    assert (await newsroom.post(urgent.id)).state is PostState.publishing
    assert [post.id for post in await line_of(newsroom, account)] == [post.id for post in waiting]
    assert first.state is PostState.publishing


async def test_a_release_takes_only_as_many_as_have_free_slots(newsroom):
    account = await newsroom.connect(daily_cap=3)
    posts = await fill(newsroom, account, 9)
    await newsroom.let_pass(hours=24, minutes=5)
    await release_due_posts(newsroom.app)
    states = [(await newsroom.post(post.id)).state for post in posts[3:]]
    assert states == [PostState.queued] * 3 + [PostState.scheduled] * 3
    await newsroom.work()
    await newsroom.sweep()
    states = [(await newsroom.post(post.id)).state for post in posts[3:]]
    assert states == [PostState.publishing] * 3 + [PostState.scheduled] * 3
    assert [len(await newsroom.events(post.id)) for post in posts[6:]] == [1, 1, 1]


async def test_slots_that_passed_unused_are_told_anew_without_a_line_in_the_timeline(newsroom):
    account = await newsroom.connect(daily_cap=1)
    *_, second, third = await fill(newsroom, account, 3)
    past = utcnow() - timedelta(minutes=1)
    for post in (second, third):
        await newsroom.change(Post, post.id, scheduled_at=past, next_attempt_at=past)
    await release_due_posts(newsroom.app)
    assert hours_ahead(await line_of(newsroom, account)) == [24, 48]
    assert len(await newsroom.events(third.id)) == 1
    assert newsroom.inits == 1


async def test_a_post_that_is_cancelled_leaves_its_slot_to_the_next(newsroom):
    account = await newsroom.connect(daily_cap=1)
    posts = await fill(newsroom, account, 4)
    await decide(newsroom.app, posts[1].id, "cancel", by="editor")
    await keep_lines(newsroom.app)
    assert hours_ahead(await line_of(newsroom, account)) == [24, 48]


async def test_a_higher_cap_lets_the_line_move_up(newsroom):
    account = await newsroom.connect(daily_cap=1)
    posts = await fill(newsroom, account, 4)
    await newsroom.change(Account, account.id, daily_cap=3)
    await newsroom.let_pass(minutes=2)
    await keep_line(newsroom.app, account.id)
    await newsroom.sweep()
    states = [(await newsroom.post(post.id)).state for post in posts]
    assert states == [PostState.publishing] * 3 + [PostState.scheduled]


async def test_a_long_line_is_told_anew_in_batches(sqlite_newsroom, monkeypatch):
    monkeypatch.setattr("app.posts.line.slot_times.READ_AT_ONCE", 2)
    account = await sqlite_newsroom.connect(daily_cap=1)
    posts = await fill(sqlite_newsroom, account, 6)
    await decide(sqlite_newsroom.app, posts[1].id, "cancel", by="editor")
    await keep_line(sqlite_newsroom.app, account.id)
    assert hours_ahead(await line_of(sqlite_newsroom, account)) == [24, 48, 72, 96]


async def test_a_newcomer_does_not_overtake_who_waits(newsroom):
    account = await newsroom.connect(daily_cap=1)
    _, waiting = await fill(newsroom, account, 2)
    await newsroom.let_pass(hours=24, minutes=1)
    newcomer = await newsroom.publish((await newsroom.make_ready(account, path="cd/1.jpg")).id)
    assert (newcomer.state, newcomer.failures) == (PostState.scheduled, 0)
    await newsroom.sweep()
    assert (await newsroom.post(waiting.id)).state is PostState.publishing
    assert hours_ahead([await newsroom.post(newcomer.id)]) == [24]


async def test_a_long_queue_does_not_delay_another_account(newsroom):
    busy, other = await newsroom.connect(), await newsroom.connect(CITY)
    for number in range(30):
        await newsroom.make_ready(busy, path=f"ab/{number}.jpg")
    single = await newsroom.make_ready(other, path="cd/1.jpg")
    await release_due_posts(newsroom.app)
    handed_out = [args[0] for _, args in newsroom.queue.woken]
    assert single.id in handed_out
    assert len(handed_out) == 11


async def test_the_media_of_a_post_that_cannot_leave_soon_are_not_made(newsroom, monkeypatch):
    account = await newsroom.connect(daily_cap=1)
    await fill(newsroom, account, 1)

    async def untimely(*_args):
        raise AssertionError

    monkeypatch.setattr("app.posts.send.publish.prepare", untimely)
    post = await newsroom.publish((await newsroom.make_ready(account, path="cd/1.jpg")).id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "daily_cap")


async def test_what_awaits_approval_is_made_ready_whatever_the_line(newsroom):
    account = await newsroom.connect(daily_cap=1, mode=PublishMode.approve)
    await fill(newsroom, account, 1, mode="approve", is_approved=True)
    post = await newsroom.publish((await newsroom.make_ready(account, path="cd/1.jpg", mode="approve")).id)
    assert post.state is PostState.awaiting_approval


@pytest.mark.parametrize("state", [PostState.published, PostState.failed])
async def test_a_draft_that_the_creator_has_finished_frees_its_place(newsroom, state):
    account = await newsroom.connect(mode=PublishMode.inbox)
    posts = await fill(newsroom, account, 6, mode="inbox")
    assert (posts[5].state, posts[5].state_reason) == (PostState.scheduled, "pending_drafts")
    await newsroom.change(Post, posts[0].id, state=state, finalized_at=utcnow())
    await newsroom.let_pass(minutes=2)
    for there in newsroom.there[:1]:
        there.stage = "complete"
    await keep_line(newsroom.app, account.id)
    await newsroom.sweep()
    assert (await newsroom.post(posts[5].id)).state is PostState.publishing
    assert newsroom.tiktok.violations == {}
    assert account.open_id == DAILY
