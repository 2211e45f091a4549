"""What TikTok's refusals teach about an account."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts.connect.disconnect import disconnect_account
from app.accounts.holds import init_gap
from app.accounts.models import Account, PublishMode
from app.accounts.schemas import AccountUpdate
from app.accounts.update import update_account
from app.emulator.lifecycle import fail
from app.kit.clock import utcnow
from app.posts.line.slot_times import keep_line
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from tests.accounts.support import CITY, DAILY
from tests.builders import make_attempt, make_post

pytestmark = pytest.mark.both_databases


async def test_the_cap_that_other_apps_leave_us_is_learned_for_a_day(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.accounts[DAILY].posts_by_other_clients = 13
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(5)]
    for post in posts:
        await newsroom.publish(post.id)
    posts = [await newsroom.post(post.id) for post in posts]
    assert [post.state for post in posts] == [PostState.publishing] * 2 + [PostState.scheduled] * 3
    account = await newsroom.account(account.id)
    assert account.pace.learned_daily_cap == 2
    hours = [round((post.scheduled_at - utcnow()).total_seconds() / 3600) for post in posts[2:]]
    assert hours[:2] == [24, 24]
    assert {post.state_reason for post in posts[2:]} == {"daily_cap"}
    assert newsroom.tiktok.violations == {}


async def test_after_a_day_the_learned_cap_is_looked_at_again(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.accounts[DAILY].posts_by_other_clients = 15
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, (await newsroom.account(account.id)).pace.learned_daily_cap) == (PostState.scheduled, 0)
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
        gaps.append((await sqlite_newsroom.account(account.id)).pace.init_gap_seconds)
    assert gaps == [20, 40, 80, 160, 300, 300]
    now = utcnow()
    account = await sqlite_newsroom.account(account.id)
    hourly = [round(init_gap(account, now + timedelta(hours=hours))) for hours in range(6)]
    assert hourly == [300, 150, 75, 38, 0, 0]


@pytest.mark.parametrize("attempt", [1, 3])
async def test_a_cap_that_tiktok_names_after_taking_the_post_is_learned_and_drops_nothing(newsroom, attempt):
    account = await newsroom.connect()
    first = await newsroom.make_publishing(account)
    second = await newsroom.make_publishing(account)
    if attempt > 1:
        row = (await newsroom.attempts(second.id))[0]
        await newsroom.change(PostAttempt, row.id, number=attempt)
        await newsroom.change(Post, second.id, attempt=attempt)
    fail(newsroom.tiktok.world, await newsroom.pulled(second.publish_id), "spam_risk_too_many_posts", "as ordered")
    await newsroom.change(Post, first.id, next_check_at=None)
    failed = await newsroom.follow(second.id)
    assert (failed.state, failed.state_reason) == (PostState.scheduled, "daily_cap")
    assert timedelta(hours=23) < failed.scheduled_at - utcnow() < timedelta(hours=25)
    assert (await newsroom.account(account.id)).pace.learned_daily_cap == 1
    third = await newsroom.publish((await newsroom.make_ready(account, path="cd/3.jpg")).id)
    assert (third.state, third.state_reason) == (PostState.scheduled, "daily_cap")
    assert third.scheduled_at >= failed.scheduled_at, "who waits already goes first"
    newsroom.go()
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert (await newsroom.post(second.id)).state is PostState.publishing


async def test_a_cap_on_drafts_does_not_hold_posts_after_the_mode_was_changed(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    newsroom.tiktok.fail(endpoint="content_init", code="spam_risk_too_many_pending_share")
    held = await newsroom.publish((await newsroom.make_ready(account, mode="inbox")).id)
    assert (held.state_reason, (await newsroom.account(account.id)).pace.learned_daily_cap) == ("pending_drafts", 0)
    await update_account(newsroom.app, account.id, AccountUpdate(mode=PublishMode.direct))
    await keep_line(newsroom.app, account.id)
    await newsroom.sweep()
    sent = await newsroom.post(held.id)
    assert (sent.state, sent.mode) == (PostState.publishing, "direct")


async def test_a_change_between_two_ways_of_posting_forgets_no_cap(newsroom):
    account = await newsroom.connect(learned_daily_cap=2, learned_daily_cap_at=utcnow())
    await update_account(newsroom.app, account.id, AccountUpdate(mode=PublishMode.approve))
    assert (await newsroom.account(account.id)).pace.learned_daily_cap == 2


async def test_an_account_that_comes_back_with_other_permissions_forgets_a_cap_of_another_kind(newsroom):
    account = await newsroom.connect(learned_daily_cap=2, learned_daily_cap_at=utcnow())
    again = await newsroom.connect(scopes=("user.info.basic", "video.upload"))
    assert (again.id, again.settings.mode, again.pace.learned_daily_cap) == (account.id, PublishMode.inbox, None)


async def test_an_account_that_comes_back_keeps_what_was_learned_about_its_creator(newsroom):
    pause = utcnow() + timedelta(minutes=5)
    account = await newsroom.connect(learned_daily_cap=2, learned_daily_cap_at=utcnow(), init_not_before=pause)
    await disconnect_account(newsroom.app, account.id)
    again = await newsroom.connect()
    assert (again.id, again.pace.learned_daily_cap, again.pace.init_not_before) == (account.id, 2, pause)


@pytest.mark.parametrize("gap", [0.0, 300.0])
async def test_inits_of_a_clock_that_was_ahead_do_not_hold_the_account_for_as_long(newsroom, gap):
    account = await newsroom.connect(daily_cap=50, init_gap_seconds=gap, init_gap_since=utcnow())
    with time_machine.travel(utcnow() + timedelta(hours=1), tick=True):
        async with newsroom.app.transaction() as session:
            for number in range(6):
                made = await make_post(session, account_id=account.id, state=PostState.published)
                outcome = AttemptOutcome.accepted
                await make_attempt(session, made, outcome=outcome, number=number + 1, started_at=utcnow())
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert post.state is PostState.publishing, post.state_detail


async def test_posts_of_a_clock_that_was_ahead_count_against_the_day_all_the_same(newsroom):
    account = await newsroom.connect(daily_cap=1)
    async with newsroom.app.transaction() as session:
        made = await make_post(session, account_id=account.id, state=PostState.published)
        ahead = utcnow() + timedelta(hours=1)
        await make_attempt(session, made, outcome=AttemptOutcome.accepted, started_at=ahead)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "daily_cap")
