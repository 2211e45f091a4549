"""An init whose answer was lost: what proves that TikTok has the post, what proves the contrary, and what neither."""

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from app.accounts.models import Account, PublishMode
from app.emulator.lifecycle import start
from app.kit.clock import utcnow
from app.media.models import MediaFetch
from app.media.service import public_urls
from app.posts.attempt_outcomes import UNCONFIRMED_DETAIL, settle_attempt
from app.posts.attempts import begin_attempt
from app.posts.face.decisions import decide
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.schemas_decisions import PostResolve
from app.posts.transitions import new_lease
from app.posts.unconfirmed.evidence import interval_for
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from app.tiktok.catalogue import explain_error
from app.tiktok.init import InitAccepted, InitNotSent, InitRefused
from tests.posts.support import open_newsroom
from tests.posts.unconfirmed.lost import CUT_BEFORE, look, lose
from tests.webhooks.support import tell


async def last_attempt(newsroom, post_id):
    return (await newsroom.attempts(post_id))[-1]


async def test_a_lost_answer_is_looked_into_at_once(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account)
    assert post.state_detail == UNCONFIRMED_DETAIL
    assert post.next_check_at <= utcnow()


async def test_tiktoks_requests_for_the_media_prove_that_it_has_the_post(newsroom):
    account = await newsroom.connect(scopes=("user.info.basic", "video.publish"))
    post = await lose(newsroom, account)
    (there,) = newsroom.there
    await newsroom.pulled(there.publish_id)
    post = await look(newsroom, post.id)
    assert (post.state, post.state_reason) == (PostState.unconfirmed, "accepted_without_id")
    attempt = await last_attempt(newsroom, post.id)
    assert (attempt.outcome, attempt.evidence, attempt.publish_id) == (AttemptOutcome.accepted, "media", None)
    assert "came for its media" in (await newsroom.events(post.id))[-1].why
    lines = len(await newsroom.events(post.id))
    await look(newsroom, post.id)
    assert len(await newsroom.events(post.id)) == lines


async def test_our_own_looks_at_the_media_prove_nothing(newsroom):
    account = await newsroom.connect(scopes=("user.info.basic", "video.publish"))
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    async with newsroom.app.transaction() as session:
        token = (await last_attempt(newsroom, post.id)).media_token
        session.add(MediaFetch(token=token, position=0, method="GET", status=200, is_ours=True))
    post = await look(newsroom, post.id)
    assert (post.state, (await last_attempt(newsroom, post.id)).outcome) == (
        PostState.unconfirmed, AttemptOutcome.unknown,
    )  # fmt: skip


async def test_a_post_that_stands_in_the_accounts_list_is_published(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await lose(newsroom, account)
    (there,) = newsroom.there
    await newsroom.pulled(there.publish_id)
    start(newsroom.tiktok.world, there)
    post = await look(newsroom, post.id)
    assert (post.state, post.post_ids) == (PostState.published, [str(there.post_ids[0])])
    assert post.post_ids[0] in post.share_url
    assert "list of posts" in (await newsroom.events(post.id))[-1].why
    assert newsroom.inits == 1


async def test_of_two_lost_posts_with_one_text_the_list_proves_neither(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    lost = await lose(newsroom, account, fault=CUT_BEFORE, path="ab/1.jpg")
    there = await lose(newsroom, account, path="ab/2.jpg")
    await newsroom.pulled(newsroom.there[0].publish_id)
    assert (await look(newsroom, lost.id)).state is PostState.unconfirmed
    assert (await look(newsroom, there.id)).state is PostState.unconfirmed


async def test_no_trace_in_the_whole_window_sends_the_post_again_with_new_addresses(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.next_check_at) == (PostState.queued, None)
    await hasty.work()
    first, second = await hasty.attempts(post.id)
    assert (first.outcome, first.evidence) == (AttemptOutcome.unknown, "none")
    assert second.outcome is AttemptOutcome.accepted
    assert first.media_token != second.media_token
    assert len(hasty.there) == 1
    # Whatever becomes of the first one after all cannot become a second post: its pictures are gone.
    closed, served = [public_urls(hasty.app.settings, token, 1)[0] for token in (first.media_token, second.media_token)]
    async with httpx.AsyncClient() as tiktok:
        assert [(await tiktok.get(address)).status_code for address in (closed, served)] == [404, 200]
    why = [event.why for event in await hasty.events(post.id)]
    assert any("sent again, with new addresses (1 of 2)" in line for line in why)


async def test_before_the_window_ends_nothing_is_sent_again(resources):
    async with open_newsroom(resources, pull_window_seconds=600) as newsroom:
        account = await newsroom.connect()
        post = await lose(newsroom, account, fault=CUT_BEFORE)
        for _ in range(3):
            post = await look(newsroom, post.id)
            assert (post.state, newsroom.inits) == (PostState.unconfirmed, 1)
            attempt = await last_attempt(newsroom, post.id)
            assert (attempt.evidence, attempt.is_watch_broken) == (None, False)
            assert post.next_check_at > utcnow()
            await newsroom.let_pass(minutes=4)
        assert (await look(newsroom, post.id)).state is PostState.queued


async def test_an_account_that_does_not_want_it_keeps_the_post_and_says_so(hasty):
    account = await hasty.connect(resend_after_no_trace=False)
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.state_reason) == (PostState.unconfirmed, "no_trace")
    assert "switched off for this account" in post.state_detail
    assert (await look(hasty, post.id)).state is PostState.unconfirmed
    assert hasty.inits == 1


async def test_after_two_silent_resends_a_person_decides(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    for _ in range(2):
        hasty.tiktok.fail(**CUT_BEFORE)
        await hasty.let_pass(seconds=0.6)
        assert (await look(hasty, post.id)).state is PostState.queued
        await hasty.work()
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.state_reason, hasty.inits) == (PostState.unconfirmed, "no_trace", 3)
    assert "sent again twice already" in post.state_detail


async def test_silence_proves_nothing_while_our_own_address_does_not_answer(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    hasty.app.settings.public_url = "http://127.0.0.1:9"
    await hasty.let_pass(seconds=0.6)
    post = await look(hasty, post.id)
    assert (post.state, post.state_reason, hasty.inits) == (PostState.unconfirmed, "no_trace", 1)
    assert "proves nothing" in post.state_detail


async def test_silence_proves_nothing_after_a_time_in_which_nobody_watched(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    await look(newsroom, post.id)
    await newsroom.let_pass(minutes=75)
    await newsroom.change(Account, account.id, expires_at=utcnow() + timedelta(hours=1))
    post = await look(newsroom, post.id)
    assert (post.state, post.state_reason, newsroom.inits) == (PostState.unconfirmed, "no_trace", 1)
    assert "proves nothing" in post.state_detail


async def test_silence_proves_nothing_while_tiktok_speaks_of_a_post_that_may_be_this_one(hasty):
    account = await hasty.connect()
    first = await lose(hasty, account, fault=CUT_BEFORE, path="ab/1.jpg", title="One")
    second = await lose(hasty, account, fault=CUT_BEFORE, path="ab/2.jpg", title="Two")
    await tell(hasty.app, "post.publish.complete", account.open_id, publish_id="p_unknown")
    await hasty.work()
    await hasty.let_pass(seconds=0.6)
    for post in (first, second):
        judged = await look(hasty, post.id)
        assert (judged.state, judged.state_reason) == (PostState.unconfirmed, "no_trace")
        assert "may be this one" in judged.state_detail
    assert hasty.inits == 2


async def test_an_unreadable_list_postpones_the_verdict(hasty):
    account = await hasty.connect()
    post = await lose(hasty, account, fault=CUT_BEFORE)
    await hasty.let_pass(seconds=0.6)
    hasty.tiktok.fail(endpoint="video_list", code="internal_error", http_status=500, times=3)
    post = await look(hasty, post.id)
    assert (post.state, post.state_reason == "no_trace") == (PostState.unconfirmed, False)
    hasty.tiktok.world.faults.waiting.clear()
    assert (await look(hasty, post.id)).state is PostState.queued


async def test_a_number_that_a_contradictory_answer_named_is_asked_about(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account)
    (there,) = newsroom.there
    await newsroom.pulled(there.publish_id)
    attempt = await last_attempt(newsroom, post.id)
    await newsroom.change(PostAttempt, attempt.id, publish_id=there.publish_id)
    post = await look(newsroom, post.id)
    assert (post.state, post.publish_id) == (PostState.published, there.publish_id)
    attempt = await last_attempt(newsroom, post.id)
    assert (attempt.outcome, attempt.evidence) == (AttemptOutcome.accepted, "answer")


async def test_a_number_that_tiktok_does_not_know_is_not_believed(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    attempt = await last_attempt(newsroom, post.id)
    await newsroom.change(PostAttempt, attempt.id, publish_id="p_pub_url~v2.nobody")
    post = await look(newsroom, post.id)
    attempt = await last_attempt(newsroom, post.id)
    assert (post.state, attempt.outcome, attempt.publish_id) == (PostState.unconfirmed, AttemptOutcome.unknown, None)


async def orphan(newsroom, account):
    """An attempt whose worker was given up, and that may answer yet."""
    post = await newsroom.make_ready(account)
    lease = new_lease()
    post = await newsroom.change(Post, post.id, **lease)
    attempt = await begin_attempt(newsroom.app, post, lease["lease_token"])
    async with newsroom.app.transaction() as session:
        moved = utcnow() - timedelta(seconds=90)
        await session.exec(sa.update(PostAttempt).values(started_at=moved))
        await session.exec(sa.update(Post).values(lease_until=moved))
    await reconcile_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.unconfirmed
    return attempt


async def settle(newsroom, attempt, outcome):
    await settle_attempt(newsroom.app, attempt, outcome, failures=0, first_check_seconds=5)
    return await newsroom.post(attempt.post_id), await last_attempt(newsroom, attempt.post_id)


async def test_a_late_acceptance_is_followed(newsroom):
    attempt = await orphan(newsroom, await newsroom.connect())
    post, attempt = await settle(newsroom, attempt, InitAccepted("p1"))
    assert (post.state, post.publish_id) == (PostState.publishing, "p1")
    assert (attempt.outcome, attempt.evidence) == (AttemptOutcome.accepted, "answer")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (InitRefused(explain_error("invalid_param"), 400), PostState.failed),
        (InitRefused(explain_error("spam_risk_too_many_posts"), 200), PostState.scheduled),
        (InitNotSent("connection_refused"), PostState.retryable),
    ],
)
async def test_a_late_no_settles_the_post_as_one_in_time_would(newsroom, outcome, state):
    attempt = await orphan(newsroom, await newsroom.connect())
    post, attempt = await settle(newsroom, attempt, outcome)
    assert (post.state, post.next_check_at) == (state, None)
    assert (attempt.outcome, attempt.evidence) != (AttemptOutcome.unknown, None)
    assert "did not take the post" in " ".join(event.why for event in await newsroom.events(post.id))


async def test_a_late_acceptance_of_a_post_that_was_sent_again_warns_of_two(newsroom):
    account = await newsroom.connect()
    attempt = await orphan(newsroom, account)
    await decide(newsroom.app, attempt.post_id, "retry", by="editor@newsroom.example")
    await newsroom.work()
    post, _ = await settle(newsroom, attempt, InitAccepted("p_first"))
    assert (post.alert, post.publish_id == "p_first") == ("perhaps_twice", False)
    assert "may be there twice" in (await newsroom.events(post.id))[-1].why


async def test_a_late_no_does_not_touch_a_post_that_was_sent_again(newsroom):
    account = await newsroom.connect()
    attempt = await orphan(newsroom, account)
    await decide(newsroom.app, attempt.post_id, "retry", by="editor@newsroom.example")
    await newsroom.work()
    before = await newsroom.post(attempt.post_id)
    post, _ = await settle(newsroom, attempt, InitRefused(explain_error("invalid_param"), 400))
    assert (post.state, post.publish_id, post.alert) == (PostState.publishing, before.publish_id, None)


async def test_a_person_can_have_a_post_looked_for_after_two_days(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.make_publishing(
        account, state=PostState.unconfirmed, state_reason="no_verdict", next_check_at=None
    )
    await decide(newsroom.app, post.id, "check", by="editor@newsroom.example")
    post = await newsroom.post(post.id)
    assert post.state is PostState.published
    assert "editor@newsroom.example asked to look once more." in [e.why for e in await newsroom.events(post.id)]


async def test_looking_once_more_says_when_there_is_nothing_new(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    await decide(newsroom.app, post.id, "check", by="editor@newsroom.example")
    assert (await newsroom.events(post.id))[-1].why == "Looked once more: there is nothing new."


async def test_a_post_that_tiktok_still_works_on_is_followed_again(newsroom):
    account = await newsroom.connect()
    newsroom.go(moderation_hours=60)
    post = await newsroom.make_publishing(
        account, state=PostState.unconfirmed, state_reason="no_verdict", next_check_at=None
    )
    await decide(newsroom.app, post.id, "check", by="editor@newsroom.example")
    post = await newsroom.post(post.id)
    assert post.state is PostState.publishing
    assert utcnow() - post.publishing_since < timedelta(minutes=1)


async def test_a_persons_link_names_the_public_post(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account, fault=CUT_BEFORE)
    url = "https://www.tiktok.com/@aimaq/photo/7602997517160123666"
    word = PostResolve.model_validate({"verdict": "posted", "url": f"{url}?lang=kk"})
    await decide(newsroom.app, post.id, "resolve", word, by="editor@newsroom.example")
    post, attempt = await newsroom.post(post.id), await last_attempt(newsroom, post.id)
    assert (post.state, post.post_ids, post.share_url) == (PostState.published, ["7602997517160123666"], url)
    assert (attempt.outcome, attempt.evidence) == (AttemptOutcome.accepted, "person")


async def test_traces_are_no_longer_looked_for_after_two_days(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await lose(newsroom, account, fault=CUT_BEFORE, mode="inbox")
    await newsroom.let_pass(hours=49)
    post = await look(newsroom, post.id)
    assert (post.state, post.next_check_at) == (PostState.unconfirmed, None)
    assert "no longer looked for" in (await newsroom.events(post.id))[-1].why


def test_looks_grow_rare_but_not_past_the_end_of_the_window(sqlite_settings):
    def seconds(**age):
        return interval_for(timedelta(**age), sqlite_settings).total_seconds()

    assert [seconds(seconds=5), seconds(minutes=5), seconds(minutes=30), seconds(hours=5)] == [5, 15, 60, 600]
    assert seconds(seconds=4190) == 10
