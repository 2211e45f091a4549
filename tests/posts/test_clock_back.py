"""A clock that was hours ahead and is right again: posts go on, and do not wait until the wrong time comes."""

from datetime import timedelta

import pytest

from app.articles.models import Article
from app.kit.clock import utcnow
from app.posts.attempts import begin_attempt
from app.posts.follow.polling import follow_due_posts
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.prepare.missing_media import patience_of
from app.posts.transitions import LEASE, new_lease
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from tests.posts.support import Newsroom

AHEAD = timedelta(hours=5)


async def test_posts_at_tiktok_are_asked_about_at_once(newsroom: Newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account, next_check_at=utcnow() + AHEAD)
    await follow_due_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.publishing
    await newsroom.sweep()
    await follow_due_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.published


async def test_posts_that_are_tried_again_need_not_wait_for_the_wrong_time(newsroom: Newsroom):
    account = await newsroom.connect()
    later = {"state": PostState.retryable, "state_reason": "tiktok_unavailable", "state_detail": "Later."}
    wrong = await newsroom.make_ready(account, **later, next_attempt_at=utcnow() + AHEAD, updated_at=utcnow() + AHEAD)
    meant = await newsroom.make_ready(
        account, path="ab/meant.jpg", **later, next_attempt_at=utcnow() + timedelta(hours=1)
    )
    for _ in range(2):
        await newsroom.sweep()
    assert (await newsroom.post(wrong.id)).state is PostState.publishing
    assert (await newsroom.post(meant.id)).state is PostState.retryable


async def test_post_in_the_hands_of_a_lost_worker_is_free_after_a_lease(newsroom: Newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    await newsroom.change(Post, post.id, **(new_lease() | {"lease_until": utcnow() + AHEAD}))
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.queued
    await newsroom.let_pass(seconds=LEASE.total_seconds() + 1)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_init_of_a_lost_worker_is_given_up_and_the_account_goes_on(newsroom: Newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    held = await newsroom.change(Post, post.id, **new_lease())
    attempt = await begin_attempt(newsroom.app, held, held.lease_token)
    assert attempt is not None
    await newsroom.change(PostAttempt, attempt.id, started_at=utcnow() + AHEAD)
    await newsroom.change(Post, post.id, lease_until=utcnow() + AHEAD, updated_at=utcnow() + AHEAD)
    await reconcile_posts(newsroom.app)
    (kept,) = await newsroom.attempts(post.id)
    assert kept.outcome is AttemptOutcome.sending, "its worker may be alive, and has a lease's time to say so"
    await newsroom.change(Post, post.id, lease_until=utcnow())
    await reconcile_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.unconfirmed
    other = await newsroom.publish((await newsroom.make_ready(account, path="ab/other.jpg")).id)
    assert other.state is PostState.publishing


@pytest.mark.parametrize("missed", [AHEAD, -timedelta(minutes=2)])
async def test_patience_with_a_missing_picture_begins_now_at_the_latest(sqlite_newsroom: Newsroom, missed: timedelta):
    account = await sqlite_newsroom.connect()
    post = await sqlite_newsroom.make_ready(account, media_missing_since=utcnow() + missed)
    async with sqlite_newsroom.app.read() as session:
        article = await session.get_one(Article, post.article_id)
    now = utcnow()
    patience = patience_of(sqlite_newsroom.app.settings, post, article, account, now)
    assert patience.since == min(now, post.media_missing_since or now)
