"""Asking TikTok where posts stand: how often, by whom, and what happens when it does not say."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from app.accounts.models import AccountState
from app.kit.clock import utcnow
from app.posts.follow import polling
from app.posts.follow.answers import take_answer
from app.posts.follow.due import interval_for
from app.posts.follow.polling import follow_due_posts
from app.posts.models import Post, PostState
from tests.accounts.support import DAILY, SCOPES
from tests.builders import make_account, make_post
from tests.posts.support import polls

UNTIL_FAR = polls(1000)


async def make_due(resources, **changes):
    """A post of an account of its own, that TikTok has and that is to be asked about now."""
    now = utcnow()
    values = {"state": PostState.publishing, "publish_id": "p_due", "publishing_since": now, "next_check_at": now}
    async with resources.transaction() as session:
        if "account_id" not in changes:
            values["account_id"] = (await make_account(session)).id
        return await make_post(session, **(values | changes))


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(0, 5), (119, 5), (120, 15), (599, 15), (600, 60), (3599, 60), (3600, 600), (40 * 3600, 600)],
)
def test_the_older_the_post_the_rarer_the_question(sqlite_resources, age, seconds):
    assert interval_for(timedelta(seconds=age), sqlite_resources.settings) == timedelta(seconds=seconds)


def test_the_fast_phase_is_a_setting(sqlite_resources):
    changes = {"follow_interval_seconds": 1.0, "follow_fast_seconds": 30.0}
    settings = sqlite_resources.settings.model_copy(update=changes)
    assert interval_for(timedelta(seconds=29), settings) == timedelta(seconds=1)
    assert interval_for(timedelta(seconds=31), settings) == timedelta(seconds=15)


async def test_a_post_is_asked_about_when_it_is_due_and_not_before(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR)
    sent_at = utcnow()
    post = await newsroom.make_publishing(account)
    assert sent_at < post.next_check_at <= utcnow() + timedelta(seconds=6)
    # However slow this machine is, the moments in between are minutes.
    await newsroom.change(Post, post.id, next_check_at=utcnow() + timedelta(minutes=5))
    await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") == 0
    await newsroom.let_pass(seconds=6)
    await newsroom.change(Post, post.id, next_check_at=utcnow())
    asked_at = utcnow()
    await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") == 1
    asked = await newsroom.post(post.id)
    assert (asked.state, asked.tiktok_status) == (PostState.publishing, "PROCESSING_DOWNLOAD")
    assert asked_at + timedelta(seconds=3) < asked.next_check_at <= utcnow() + timedelta(seconds=5)
    await newsroom.change(Post, post.id, next_check_at=utcnow() + timedelta(minutes=5))
    for _ in range(2):
        await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") == 1


async def test_followers_at_once_share_the_posts(resources, monkeypatch):
    posts = [await make_due(resources) for _ in range(20)]
    monkeypatch.setattr(polling, "LARGEST_CLAIM", 7)
    asked: Counter[str] = Counter()

    async def ask(_app, poll, _claimed_at):
        asked[poll.post_id] += 1

    monkeypatch.setattr(polling, "follow_claimed", ask)
    await asyncio.gather(*(follow_due_posts(resources) for _ in range(8)))
    assert asked == Counter(post.id for post in posts)


async def test_many_posts_of_an_account_share_the_questions_that_tiktok_answers(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR)
    for number in range(6):
        await newsroom.publish((await newsroom.make_ready(account, path=f"ab/{number}.jpg")).id)
    for _ in range(60):
        await newsroom.let_pass(seconds=2)
        await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") > 30
    assert newsroom.tiktok.violations == {}


async def test_being_asked_to_slow_down_costs_the_post_a_minute_and_nothing_else(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="status_fetch", code="rate_limit_exceeded")
    asked_at = utcnow()
    snoozed = await newsroom.follow(post.id)
    assert (snoozed.state, snoozed.failures) == (PostState.publishing, 0)
    assert asked_at + timedelta(seconds=55) < snoozed.next_check_at <= utcnow() + timedelta(seconds=61)
    assert (await newsroom.account(account.id)).pace.init_not_before is None
    await newsroom.let_pass(seconds=61)
    await follow_due_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.published


FAULTS = [
    {"code": "internal_error"},
    {"cut": True},
    {"raw": "<html>", "http_status": 502},
    {"raw": "<html>", "http_status": 200},
    {"raw": "<html>Forbidden</html>", "http_status": 403},
    {"redirect": "https://elsewhere.example/"},
    {"truncate": 10},
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_unusable_answer_changes_nothing(sqlite_newsroom, fault):
    account = await sqlite_newsroom.connect()
    post = await sqlite_newsroom.make_publishing(account)
    sqlite_newsroom.tiktok.fail(endpoint="status_fetch", **fault)
    asked_at = utcnow()
    after = await sqlite_newsroom.follow(post.id)
    assert (after.state, after.publish_id, after.tiktok_status) == (PostState.publishing, post.publish_id, None)
    assert asked_at < after.next_check_at <= utcnow() + timedelta(seconds=5)
    assert (await sqlite_newsroom.follow(post.id)).state is PostState.published


async def test_a_token_that_expired_is_refreshed_on_the_way(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="status_fetch", code="access_token_invalid")
    assert (await newsroom.follow(post.id)).state is PostState.published
    assert (newsroom.tiktok.refreshes, newsroom.tiktok.count("status_fetch")) == (1, 2)


async def test_a_login_that_is_gone_leaves_the_post_as_it_is_until_it_is_back(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    await newsroom.change(type(account), account.id, state=AccountState.reconnect)
    waiting = await newsroom.follow(post.id)
    assert (waiting.state, newsroom.tiktok.count("status_fetch")) == (PostState.publishing, 0)
    assert waiting.next_check_at - utcnow() > timedelta(minutes=9)
    await newsroom.change(type(account), account.id, state=AccountState.connected)
    await newsroom.let_pass(minutes=11)
    await follow_due_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.published


async def test_a_permission_that_is_gone_asks_the_creator_and_keeps_the_post(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="status_fetch", code="scope_not_authorized")
    assert (await newsroom.follow(post.id)).state is PostState.publishing
    assert (await newsroom.account(account.id)).state is AccountState.reconnect


@pytest.mark.parametrize("code", ["invalid_publish_id", "token_not_authorized_for_specified_publish_id"])
async def test_a_post_that_tiktok_does_not_know_is_for_a_person_to_look_at(newsroom, code):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="status_fetch", code=code)
    lost = await newsroom.follow(post.id)
    assert (lost.state, lost.state_reason) == (PostState.unconfirmed, code)
    assert lost.state_detail
    assert lost.next_check_at is not None
    await newsroom.sweep()
    assert newsroom.inits == 1


async def test_two_days_without_a_verdict_end_with_a_person_not_with_a_failure(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR, moderation_hours=100)
    post = await newsroom.make_publishing(account)
    await newsroom.let_pass(hours=47)
    assert (await newsroom.follow(post.id)).state is PostState.publishing
    await newsroom.let_pass(hours=2)
    left = await newsroom.follow(post.id)
    assert (left.state, left.state_reason, left.next_check_at) == (PostState.unconfirmed, "no_verdict", None)
    assert left.publish_id == post.publish_id
    asked = newsroom.tiktok.count("status_fetch")
    await newsroom.let_pass(hours=1)
    await follow_due_posts(newsroom.app)
    await newsroom.sweep()
    assert (newsroom.tiktok.count("status_fetch"), newsroom.inits) == (asked, 1)


async def test_hours_of_moderation_are_waited_for(newsroom):
    account = await newsroom.connect()
    newsroom.go(moderation_hours=20)
    post = await newsroom.make_publishing(account)
    for _ in range(4):
        assert (await newsroom.follow(post.id)).state is PostState.publishing
        await newsroom.let_pass(hours=5)
    assert (await newsroom.follow(post.id)).state is PostState.published


async def test_one_post_that_breaks_does_not_stop_the_others(newsroom, monkeypatch):
    account = await newsroom.connect()
    good, bad = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(2)]
    for post in (good, bad):
        await newsroom.pulled((await newsroom.publish(post.id)).publish_id or "")

    async def break_one(app, poll, status):
        if poll.post_id == bad.id:
            raise ZeroDivisionError
        await take_answer(app, poll, status)

    monkeypatch.setattr(polling, "take_answer", break_one)
    await newsroom.let_pass(seconds=6)
    await follow_due_posts(newsroom.app)
    states = [(await newsroom.post(post.id)).state for post in (good, bad)]
    assert states == [PostState.published, PostState.publishing]


async def test_the_link_is_asked_for_again_when_tiktok_does_not_tell_it_at_once(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="video_query", code="internal_error")
    named = await newsroom.follow(post.id)
    assert (named.state, named.share_url, len(named.post_ids)) == (PostState.published, None, 1)
    await newsroom.let_pass(minutes=11)
    await follow_due_posts(newsroom.app)
    assert (await newsroom.post(post.id)).share_url


async def test_without_the_permission_to_list_no_link_is_asked_for(newsroom):
    scopes = tuple(scope for scope in SCOPES if scope != "video.list")
    account = await newsroom.connect(DAILY, scopes=scopes, privacy_level="PUBLIC_TO_EVERYONE")
    named = await newsroom.follow((await newsroom.make_publishing(account)).id)
    assert (named.state, named.share_url, named.next_check_at) == (PostState.published, None, None)
    assert newsroom.tiktok.count("video_query") == 0
