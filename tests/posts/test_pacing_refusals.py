"""What TikTok's refusals teach about an account."""

from datetime import timedelta

import pytest

from app.accounts.models import Account, PublishMode
from app.accounts.service import init_gap
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from tests.accounts.support import CITY, DAILY


async def test_the_cap_that_other_apps_leave_us_is_learned_for_a_day(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.accounts[DAILY].posts_by_other_clients = 13
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(5)]
    for post in posts:
        await newsroom.publish(post.id)
    posts = [await newsroom.post(post.id) for post in posts]
    assert [post.state for post in posts] == [PostState.publishing] * 2 + [PostState.scheduled] * 3
    account = await newsroom.account(account.id)
    assert account.learned_daily_cap == 2
    hours = [round((post.scheduled_at - utcnow()).total_seconds() / 3600) for post in posts[2:]]
    assert hours[:2] == [24, 24]
    assert {post.state_reason for post in posts[2:]} == {"daily_cap"}
    assert newsroom.tiktok.violations == {}


async def test_after_a_day_the_learned_cap_is_looked_at_again(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.accounts[DAILY].posts_by_other_clients = 15
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, (await newsroom.account(account.id)).learned_daily_cap) == (PostState.scheduled, 0)
    await newsroom.let_pass(hours=24, minutes=1)
    await newsroom.sweep()
    still = await newsroom.post(post.id)
    assert (still.state, still.failures) == (PostState.scheduled, 0)
    assert timedelta(hours=23) < still.scheduled_at - utcnow() < timedelta(hours=25)
    newsroom.tiktok.world.accounts[DAILY].posts_by_other_clients = 0
    await newsroom.let_pass(hours=24, minutes=1)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_drafts_of_other_apps_in_the_inbox_are_waited_for(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    newsroom.tiktok.fail(endpoint="content_init", code="spam_risk_too_many_pending_share")
    post = await newsroom.publish((await newsroom.make_ready(account, mode="inbox")).id)
    assert (post.state, post.state_reason, post.failures) == (PostState.scheduled, "pending_drafts", 0)
    second = await newsroom.publish((await newsroom.make_ready(account, mode="inbox", path="cd/1.jpg")).id)
    assert (second.state, second.state_reason, newsroom.inits) == (PostState.scheduled, "pending_drafts", 1)


async def test_the_cap_of_the_app_holds_that_account_and_no_other(newsroom):
    held, free = await newsroom.connect(), await newsroom.connect(CITY)
    newsroom.tiktok.fail(endpoint="content_init", code="reached_active_user_cap")
    await newsroom.publish((await newsroom.make_ready(held)).id)
    post = await newsroom.publish((await newsroom.make_ready(held, path="cd/1.jpg")).id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "reached_active_user_cap")
    assert "number of creators" in (post.state_detail or "")
    other = await newsroom.publish((await newsroom.make_ready(free, path="cd/2.jpg")).id)
    assert other.state is PostState.publishing


@pytest.mark.parametrize("endpoint", ["content_init", "creator_info"])
async def test_a_429_puts_a_longer_distance_between_the_accounts_posts(newsroom, endpoint):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint=endpoint, code="rate_limit_exceeded")
    await newsroom.publish((await newsroom.make_ready(account)).id)
    slowed = await newsroom.account(account.id)
    assert init_gap(slowed, utcnow()) == 20
    await newsroom.let_pass(seconds=62)
    second, third = [await newsroom.make_ready(account, path=f"cd/{n}.jpg") for n in range(2)]
    await newsroom.sweep()
    states = [(await newsroom.post(post.id)).state for post in (second, third)]
    assert PostState.scheduled in states
    assert newsroom.tiktok.violations == {}
    assert (await newsroom.post(third.id)).failures == 0


async def test_each_further_429_doubles_the_distance_and_quiet_hours_halve_it(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    gaps = []
    for number in range(6):
        post = await sqlite_newsroom.make_ready(account, path=f"cd/{number}.jpg")
        await sqlite_newsroom.change(Account, account.id, init_not_before=None)
        sqlite_newsroom.tiktok.fail(endpoint="creator_info", code="rate_limit_exceeded")
        await sqlite_newsroom.publish(post.id)
        await sqlite_newsroom.change(Post, post.id, state=PostState.cancelled, finalized_at=utcnow())
        await sqlite_newsroom.let_pass(minutes=6)
        gaps.append((await sqlite_newsroom.account(account.id)).init_gap_seconds)
    assert gaps == [20, 40, 80, 160, 300, 300]
    now = utcnow()
    account = await sqlite_newsroom.account(account.id)
    hourly = [round(init_gap(account, now + timedelta(hours=hours))) for hours in range(6)]
    assert hourly == [300, 150, 75, 38, 0, 0]
