"""What an article's changes do to its post, depending on how far the post has come."""

import asyncio
from datetime import timedelta

from sqlmodel import select

from app.accounts.models import Account, PublishMode
from app.articles.models import Article
from app.kit.clock import rfc3339, utcnow
from app.media.models import MediaAsset
from app.posts.attempt_outcomes import settle_attempt
from app.posts.attempts import begin_attempt
from app.posts.face.decisions import decide
from app.posts.models import AttemptOutcome, Post, PostState
from app.posts.schemas_decisions import PostApprove
from app.posts.send import publish
from app.posts.transitions import new_lease
from app.tiktok.init import InitNotSent
from tests.accounts.support import CITY, DAILY


async def test_an_edit_before_sending_is_what_tiktok_gets(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(title="As it was")
    await newsroom.deliver(kind="updated", minute=1, title="As it is now")
    await newsroom.work()
    assert [there.title for there in newsroom.there] == ["As it is now"]
    assert (await newsroom.post(post_id)).title == "As it is now"


async def test_an_edit_while_the_post_is_prepared_is_what_tiktok_gets(newsroom, monkeypatch):
    await newsroom.connect()
    post_id = await newsroom.plan(title="As it was")

    async def edited_meanwhile(app, post, holder):
        monkeypatch.undo()
        await newsroom.deliver(kind="updated", minute=1, title="As it is now", images=[newsroom.origin.url("/2.jpg")])
        return await begin_attempt(app, post, holder)

    monkeypatch.setattr(publish, "begin_attempt", edited_meanwhile)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.attempt, newsroom.inits) == (PostState.queued, 0, 0)
    await newsroom.sweep()
    assert [there.title for there in newsroom.there] == ["As it is now"]
    async with newsroom.app.read() as session:
        assets = (await session.exec(select(MediaAsset.source_url))).all()
    assert assets == [newsroom.origin.url("/2.jpg")]


async def test_an_edit_after_sending_changes_nothing(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(title="As it was")
    await newsroom.work()
    before = await newsroom.post(post_id)
    await newsroom.deliver(kind="updated", minute=1, title="Too late")
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.title, post.state, post.prepared_version) == ("As it was", before.state, before.prepared_version)
    assert newsroom.inits == 1


async def test_an_edit_renews_what_awaits_approval(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan(title="As it was")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.awaiting_approval
    await newsroom.deliver(kind="updated", minute=1, title="As it is now")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.title) == (PostState.awaiting_approval, "As it is now")


async def test_an_edit_keeps_the_text_that_the_approver_wrote(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan(title="As it was")
    await newsroom.work()
    await decide(newsroom.app, post_id, "approve", PostApprove(title="By hand"), by="editor")
    await newsroom.deliver(kind="updated", minute=1, title="As it is now", images=[newsroom.origin.url("/2.jpg")])
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.title) == (
        PostState.awaiting_approval, "approval_outdated", "By hand",
    )  # fmt: skip
    await decide(newsroom.app, post_id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    assert (newsroom.there[0].title, (await newsroom.post(post_id)).prepared_version) == ("By hand", 2)
    assert any("by hand is kept" in event.why for event in await newsroom.events(post_id))


async def test_an_edit_brings_pictures_to_a_post_that_waits_for_them_with_a_persons_text(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan(images=[newsroom.origin.url("/none.jpg")])
    await newsroom.change(
        Post, post_id, state=PostState.scheduled, state_reason="needs_image", title="By hand", is_edited=True,
        is_approved=True, failures=3,
    )  # fmt: skip
    newsroom.queue.woken.clear()
    await newsroom.deliver(kind="updated", minute=1)
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.there[0].title) == (PostState.publishing, "By hand")


async def test_an_edit_does_not_shorten_a_wait_for_the_daily_cap(newsroom):
    await newsroom.connect(daily_cap=1)
    await newsroom.plan("first")
    await newsroom.work()
    post_id = await newsroom.plan("second", title="As it was")
    await newsroom.work()
    waiting = await newsroom.post(post_id)
    assert (waiting.state, waiting.state_reason) == (PostState.scheduled, "daily_cap")
    await newsroom.deliver("second", kind="updated", minute=1, title="As it is now")
    assert (await newsroom.post(post_id)).scheduled_at == waiting.scheduled_at
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert newsroom.there[-1].title == "As it is now"


async def test_unpublishing_cancels_what_tiktok_does_not_have(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    await newsroom.deliver(kind="unpublished", minute=1)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.alert) == (PostState.cancelled, "article_unpublished", None)
    assert newsroom.inits == 0


async def test_unpublishing_after_sending_alerts_until_it_is_published_again(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    await newsroom.work()
    await newsroom.deliver(kind="unpublished", minute=1)
    await newsroom.deliver(kind="unpublished", minute=1.5)
    post = await newsroom.finish(post_id)
    assert (post.state, post.alert) == (PostState.published, "article_unpublished")
    assert sum("TikTok already has the post" in event.why for event in await newsroom.events(post_id)) == 1
    await newsroom.deliver(minute=2, title="Again")
    assert (await newsroom.post(post_id)).alert is None
    assert newsroom.inits == 1


async def test_unpublishing_while_init_is_under_way_stops_every_further_attempt(newsroom):
    account = await newsroom.connect()
    post_id = await newsroom.plan()
    post = await newsroom.change(
        Post, post_id, **new_lease(), prepared_version=1, media_count=1, is_forced=True, account_id=account.id
    )
    attempt = await begin_attempt(newsroom.app, post, post.lease_token)
    assert attempt is not None
    await newsroom.deliver(kind="unpublished", minute=1)
    assert (await newsroom.post(post_id)).alert == "article_unpublished"
    await settle_attempt(newsroom.app, attempt, InitNotSent("connection_refused"), failures=0, first_check_seconds=5)
    await newsroom.let_pass(minutes=1)
    newsroom.queue.woken.clear()
    await newsroom.sweep()
    stopped = await newsroom.post(post_id)
    assert (stopped.state, stopped.state_reason, stopped.alert) == (PostState.cancelled, "article_unpublished", None)
    await newsroom.deliver(minute=2, title="Again")
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.publishing, 1)


async def test_a_cancelled_post_that_tiktok_may_have_got_is_brought_before_a_person(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.tiktok.fail(endpoint="content_init", cut=True, phase="after")
    await newsroom.work()
    await newsroom.change(
        Post, post_id, state=PostState.cancelled, state_reason="article_unpublished", finalized_at=utcnow()
    )
    await newsroom.deliver(kind="unpublished", minute=1)
    await newsroom.deliver(minute=2, title="Again")
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, newsroom.inits) == (PostState.unconfirmed, "perhaps_sent", 1)
    assert "look at the account on TikTok" in post.state_detail
    assert [a.outcome for a in await newsroom.attempts(post_id)] == [AttemptOutcome.unknown]
    await newsroom.deliver(minute=3, kind="updated", title="Edited")
    await newsroom.sweep()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.unconfirmed, 1)
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.there[-1].title) == (PostState.publishing, "Edited")


async def test_a_cancelled_post_of_which_tiktok_said_that_it_failed_is_brought_back(newsroom):
    await newsroom.connect()
    newsroom.go(fail_reason="internal")
    post_id = await newsroom.plan()
    await newsroom.work()
    assert (await newsroom.finish(post_id)).state is PostState.retryable
    await newsroom.deliver(kind="unpublished", minute=1)
    assert (await newsroom.post(post_id)).state is PostState.cancelled
    newsroom.go()
    await newsroom.deliver(minute=2, title="Again")
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.there[-1].title) == (PostState.publishing, "Again")


async def test_a_post_that_a_person_cancelled_is_not_brought_back(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    await decide(newsroom.app, post_id, "cancel", by="editor")
    await newsroom.deliver(kind="unpublished", minute=1)
    await newsroom.deliver(minute=2, title="Again")
    await newsroom.sweep()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.cancelled, 0)


async def test_a_retried_post_of_an_unpublished_article_ends_instead_of_going_round(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.tiktok.fail(endpoint="content_init", code="invalid_param")
    await newsroom.work()
    await newsroom.deliver(kind="unpublished", minute=1)
    assert (await newsroom.post(post_id)).state is PostState.failed
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.sweep()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.cancelled, 1)


async def test_an_embargo_is_waited_for_and_then_sent(newsroom):
    await newsroom.connect()
    published_at = utcnow() + timedelta(hours=3)
    post_id = await newsroom.plan(published_at=rfc3339(published_at))
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "embargo")
    assert abs(post.scheduled_at - published_at) < timedelta(seconds=1)
    await newsroom.let_pass(hours=3, seconds=1)
    await newsroom.sweep()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.publishing, 1)


async def test_an_embargo_that_is_moved_moves_its_post(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(published_at=rfc3339(utcnow() + timedelta(hours=3)))
    later = utcnow() + timedelta(hours=5)
    await newsroom.deliver(kind="updated", minute=1, published_at=rfc3339(later))
    await newsroom.sweep()
    assert abs((await newsroom.post(post_id)).scheduled_at - later) < timedelta(seconds=1)
    await newsroom.deliver(kind="updated", minute=2, published_at=rfc3339(utcnow() - timedelta(minutes=1)))
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_a_person_may_send_an_embargoed_post_now(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(published_at=rfc3339(utcnow() + timedelta(hours=3)))
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_the_year_9999_waits_for_a_person(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(published_at="9999-12-31T23:59:59Z")
    await newsroom.let_pass(hours=1)
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "implausible_date", None)
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_every_account_gets_a_post_of_its_own(newsroom):
    await newsroom.connect(DAILY)
    await newsroom.connect(CITY)
    receipt = await newsroom.deliver()
    await newsroom.work()
    assert len(receipt.post_ids) == len(set(receipt.post_ids)) == 2
    assert {there.open_id for there in newsroom.there} == {DAILY, CITY}
    again = await newsroom.deliver(minute=1)
    assert (again.duplicate, again.post_ids) == (True, receipt.post_ids)


async def test_an_account_that_joined_later_does_not_get_the_archive(newsroom):
    await newsroom.connect(DAILY)
    (first,) = (await newsroom.deliver()).post_ids
    await newsroom.connect(CITY)
    await newsroom.deliver(kind="unpublished", minute=1)
    receipt = await newsroom.deliver(minute=2, title="Again")
    assert receipt.post_ids == [first]


async def test_an_account_that_is_off_gets_nothing(newsroom):
    account = await newsroom.connect()
    await newsroom.change(Account, account.id, enabled=False)
    assert (await newsroom.deliver()).post_ids == []


async def test_an_article_that_is_no_longer_wanted_is_not_tried_again(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.tiktok.fail(endpoint="content_init", code="rate_limit_exceeded")
    await newsroom.work()
    post = await newsroom.post(post_id)
    await newsroom.change(Article, post.article_id, is_wanted=False)
    await newsroom.let_pass(seconds=62)
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, newsroom.inits) == (PostState.cancelled, "article_unwanted", 1)


async def test_a_delivery_that_comes_many_times_at_once_is_one_post(newsroom):
    await newsroom.connect()
    stamp = newsroom.stamp(0)
    receipts = await asyncio.gather(*(newsroom.deliver(said_at=stamp) for _ in range(30)))
    assert len({tuple(receipt.post_ids) for receipt in receipts}) == 1
    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 29
    assert len(newsroom.queue.woken) == 1
    await newsroom.work_at_once()
    assert (newsroom.inits, len(await newsroom.posts())) == (1, 1)


async def test_an_edit_takes_a_post_that_was_approved_and_waits_back_to_the_approver(newsroom):
    account = await newsroom.connect(mode=PublishMode.approve, daily_cap=1)
    await newsroom.publish((await newsroom.make_ready(account, mode="approve", is_approved=True)).id)
    post_id = await newsroom.plan(title="As approved")
    await newsroom.work()
    await decide(newsroom.app, post_id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    waiting = await newsroom.post(post_id)
    assert (waiting.state, waiting.state_reason, waiting.title) == (PostState.scheduled, "daily_cap", "As approved")
    await newsroom.deliver(kind="updated", minute=1, title="As it is now")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.awaiting_approval, "approval_outdated")
    assert (post.title, post.is_approved) == ("As it is now", False)
    assert "changed after the post was approved" in (post.state_detail or "")
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert ((await newsroom.post(post_id)).state, newsroom.inits) == (PostState.awaiting_approval, 1)
    await decide(newsroom.app, post_id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    assert ((await newsroom.post(post_id)).state, newsroom.there[-1].title) == (PostState.publishing, "As it is now")


async def test_new_templates_leave_an_approved_text_as_it_was_read(newsroom):
    account = await newsroom.connect(mode=PublishMode.approve)
    post = await newsroom.make_ready(account, mode="approve", is_approved=True, title="As it was read")
    assert (await newsroom.publish(post.id)).state is PostState.publishing
    assert newsroom.there[0].title == "As it was read"
