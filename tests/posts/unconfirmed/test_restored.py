"""After a restore: posts that TikTok may have got wait for a person, whatever would make them due."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.accounts.models import PublishMode
from app.articles.models import Article
from app.kit.clock import rfc3339, utcnow
from app.kit.ids import new_id
from app.posts.face.decisions import decide
from app.posts.follow.event_owner import claim_event
from app.posts.models import AttemptOutcome, Post, PostState
from app.posts.models_restored import Restoration
from app.posts.restored import RESTORED, count_restored_posts, hold_restored_posts, is_at_risk, release_restored_posts
from app.posts.schemas_decisions import PostApprove
from app.tiktok.webhooks import EventKind
from app.webhooks.models import WebhookEvent
from tests.builders import make_attempt
from tests.posts.support import Newsroom

S = PostState


async def restore(newsroom: Newsroom, *, backup_minutes_ago: float = 30) -> None:
    """Do to the database what a restore does at its end."""
    async with newsroom.app.transaction() as session:
        await hold_restored_posts(session, utcnow() - timedelta(minutes=backup_minutes_ago))
    newsroom.queue.woken.clear()


async def settle(newsroom: Newsroom) -> None:
    for _ in range(3):
        await newsroom.sweep()


async def waiting_post(newsroom: Newsroom, **article: Any) -> Post:
    """A post that was queued at the time of the backup, in a database that was restored."""
    await newsroom.connect()
    post_id = await newsroom.plan(**article)
    await restore(newsroom)
    return await newsroom.post(post_id)


async def test_a_post_that_waits_is_not_sent_by_any_sweep(newsroom):
    post = await waiting_post(newsroom)
    await settle(newsroom)
    post = await newsroom.post(post.id)
    assert (post.state, post.state_reason, newsroom.inits) == (S.scheduled, RESTORED, 0)


async def test_an_edited_article_does_not_set_it_off(newsroom):
    post = await waiting_post(newsroom)
    await newsroom.deliver(kind="updated", minute=59, title="Өзгертілген тақырып")
    await settle(newsroom)
    post = await newsroom.post(post.id)
    assert (post.state, post.state_reason, newsroom.inits) == (S.scheduled, RESTORED, 0)


async def test_an_article_that_was_withdrawn_and_comes_again_does_not_set_it_off(newsroom):
    post = await waiting_post(newsroom)
    await newsroom.deliver(kind="unpublished", minute=58)
    assert (await newsroom.post(post.id)).state is S.cancelled
    await newsroom.deliver(minute=59)
    await settle(newsroom)
    post = await newsroom.post(post.id)
    assert (post.state, post.state_reason, newsroom.inits) == (S.scheduled, RESTORED, 0)


async def test_a_persons_retry_sends_it(newsroom):
    post = await waiting_post(newsroom)
    await decide(newsroom.app, post.id, "retry", by="editor")
    await settle(newsroom)
    assert (await newsroom.post(post.id)).state is S.publishing
    assert newsroom.inits == 1


async def test_an_approval_sends_it(newsroom):
    await newsroom.connect(mode="approve")
    post_id = await newsroom.plan()
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is S.awaiting_approval
    await restore(newsroom)
    await decide(newsroom.app, post_id, "approve", PostApprove(), by="editor")
    await settle(newsroom)
    assert (await newsroom.post(post_id)).state is S.publishing


async def test_what_tiktok_had_accepted_is_asked_about_and_told_truly(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    await restore(newsroom)
    await newsroom.finish(post.id)
    assert (await newsroom.post(post.id)).state is S.published
    assert newsroom.inits == 1


async def test_what_tiktok_had_accepted_and_then_refused_is_not_sent_again_by_itself(newsroom):
    account = await newsroom.connect()
    newsroom.go(fail_reason="internal")
    post = await newsroom.make_publishing(account)
    await restore(newsroom)
    await newsroom.finish(post.id)
    await newsroom.let_pass(hours=2)
    # What lies before the restore has moved into the past, and so has to do the restore.
    async with newsroom.app.transaction() as session:
        earlier = sa.update(Restoration).values(restored_at=utcnow() - timedelta(hours=2))
        await session.exec(earlier)
    newsroom.go()
    await settle(newsroom)
    post = await newsroom.post(post.id)
    assert post.state in {S.scheduled, S.failed}
    assert newsroom.inits == 1


async def test_release_sends_what_waits_and_asks_nobody_twice(newsroom):
    post = await waiting_post(newsroom)
    assert await release_restored_posts(newsroom.app) == 1
    await settle(newsroom)
    post = await newsroom.post(post.id)
    assert (post.state, newsroom.inits) == (S.publishing, 1)
    assert await release_restored_posts(newsroom.app) == 0


async def test_release_leaves_an_embargo_and_an_approval_as_they_are(newsroom):
    await newsroom.connect(mode="approve")
    post_id = await newsroom.plan()
    later = await newsroom.plan("43", published_at=rfc3339(utcnow() + timedelta(hours=5)))
    await restore(newsroom)
    assert await release_restored_posts(newsroom.app) == 2
    await settle(newsroom)
    assert (await newsroom.post(post_id)).state is S.awaiting_approval
    post = await newsroom.post(later)
    assert (post.state, post.state_reason) == (S.scheduled, "embargo")
    assert newsroom.inits == 0


async def test_release_may_be_kept_to_what_is_older(newsroom):
    await newsroom.connect()
    old, young = await newsroom.plan("1"), await newsroom.plan("2")
    await newsroom.change(Post, old, created_at=utcnow() - timedelta(hours=10))
    await restore(newsroom)
    made_before = utcnow() - timedelta(hours=1)
    async with newsroom.app.read() as session:
        assert await count_restored_posts(session) == 2
        assert await count_restored_posts(session, made_before=made_before) == 1
    assert await release_restored_posts(newsroom.app, made_before=made_before) == 1
    assert (await newsroom.post(old)).state is S.queued
    assert (await newsroom.post(young)).state is S.scheduled


async def test_an_article_of_the_time_that_is_missing_waits_when_it_comes_again(newsroom):
    await newsroom.connect()
    await restore(newsroom, backup_minutes_ago=45)
    post_id = await newsroom.plan("lost", minute=30)
    await settle(newsroom)
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, newsroom.inits) == (S.scheduled, RESTORED, 0)
    await release_restored_posts(newsroom.app)
    await settle(newsroom)
    assert (await newsroom.post(post_id)).state is S.publishing


async def test_an_article_that_is_published_after_the_restore_goes_out(newsroom):
    await newsroom.connect()
    await restore(newsroom, backup_minutes_ago=45)
    post_id = await newsroom.plan("new", said_at=rfc3339(utcnow() + timedelta(seconds=1)))
    await settle(newsroom)
    assert (await newsroom.post(post_id)).state is S.publishing


@pytest.mark.parametrize(
    ("told", "published", "is_at_risk_"),
    [
        (timedelta(minutes=1), timedelta(minutes=1), False),  # news of after the restore
        (timedelta(minutes=-1), timedelta(minutes=-1), True),  # of the gap
        (timedelta(minutes=1), timedelta(minutes=-1), True),  # of the gap, and edited since
        (timedelta(minutes=1), timedelta(days=-2), True),  # its delivery may have come late, in the gap
        (timedelta(minutes=1), timedelta(days=-9), False),  # of the archive, published anew by somebody now
        (timedelta(minutes=1), None, False),
        (timedelta(minutes=-1), None, True),
    ],
)
def test_what_may_have_been_posted_in_the_gap(told: timedelta, published: timedelta | None, is_at_risk_: bool) -> None:
    now = utcnow()
    restoration = Restoration(backup_at=now - timedelta(hours=1), restored_at=now)
    article = Article(
        source_id="s",
        external_id="1",
        revision=now + told,
        state_revision=now + told,
        published_at=None if published is None else now + published,
    )
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        post = Post(article_id="a", account_id="b", mode=PublishMode.direct)
    assert is_at_risk(post, article, restoration) is is_at_risk_
    post.cleared_at = now + timedelta(minutes=3)
    assert not is_at_risk(post, article, restoration)


async def test_an_event_about_a_post_that_the_backup_does_not_know_is_claimed_by_no_older_attempt(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    begun = utcnow() - timedelta(minutes=40)
    async with newsroom.app.transaction() as session:
        await make_attempt(session, post, outcome=AttemptOutcome.unknown, started_at=begun)
    async with newsroom.app.transaction() as session:
        session.add(Restoration(backup_at=utcnow() - timedelta(minutes=30), restored_at=utcnow()))
    for minutes_ago, is_claimed in ((10, False), (35, True)):
        event = WebhookEvent(
            dedup_key=new_id(), event="post.publish.complete", kind=EventKind.publish_complete,
            publish_id=f"p{minutes_ago}", open_id=account.open_id,
            occurred_at=utcnow() - timedelta(minutes=minutes_ago),
        )  # fmt: skip
        async with newsroom.app.transaction() as session:
            session.add(event)
            await session.flush()
            assert (await claim_event(session, event, account.id) is not None) is is_claimed
