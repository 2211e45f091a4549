"""What TikTok's words make of a post: published, failed, in the inbox; late, unknown or contradicting ones too."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.accounts.models import AccountState, PublishMode
from app.emulator import lifecycle
from app.kit.clock import utcnow
from app.media.models import MediaAsset, MediaGrant
from app.posts.face.decisions import decide
from app.posts.models import FINAL_STATES, Post, PostState
from app.posts.verdict import Standing, Verdict
from app.posts.verdict_writer import hear, settle
from app.tiktok.advice import Action
from app.tiktok.catalogue import FAIL_REASONS, explain_fail_reason
from app.tiktok.models import PublishStatus
from tests.builders import make_post

BIG_ID = 7_602_997_517_160_123_666


def said(status, **more):
    return PublishStatus.model_validate({"status": status, **more})


async def make_followed(resources, state=PostState.publishing, **changes):
    values = {"publish_id": "p_pub_url~v2.1", "publishing_since": utcnow(), "attempt": 1, "next_check_at": utcnow()}
    async with resources.transaction() as session:
        return await make_post(session, state=state, **(values | changes))


async def reread(resources, post):
    async with resources.read() as session:
        return await session.get_one(Post, post.id)


async def test_a_19_digit_id_stays_what_it_is(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.make_publishing(account)
    published = await newsroom.follow(post.id)
    (there,) = newsroom.there
    assert published.post_ids == [str(there.post_ids[0])]
    assert len(published.post_ids[0]) == 19
    assert published.share_url
    assert published.post_ids[0] in published.share_url


async def test_a_public_id_that_comes_late_does_not_change_the_verdict(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    newsroom.go(post_id_after=120)
    published = await newsroom.finish((await newsroom.make_publishing(account)).id)
    assert (published.state, published.post_ids) == (PostState.published, [])
    finalized_at = published.finalized_at
    asked_at = utcnow()
    published = await newsroom.follow(published.id)
    assert asked_at + timedelta(seconds=50) < published.next_check_at <= utcnow() + timedelta(seconds=60)
    await newsroom.let_pass(seconds=125)
    named = await newsroom.follow(published.id)
    assert (named.state, named.post_ids, named.next_check_at) == (
        PostState.published, [str(newsroom.there[0].post_ids[0])], None,
    )  # fmt: skip
    assert named.finalized_at == finalized_at - timedelta(seconds=125)
    assert "named the public post" in (await newsroom.events(published.id))[-1].why


async def test_a_private_post_never_gets_an_id_and_is_left_alone_after_two_days(newsroom):
    account = await newsroom.connect(privacy_level="SELF_ONLY")
    published = await newsroom.finish((await newsroom.make_publishing(account)).id)
    assert (published.state, published.post_ids) == (PostState.published, [])
    await newsroom.let_pass(hours=49)
    left = await newsroom.follow(published.id)
    assert (left.state, left.next_check_at) == (PostState.published, None)


async def test_an_unknown_status_is_kept_and_shown(resources):
    post = await make_followed(resources)
    await hear(resources, post, Verdict.by_status(said("MEDITATING_ABOUT_IT" * 5)))
    after = await reread(resources, post)
    assert (after.state, after.tiktok_status) == (PostState.publishing, ("MEDITATING_ABOUT_IT" * 5)[:64])


async def test_ids_of_any_form_become_texts(resources):
    post = await make_followed(resources)
    await hear(
        resources, post, Verdict.by_status(said("PUBLISH_COMPLETE", publicaly_available_post_id=[BIG_ID, "77", BIG_ID]))
    )
    assert (await reread(resources, post)).post_ids == [str(BIG_ID), "77"]


RETRIED = {reason for reason, advice in FAIL_REASONS.items() if advice.action is Action.retry}


@pytest.mark.parametrize("reason", [*sorted(FAIL_REASONS), "reason_of_tomorrow", None])
async def test_every_fail_reason_ends_or_repeats_the_post_and_is_explained(sqlite_resources, reason):
    post = await make_followed(sqlite_resources)
    await hear(sqlite_resources, post, Verdict.by_status(said("FAILED", fail_reason=reason)))
    after = await reread(sqlite_resources, post)
    if reason == "publish_cancelled":
        assert (after.state, after.state_reason) == (PostState.cancelled, reason)
    elif reason in RETRIED:
        assert (after.state, after.publish_id, after.next_check_at) == (PostState.retryable, None, None)
        assert after.next_attempt_at > utcnow()
    elif reason == "spam_risk_too_many_posts":
        assert (after.state, after.state_reason) == (PostState.scheduled, "daily_cap")
    else:
        assert after.state is PostState.failed
        assert after.fail_reason == (reason or "unknown")
        assert after.fail_help
        assert explain_fail_reason(reason).cause in after.fail_help


async def test_a_long_unknown_reason_is_cut(resources):
    post = await make_followed(resources)
    await hear(resources, post, Verdict.by_status(said("FAILED", fail_reason="x" * 1000)))
    after = await reread(resources, post)
    assert (after.fail_reason, after.state_reason) == ("x" * len(after.fail_reason or ""), "x" * 64)


async def test_a_passing_failure_of_tiktoks_is_tried_three_times_and_then_fails(newsroom):
    account = await newsroom.connect()
    newsroom.go(fail_reason="internal")
    post = await newsroom.make_ready(account)
    post = await newsroom.publish(post.id)
    for number in (1, 2, 3):
        assert (post.state, post.attempt) == (PostState.publishing, number)
        post = await newsroom.finish(post.id)
        await newsroom.let_pass(minutes=16)
        await newsroom.sweep()
        post = await newsroom.post(post.id)
    assert (post.state, post.fail_reason, newsroom.inits) == (PostState.failed, "internal", 3)
    assert len({attempt.publish_id for attempt in await newsroom.attempts(post.id)}) == 3
    assert len({attempt.media_token for attempt in await newsroom.attempts(post.id)}) == 3


async def test_media_that_tiktok_could_not_fetch_are_offered_again(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    file = newsroom.app.media_dir / "ab/ready.jpg"
    content = file.read_bytes()
    begun = await newsroom.publish(post.id)
    file.unlink()
    there = newsroom.tiktok.world.posts[begun.publish_id or ""]
    await newsroom.pulled(there.publish_id)
    lifecycle.fail(newsroom.tiktok.world, there, "photo_pull_failed")
    file.write_bytes(content)
    asked_at = utcnow()
    waiting = await newsroom.follow(post.id)
    assert (waiting.state, waiting.fail_reason) == (PostState.retryable, "photo_pull_failed")
    assert asked_at + timedelta(seconds=30) < waiting.next_attempt_at < utcnow() + timedelta(seconds=61)
    await newsroom.let_pass(minutes=2)
    await newsroom.sweep()
    again = await newsroom.finish(post.id)
    assert (again.state, again.fail_reason, again.attempt) == (PostState.published, None, 2)


async def test_a_draft_is_published_when_the_creator_posts_it(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await newsroom.publish((await newsroom.make_ready(account, mode="inbox")).id)
    delivered = await newsroom.finish(post.id)
    assert delivered.state is PostState.sent_to_inbox
    assert delivered.finalized_at is not None
    asked_at = utcnow()
    assert (await newsroom.follow(post.id)).next_check_at > asked_at + timedelta(seconds=50)
    lifecycle.post_draft(newsroom.tiktok.world, newsroom.there[0])
    await newsroom.let_pass(minutes=30)
    posted = await newsroom.follow(post.id)
    assert (posted.state, len(posted.post_ids)) == (PostState.published, 1)
    assert await newsroom.way(post.id) == ["publishing", "sent_to_inbox", "published"]


async def test_a_draft_that_nobody_posts_is_left_in_the_inbox(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await newsroom.publish((await newsroom.make_ready(account, mode="inbox")).id)
    await newsroom.finish(post.id)
    await newsroom.let_pass(hours=49)
    left = await newsroom.follow(post.id)
    assert (left.state, left.next_check_at) == (PostState.sent_to_inbox, None)


LATE_WORDS = [
    said("FAILED", fail_reason="internal"),
    said("FAILED", fail_reason="spam_risk"),
    said("PROCESSING_DOWNLOAD"),
    said("SEND_TO_USER_INBOX"),
]


@pytest.mark.parametrize("state", sorted(FINAL_STATES - {PostState.sent_to_inbox}))
@pytest.mark.parametrize("word", [*LATE_WORDS, said("PUBLISH_COMPLETE")], ids=lambda word: word.status)
async def test_a_late_word_moves_no_final_state(sqlite_resources, state, word):
    post = await make_followed(sqlite_resources, state)
    await hear(sqlite_resources, post, Verdict.by_status(word))
    assert (await reread(sqlite_resources, post)).state is state
    as_it_was = post.model_copy(update={"state": PostState.publishing})
    await hear(sqlite_resources, as_it_was, Verdict.by_status(word))
    assert (await reread(sqlite_resources, post)).state is state


@pytest.mark.parametrize("word", LATE_WORDS, ids=lambda word: word.status)
async def test_a_delivered_draft_is_never_called_failed(sqlite_resources, word):
    post = await make_followed(sqlite_resources, PostState.sent_to_inbox)
    await hear(sqlite_resources, post, Verdict.by_status(word))
    assert (await reread(sqlite_resources, post)).state is PostState.sent_to_inbox


@pytest.mark.parametrize("status", ["FAILED", "PUBLISH_COMPLETE", "SEND_TO_USER_INBOX"])
async def test_an_answer_about_an_earlier_attempt_does_not_settle_the_later_one(resources, status):
    post = await make_followed(resources)
    asked = post.model_copy(update={"publish_id": "p_pub_url~v2.earlier"})
    await hear(
        resources, asked, Verdict.by_status(said(status, fail_reason="spam_risk", publicaly_available_post_id=[1]))
    )
    after = await reread(resources, post)
    assert (after.state, after.tiktok_status, after.post_ids) == (PostState.publishing, None, [])


async def test_words_about_an_unconfirmed_post_settle_it(resources):
    words = {
        PostState.published: said("PUBLISH_COMPLETE"),
        PostState.sent_to_inbox: said("SEND_TO_USER_INBOX"),
        PostState.failed: said("FAILED", fail_reason="internal"),
        PostState.cancelled: said("FAILED", fail_reason="publish_cancelled"),
    }
    for state, word in words.items():
        post = await make_followed(resources, PostState.unconfirmed)
        await hear(resources, post, Verdict.by_status(word))
        assert (await reread(resources, post)).state is state


async def test_the_same_word_twice_is_one_event(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    for _ in range(2):
        async with newsroom.app.transaction() as session:
            await settle(session, post, Verdict(Standing.published, post_ids=(str(BIG_ID),)))
    async with newsroom.app.transaction() as session:
        await settle(session, post, Verdict(Standing.failed, reason="internal"))
    assert await newsroom.way(post.id) == ["publishing", "published"]
    assert (await newsroom.post(post.id)).post_ids == [str(BIG_ID)]


async def test_cancelling_at_tiktok_ends_the_post_when_tiktok_says_so(newsroom):
    account = await newsroom.connect()
    newsroom.go(pull_delay=600)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    await decide(newsroom.app, post.id, "cancel", by="editor")
    assert (await newsroom.post(post.id)).state is PostState.publishing
    stopped = await newsroom.follow(post.id)
    assert (stopped.state, stopped.state_reason) == (PostState.cancelled, "publish_cancelled")


async def test_a_creator_who_left_is_asked_to_come_back_but_not_twice(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    lifecycle.fail(newsroom.tiktok.world, newsroom.there[0], "auth_removed")
    failed = await newsroom.follow(post.id)
    assert (failed.state, failed.fail_reason) == (PostState.failed, "auth_removed")
    assert (await newsroom.account(account.id)).state is AccountState.reconnect

    other = await make_followed(newsroom.app, account_id=account.id, publish_id="p_pub_url~v2.other")
    await newsroom.change(type(account), account.id, state=AccountState.connected, connected_at=utcnow())
    await hear(newsroom.app, other, Verdict.by_status(said("FAILED", fail_reason="auth_removed")))
    assert (await newsroom.account(account.id)).state is AccountState.connected
    assert (await newsroom.post(other.id)).state is PostState.failed


async def test_the_pictures_of_an_ended_post_are_let_go_and_kept_again_for_a_retry(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint="content_init", code="invalid_param")
    post = await newsroom.publish((await newsroom.make_ready(account)).id)

    async def delete_after():
        async with newsroom.app.read() as session:
            return (await session.exec(select(MediaAsset.delete_after))).one()

    assert post.state is PostState.failed
    assert timedelta(days=6) < await delete_after() - utcnow() < timedelta(days=8)
    await decide(newsroom.app, post.id, "retry", by="editor")
    await newsroom.work()
    assert await delete_after() is None
    async with newsroom.app.read() as session:
        grants = (await session.exec(select(MediaGrant).where(MediaGrant.owner_id == post.id))).all()
    assert sorted(grant.delete_after is None for grant in grants) == [False, True]
