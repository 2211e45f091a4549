"""What looks like proof and is none, and traces that are easily missed: neither may make a second post of one."""

import asyncio
import json
import time
from datetime import timedelta
from functools import partial

import httpx
import pytest

from app.accounts.models import PublishMode
from app.accounts.tokens.credentials import webhook_secrets
from app.emulator import lifecycle
from app.kit.clock import utcnow
from app.media.models import MediaFetch
from app.media.service import log_fetch, public_urls
from app.posts.attempt_outcomes import settle_attempt
from app.posts.attempts import begin_attempt, fence_off_lost
from app.posts.face.decisions import decide
from app.posts.models import Post, PostState
from app.posts.schemas_decisions import PostResolve
from app.posts.transitions import new_lease
from app.posts.unconfirmed import no_trace
from app.posts.unconfirmed.evidence import gather_evidence
from app.posts.unconfirmed.no_trace import judge_silence
from app.posts.unconfirmed.traces import read_case, read_list
from app.tiktok import models
from app.tiktok.init import InitOutcomeUnknown
from app.webhooks.inbox import SecretFinder, receive_event
from tests.posts.unconfirmed.lost import CUT_AFTER, CUT_BEFORE, look, lose
from tests.webhooks.support import make_event, sign, tell

BY = "editor@newsroom.example"


async def tell_timeless(newsroom, account, publish_id):
    """An event that does not say when it was made."""
    body = json.loads(make_event("post.publish.complete", account.open_id, {"publish_id": publish_id},
                                 client_key=newsroom.app.settings.client_key))  # fmt: skip
    del body["create_time"]
    raw = json.dumps(body).encode()
    signature = sign(newsroom.app.settings.client_secret.get_secret_value(), raw)
    await receive_event(newsroom.app, raw, signature, SecretFinder(partial(webhook_secrets, newsroom.app)))


# TikTok's events.


async def test_an_event_without_a_time_that_came_during_the_init_still_proves_it(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    lease = new_lease()
    post = await newsroom.change(Post, post.id, **lease)
    attempt = await begin_attempt(newsroom.app, post, lease["lease_token"])
    assert attempt is not None
    await tell_timeless(newsroom, account, "p_early")
    await newsroom.work()
    await settle_attempt(newsroom.app, attempt, InitOutcomeUnknown("timeout"), failures=0, first_check_seconds=5)
    post = await look(newsroom, post.id)
    assert (post.state, post.publish_id) == (PostState.published, "p_early")


async def test_an_event_that_nobody_has_weighed_yet_is_heard_before_silence_is_judged(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await tell(hasty.app, "post.publish.complete", account.open_id, publish_id="p_new")
    hasty.queue.woken.clear()
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.publish_id, hasty.inits) == (PostState.published, "p_new", 1)


async def test_an_event_by_a_clock_that_is_behind_ours_speaks_against_sending_again(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await tell(hasty.app, "post.publish.complete", account.open_id, publish_id="p_new", created_at=time.time() - 120)
    await hasty.work()
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.state_reason, hasty.inits) == (PostState.unconfirmed, "no_trace", 1)
    assert "may be this one" in post.state_detail


# Media that TikTok has fetched, or is fetching.


async def test_a_fetch_in_the_moment_in_which_silence_is_judged_is_either_seen_or_refused(hasty):
    account = await hasty.connect()
    for number in range(3):
        post = await lose(hasty, account, path=f"ab/{number}.jpg", title=str(number), fault=CUT_BEFORE)
        attempt = (await hasty.attempts(post.id))[0]
        await hasty.let_pass(seconds=0.6)
        case = await read_case(hasty.app, post.id)
        assert case is not None
        fetch = MediaFetch(token=attempt.media_token, position=0, method="GET", status=200)
        was_let_in, _ = await asyncio.gather(log_fetch(hasty.app, fetch), judge_silence(hasty.app, case, serving=True))
        state = (await hasty.post(post.id)).state
        assert state is (PostState.unconfirmed if was_let_in else PostState.queued)
        hasty.queue.woken.clear()


async def test_a_fetch_that_came_in_before_the_media_were_closed_takes_the_judgement_back(hasty, monkeypatch):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    (attempt,) = await hasty.attempts(post.id)
    await hasty.let_pass(seconds=0.6)

    async def come_in_before(session, post_id):
        session.add(MediaFetch(token=attempt.media_token, position=0, method="GET", status=200))
        await session.flush()
        await fence_off_lost(session, post_id)

    monkeypatch.setattr(no_trace, "fence_off_lost", come_in_before)
    case = await read_case(hasty.app, post.id)
    assert case is not None
    await judge_silence(hasty.app, case, serving=True)
    assert (await hasty.post(post.id)).state is PostState.unconfirmed
    assert [one.evidence for one in await hasty.attempts(post.id)] == [None]


async def test_silence_about_an_attempt_is_no_silence_about_the_next(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await hasty.let_pass(seconds=0.6)
    as_it_was = await read_case(hasty.app, post.id)
    assert as_it_was is not None
    await decide(hasty.app, post.id, "retry", by=BY)
    hasty.tiktok.fail(**CUT_AFTER)
    await hasty.work()
    assert (await hasty.post(post.id)).state is PostState.unconfirmed
    await judge_silence(hasty.app, as_it_was, serving=True)
    assert (await hasty.post(post.id)).state is PostState.unconfirmed
    assert [a.evidence for a in await hasty.attempts(post.id)] == [None, None]


async def test_the_media_of_a_post_that_is_said_not_to_be_there_are_closed_before_it_is_sent_again(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict="not_posted"), by=BY)
    await decide(newsroom.app, post.id, "retry", by=BY)
    (lost,) = await newsroom.attempts(post.id)
    (address,) = public_urls(newsroom.app.settings, lost.media_token, 1)
    async with httpx.AsyncClient() as tiktok:
        assert (await tiktok.get(address)).status_code == 404


# The account's list.


async def test_a_listed_post_that_may_be_anothers_puts_off_the_verdict(hasty):
    account = await hasty.connect(privacy_level="PUBLIC_TO_EVERYONE")
    hasty.go(moderation_hours=1)
    other = await hasty.make_publishing(account)
    there = hasty.tiktok.world.posts[other.publish_id]
    there.post_ids, there.completed_at = [7602997517160123666], time.time() + 1
    lost = await lose(
        hasty, account, path="ab/lost.jpg", title=other.title, description=other.description, fault=CUT_BEFORE
    )
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, lost.id)
    assert (post.state, hasty.inits) == (PostState.unconfirmed, 2)
    assert (await hasty.attempts(lost.id))[0].evidence is None


async def test_a_list_that_does_not_reach_back_to_the_attempt_proves_no_silence(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    there = newsroom.tiktok.world.posts[(await newsroom.make_publishing(account)).publish_id]
    there.title, there.description = "Another", ""
    there.post_ids, there.completed_at = list(range(7_602_997_517_160_123_000, 7_602_997_517_160_123_025)), time.time()
    case = await read_case(newsroom.app, post.id)
    assert case is not None
    assert not (await read_list(newsroom.app, case)).is_complete
    there.post_ids = there.post_ids[:5]
    assert (await read_list(newsroom.app, case)).is_complete


async def test_a_post_found_in_the_list_after_it_was_sent_again_warns_of_two(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await lose(newsroom, account, fault=CUT_AFTER)
    (there,) = newsroom.there
    await newsroom.pulled(there.publish_id)
    lifecycle.start(newsroom.tiktok.world, there)
    as_it_was = await read_case(newsroom.app, post.id)
    assert as_it_was is not None
    await decide(newsroom.app, post.id, "retry", by=BY)
    await decide(newsroom.app, post.id, "dismiss", by=BY)
    await read_list(newsroom.app, as_it_was)
    post = await newsroom.post(post.id)
    assert (post.state, post.alert) == (PostState.queued, "perhaps_twice")


@pytest.mark.parametrize("is_looked_for", [False, True])
async def test_whoever_sends_again_what_tiktok_has_fetched_is_warned_of_two(newsroom, is_looked_for):
    """TikTok's own word on the first may find no owner among several lost ones: nobody would say it later."""
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_AFTER)
    await newsroom.pulled(newsroom.there[0].publish_id)
    if is_looked_for:
        assert (await look(newsroom, post.id)).state_reason == "accepted_without_id"
    await decide(newsroom.app, post.id, "retry", by=BY)
    assert (await newsroom.post(post.id)).alert == "perhaps_twice"
    newsroom.tiktok.fail(endpoint="content_init", redirect="https://elsewhere.example/")
    post = await newsroom.publish(post.id)
    assert (post.state, post.alert) == (PostState.failed, "perhaps_twice")
    assert "attempt 1" in " ".join(event.why for event in await newsroom.events(post.id))


@pytest.mark.parametrize("is_lost", [True, False])
async def test_whoever_sends_again_what_tiktok_does_not_have_is_warned_of_nothing(newsroom, is_lost):
    account = await newsroom.connect()
    if is_lost:
        post = await lose(newsroom, account, fault=CUT_BEFORE)
    else:
        newsroom.go(fail_reason="picture_size_check_failed")
        post = await newsroom.finish((await newsroom.make_publishing(account)).id)
        assert post.state is PostState.failed
    await decide(newsroom.app, post.id, "retry", by=BY)
    post = await newsroom.post(post.id)
    assert (post.state, post.alert) == (PostState.queued, None)


async def test_a_nameless_post_does_not_take_the_name_of_another_with_the_same_description(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    newsroom.go(post_id_after=9000)
    shared = "Жаңалықтар күн сайын. #AIMAK #жаңалықтар"
    first, second = [
        await newsroom.publish((await newsroom.make_ready(account, path=f"ab/{n}.jpg", title=title,
                                                          description=shared)).id)
        for n, title in enumerate(("Жаңа мектеп ашылды", "Көпір жөнделді"))
    ]  # fmt: skip
    for post in (first, second):
        assert (await newsroom.finish(post.id)).state is PostState.published
    there = newsroom.tiktok.world.posts[second.publish_id]
    there.post_ids = [7602997517160123666]
    assert (await newsroom.follow(first.id)).post_ids == []
    assert (await newsroom.follow(second.id)).post_ids == ["7602997517160123666"]


async def test_a_post_that_was_adopted_late_is_found_by_when_it_was_sent(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    newsroom.go(post_id_after=9000)
    post = await newsroom.finish((await newsroom.make_publishing(account)).id)
    await newsroom.change(Post, post.id, publishing_since=utcnow() + timedelta(minutes=10))
    there = newsroom.tiktok.world.posts[post.publish_id]
    listed = vars(there).copy()
    assert listed["post_ids"] == []
    newsroom.tiktok.world.posts_by_account[account.open_id].append(
        type(there)(**{**listed, "publish_id": "p_listed", "post_ids": [7602997517160123666]})
    )
    assert (await newsroom.follow(post.id)).post_ids == ["7602997517160123666"]


# What comes days later, or too early.


async def test_a_draft_that_is_posted_days_later_still_gets_its_public_id(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await newsroom.publish((await newsroom.make_ready(account, mode="inbox")).id)
    await newsroom.finish(post.id)
    await newsroom.let_pass(hours=70)
    assert (await newsroom.follow(post.id)).next_check_at is None
    lifecycle.post_draft(newsroom.tiktok.world, newsroom.there[0])
    await tell(newsroom.app, "post.publish.complete", account.open_id, publish_id=post.publish_id)
    await newsroom.work()
    posted = await newsroom.post(post.id)
    assert (posted.state, posted.post_ids) == (PostState.published, [])
    assert posted.next_check_at is not None
    assert len((await newsroom.follow(post.id)).post_ids) == 1


async def test_a_number_that_tiktok_does_not_know_yet_is_asked_about_again(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    newsroom.tiktok.fail(endpoint="status_fetch", code="invalid_publish_id")
    assert (await newsroom.follow(post.id)).state is PostState.unconfirmed
    await newsroom.let_pass(minutes=1)
    await gather_evidence(newsroom.app)
    assert ((await newsroom.post(post.id)).state, newsroom.inits) == (PostState.published, 1)


async def test_a_word_that_nobody_knows_brings_a_post_back_to_those_that_are_followed(newsroom, monkeypatch):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(
        account, state=PostState.unconfirmed, state_reason="no_verdict", next_check_at=None
    )
    newsroom.tiktok.world.posts[post.publish_id].stage = "pulling"
    monkeypatch.delitem(models.PHASES, "PROCESSING_DOWNLOAD")
    await decide(newsroom.app, post.id, "check", by=BY)
    post = await newsroom.post(post.id)
    assert (post.state, post.tiktok_status) == (PostState.publishing, "PROCESSING_DOWNLOAD")
