"""A FILE_UPLOAD whose init lost its answer: nobody knows where its bytes go, so it can never become a post."""

import pytest
from sqlmodel import select

from app.kit.clock import utcnow
from app.posts.attempt_outcomes import settle_attempt
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.send.upload import resume_uploads
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from app.tiktok.init import InitAccepted
from tests.media.videos import films
from tests.posts.support import Newsroom, open_newsroom
from tests.posts.unconfirmed.lost import look
from tests.webhooks.support import tell

LOST_AFTER = {"endpoint": "video_init", "cut": True, "phase": "after"}
LOST_BEFORE = {"endpoint": "video_init", "cut": True, "phase": "before"}
NAMED = '{"data":{"publish_id":"v_pub_file~v2-1.777"},"error":{"code":"internal","message":"","log_id":"1"}}'
CONTRADICTORY = {"endpoint": "video_init", "raw": NAMED, "http_status": 200, "content_type": "application/json"}


@pytest.fixture
async def sender(resources):
    """A newsroom that uploads its videos, on both databases (parametrized)."""
    async with open_newsroom(resources, video_source="FILE_UPLOAD") as newsroom:
        yield newsroom


async def lose(newsroom: Newsroom, fault: dict[str, object]) -> Post:
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE", resend_after_no_trace=False)
    newsroom.origin.files["/film.mp4"] = films.fitting()
    newsroom.tiktok.fail(**fault)
    post_id = await newsroom.plan(video=newsroom.origin.url("/film.mp4"), images=[])
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, newsroom.tiktok.count("video_init")) == (PostState.unconfirmed, 1)
    return post


@pytest.mark.parametrize("fault", [LOST_AFTER, LOST_BEFORE, CONTRADICTORY])
async def test_it_is_sent_anew_after_a_minute_and_posted_once(sender, fault):
    lost = await lose(sender, fault)
    waiting = await look(sender, lost.id)
    assert (waiting.state, waiting.publish_id) == (PostState.unconfirmed, None)
    assert waiting.next_check_at is not None
    assert waiting.next_check_at > utcnow()
    await sender.let_pass(seconds=61)
    assert (await look(sender, lost.id)).state is PostState.queued
    await sender.work()
    post = await sender.finish(lost.id)
    assert (post.state, post.attempt) == (PostState.published, 2), post.state_detail
    assert [there.stage for there in sender.there].count("complete") == 1
    first, second = await sender.attempts(lost.id)
    assert (first.outcome, first.evidence, first.by_upload) == (AttemptOutcome.unknown, "no_upload", True)
    assert second.outcome is AttemptOutcome.accepted
    why = [event.why for event in await sender.events(lost.id)]
    assert any("the address for the video's bytes was lost" in line and "(1 of 2)" in line for line in why)
    assert sender.tiktok.violations == {}


async def test_after_two_more_lost_answers_a_person_looks_at_it(sender):
    lost = await lose(sender, LOST_BEFORE)
    for _ in range(2):
        sender.tiktok.fail(**LOST_BEFORE)
        await sender.let_pass(seconds=61)
        assert (await look(sender, lost.id)).state is PostState.queued
        await sender.work()
    await sender.let_pass(seconds=61)
    post = await look(sender, lost.id)
    assert (post.state, post.fail_reason) == (PostState.failed, "upload_failed")
    assert "nothing was posted" in (post.fail_help or "")
    assert sender.tiktok.count("video_init") == 3


async def test_an_answer_that_comes_after_it_was_given_up_uploads_nothing(sender):
    lost = await lose(sender, LOST_BEFORE)
    (attempt,) = await sender.attempts(lost.id)
    await sender.let_pass(seconds=61)
    await look(sender, lost.id)
    late = InitAccepted("v_pub_file~v2-1.5", "log", upload_url=f"{sender.tiktok.url}/upload/?upload_token=late")
    await settle_attempt(sender.app, attempt, late, failures=0, first_check_seconds=5)
    await sender.work()
    await resume_uploads(sender.app)
    await sender.work()
    first, second = await sender.attempts(lost.id)
    assert (first.upload_url_encrypted, first.evidence) == (None, "no_upload")
    post = await sender.post(lost.id)
    assert (post.alert, post.publish_id) == (None, second.publish_id)
    assert sender.tiktok.count("upload") == 1
    why = [event.why for event in await sender.events(lost.id)]
    assert any("nothing was uploaded, so nothing was posted by it" in line for line in why)


async def test_an_answer_that_comes_before_it_is_given_up_is_taken(sender):
    lost = await lose(sender, LOST_AFTER)
    (attempt,), (there,) = await sender.attempts(lost.id), sender.there
    address = f"{sender.tiktok.url}/upload/?upload_token=too-late-to-know"
    late = InitAccepted(there.publish_id, "log", upload_url=address)
    await settle_attempt(sender.app, attempt, late, failures=0, first_check_seconds=5)
    assert (await sender.post(lost.id)).state is PostState.publishing
    await sender.let_pass(seconds=61)
    assert (await look(sender, lost.id)).state is PostState.publishing
    assert len(await sender.attempts(lost.id)) == 1


async def test_an_upload_whose_worker_died_with_the_answer_in_its_hand_is_sent_anew(sender):
    lost = await lose(sender, LOST_AFTER)
    sending = {"outcome": AttemptOutcome.sending, "error_code": None, "ended_at": None}
    (attempt,) = await sender.attempts(lost.id)
    await sender.change(PostAttempt, attempt.id, **sending)
    await sender.change(Post, lost.id, state=PostState.queued, is_sending=True)
    await sender.let_pass(seconds=61)
    await reconcile_posts(sender.app)
    assert (await sender.post(lost.id)).state_reason == "worker_lost"
    assert (await look(sender, lost.id)).state is PostState.queued
    await sender.work()
    assert (await sender.finish(lost.id)).state is PostState.published


async def test_after_a_restore_nobody_knows_what_became_of_the_bytes(sender):
    """The upload may have happened after the backup was made."""
    lost = await lose(sender, LOST_AFTER)
    (attempt,) = await sender.attempts(lost.id)
    await sender.change(PostAttempt, attempt.id, is_watch_broken=True)
    await sender.let_pass(minutes=90)
    post = await look(sender, lost.id)
    assert (post.state, post.state_reason) == (PostState.unconfirmed, "no_trace")
    assert sender.tiktok.count("video_init") == 1


async def test_tiktoks_word_about_another_post_is_not_taken_for_one_about_an_upload_that_was_given_up(sender):
    lost = await lose(sender, LOST_BEFORE)
    account = await sender.account(lost.account_id)
    await sender.let_pass(seconds=61)
    await look(sender, lost.id)
    sender.queue.woken.clear()
    await tell(sender.app, "post.publish.complete", account.open_id, publish_id="v_pub_file~v2-1.other")
    await sender.work()
    post = await sender.post(lost.id)
    assert (post.state, post.alert) == (PostState.queued, None)
    async with sender.app.read() as session:
        assert (await session.exec(select(PostAttempt.outcome))).all() == [AttemptOutcome.unknown]
