"""Work that ends without a word is a failure like others; and who is not ready does not stand before those who are."""

import asyncio
from datetime import timedelta

import pytest

from app.kit.clock import utcnow
from app.posts.lease import LeaseLost, hold
from app.posts.models import Post, PostState
from app.posts.send import own_turn
from app.posts.send.publish import publish_post
from app.posts.sweeps import release_due_posts
from app.posts.transitions import new_lease
from app.posts.waits import MAX_FAILURES


async def take_up_and_vanish(newsroom, post_id):
    """Begin a post as a worker does that dies at once."""
    given = new_lease()
    await newsroom.change(Post, post_id, **given)
    async with hold(newsroom.app, post_id, given["lease_token"]):
        pass
    await newsroom.change(Post, post_id, lease_until=utcnow() - timedelta(seconds=1))


async def test_a_cancelled_job_is_counted_and_said(newsroom, monkeypatch):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    begun = asyncio.Event()

    async def endless(*_args):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("app.posts.send.publish.prepare", endless)
    given = new_lease()
    await newsroom.change(Post, post.id, **given)
    job = asyncio.ensure_future(publish_post(newsroom.app, post.id, given["lease_token"]))
    await begun.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    post = await newsroom.post(post.id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "cut_off", 1)
    assert "cut off" in post.state_detail


async def test_a_post_whose_workers_vanish_ends_after_a_bounded_number_of_times(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    for _ in range(MAX_FAILURES):
        await take_up_and_vanish(newsroom, post.id)
        await release_due_posts(newsroom.app)
        assert (await newsroom.post(post.id)).state_reason == "cut_off"
        await newsroom.change(Post, post.id, next_attempt_at=utcnow() - timedelta(seconds=1))
        await release_due_posts(newsroom.app)
        newsroom.queue.woken.clear()
        assert (await newsroom.post(post.id)).state is PostState.queued
    await take_up_and_vanish(newsroom, post.id)
    await release_due_posts(newsroom.app)
    post = await newsroom.post(post.id)
    assert (post.state, post.fail_reason, newsroom.inits) == (PostState.failed, "cut_off", 0)
    assert "10 times" in post.fail_help


async def test_a_lost_wake_up_is_no_failure(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account, **new_lease())
    for _ in range(20):
        newsroom.queue.woken.clear()
        await newsroom.let_pass(seconds=31)
        await release_due_posts(newsroom.app)
    post = await newsroom.post(post.id)
    assert (post.state, post.failures, len(newsroom.queue.woken)) == (PostState.queued, 0, 1)


async def test_a_job_that_runs_a_second_time_leaves_the_first_alone(newsroom):
    account = await newsroom.connect()
    given = new_lease()
    post = await newsroom.make_ready(account, **given)
    async with hold(newsroom.app, post.id, given["lease_token"]):
        with pytest.raises(LeaseLost):
            async with hold(newsroom.app, post.id, given["lease_token"]):
                raise AssertionError


async def test_posts_whose_pictures_are_long_in_coming_hold_nobody_up(newsroom, monkeypatch):
    """Six of them take up all of a minute's places, if they count."""
    monkeypatch.setattr(own_turn, "NEW_WITHIN", timedelta(seconds=0.3))
    account = await newsroom.connect(daily_cap=1000)
    for number in range(8):
        slow = await newsroom.make_ready(account, path=f"ab/{number}.jpg", prepared_version=None, media_count=0)
        changes = {"media_missing_since": utcnow()} if number % 2 else {}
        await newsroom.change(Post, slow.id, lease_until=utcnow() + timedelta(seconds=30), lease_token="x", **changes)
    ready = await newsroom.publish((await newsroom.make_ready(account, path="cd/1.jpg")).id)
    assert (ready.state, ready.state_detail) == (PostState.publishing, None)


async def test_a_post_that_finds_no_place_comes_back_and_it_costs_nothing(newsroom, monkeypatch):
    await newsroom.connect()
    post_id = await newsroom.plan()
    with monkeypatch.context() as patched:
        patched.setattr(newsroom.app.downloads.places, "total", 0)
        await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.failures, post.lease_token) == (PostState.queued, 0, None)
    await newsroom.let_pass(seconds=6)
    await newsroom.sweep()
    assert (await newsroom.post(post_id)).state is PostState.publishing
