"""Videos that we send ourselves: uploaded once, resumed where they stopped, sent anew only when that is safe."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.media.models import MediaFetch
from app.posts.models import Post, PostAttempt, PostKind, PostState
from app.posts.send.upload import resume_uploads, upload_video
from tests.media.videos import films
from tests.posts.support import Newsroom, open_newsroom


@pytest.fixture
async def sender(resources):
    """A newsroom that uploads its videos, on both databases (parametrized)."""
    async with open_newsroom(resources, video_source="FILE_UPLOAD") as newsroom:
        yield newsroom


@pytest.fixture
async def sqlite_sender(sqlite_resources):
    """A newsroom that uploads its videos, on SQLite."""
    async with open_newsroom(sqlite_resources, video_source="FILE_UPLOAD") as newsroom:
        yield newsroom


async def send(newsroom: Newsroom, film: bytes | None = None) -> str:
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    newsroom.origin.files["/film.mp4"] = film or films.fitting()
    post_id = await newsroom.plan(video=newsroom.origin.url("/film.mp4"), images=[])
    await newsroom.work()
    return post_id


async def story(newsroom: Newsroom, post_id: str) -> list[str]:
    return [event.why for event in await newsroom.events(post_id)]


async def go_on(newsroom: Newsroom) -> None:
    """Let the sweep find the uploads that nobody has in hand, and do them."""
    await newsroom.let_pass(seconds=40)
    await resume_uploads(newsroom.app)
    await newsroom.work()


async def test_a_video_is_uploaded_and_its_address_forgotten(sender):
    post_id = await send(sender)
    (attempt,) = await sender.attempts(post_id)
    assert attempt.upload_ended_at is not None
    assert attempt.upload_url_encrypted is None
    assert "The video is uploaded to TikTok." in await story(sender, post_id)
    post = await sender.finish(post_id)
    assert (post.state, post.kind) == (PostState.published, PostKind.video), post.state_detail
    (there,) = sender.there
    assert (there.source, there.video_url) == ("FILE_UPLOAD", None)
    assert sender.tiktok.violations == {}
    async with sender.app.read() as session:
        assert (await session.exec(sa.select(sa.func.count()).select_from(MediaFetch))).scalar_one() == 0


async def test_the_address_is_sealed_while_it_is_needed(sender):
    sender.tiktok.fail(endpoint="upload", http_status=500, raw="", times=50)
    post_id = await send_without_upload(sender)
    (attempt,) = await sender.attempts(post_id)
    assert attempt.upload_url_encrypted is not None
    assert "upload_token" not in attempt.upload_url_encrypted
    place = f"post_attempts|{attempt.id}|upload_url_encrypted"
    assert sender.app.keyring.decrypt(attempt.upload_url_encrypted, place=place).startswith(sender.tiktok.url)


async def send_without_upload(newsroom: Newsroom) -> str:
    """Bring a video to TikTok up to its init; the worker that should upload it is not there."""
    await newsroom.connect()
    newsroom.origin.files["/film.mp4"] = films.fitting()
    post_id = await newsroom.plan(video=newsroom.origin.url("/film.mp4"), images=[])
    for _ in range(3):
        await newsroom.work_at_once()
        if newsroom.queue.woken and newsroom.queue.woken[0][0] == "posts.upload":
            break
    assert [name for name, _ in newsroom.queue.woken] == ["posts.upload"]
    newsroom.queue.woken.clear()
    return post_id


async def test_an_upload_whose_worker_died_is_taken_up_by_a_sweep(sender):
    post_id = await send_without_upload(sender)
    assert (await sender.post(post_id)).state is PostState.publishing
    await go_on(sender)
    assert (await sender.finish(post_id)).state is PostState.published
    assert len(sender.there) == 1


async def test_one_worker_at_a_time_uploads(sqlite_sender):
    post_id = await send_without_upload(sqlite_sender)
    (attempt,) = await sqlite_sender.attempts(post_id)
    sqlite_sender.queue.woken.extend([("posts.upload", (attempt.id,))] * 3)
    await sqlite_sender.work_at_once()
    assert sqlite_sender.tiktok.count("upload") == 1
    assert (await sqlite_sender.finish(post_id)).state is PostState.published


async def test_an_upload_that_is_cut_goes_on(sender):
    sender.tiktok.fail(endpoint="upload", cut_after=1000)
    post_id = await send(sender)
    await go_on(sender)
    assert (await sender.finish(post_id)).state is PostState.published
    assert (len(sender.there), sender.tiktok.count("video_init")) == (1, 1)


async def test_an_upload_whose_last_answer_was_lost_is_not_sent_anew(sender):
    sender.tiktok.world.settings.upload_finished_answer = 404
    post_id = await send_without_upload(sender)
    (attempt,) = await sender.attempts(post_id)
    sealed = attempt.upload_url_encrypted
    await upload_video(sender.app, attempt.id)
    # As if the worker had died with the answer in its hand.
    await sender.change(PostAttempt, attempt.id, upload_url_encrypted=sealed, upload_ended_at=None)
    await go_on(sender)
    assert (await sender.attempts(post_id))[0].upload_url_encrypted is None
    assert (await sender.finish(post_id)).state is PostState.published
    assert (len(sender.there), sender.tiktok.count("video_init")) == (1, 1)


async def test_a_dead_address_is_followed_by_a_new_attempt(sender):
    post_id = await send_without_upload(sender)
    (there,) = sender.there
    there.upload.expired = True
    await go_on(sender)
    post = await sender.post(post_id)
    assert (post.state, post.state_reason) == (PostState.retryable, "upload_failed"), post.state_detail
    (attempt,) = await sender.attempts(post_id)
    assert (attempt.error_code, attempt.upload_url_encrypted) == ("upload_expired", None)
    await sender.let_pass(seconds=1)
    await sender.sweep()
    post = await sender.post(post_id)
    assert (post.state, post.attempt) == (PostState.publishing, 2), post.state_detail
    assert (await sender.finish(post_id)).state is PostState.published
    assert [post.stage for post in sender.there].count("complete") == 1


async def test_an_hour_that_passed_without_an_upload_is_followed_by_a_new_attempt(sender):
    post_id = await send_without_upload(sender)
    await sender.let_pass(minutes=63)
    await go_on(sender)
    assert (await sender.post(post_id)).state in {PostState.retryable, PostState.publishing}
    await sender.sweep()
    assert (await sender.post(post_id)).attempt == 2
    assert (await sender.finish(post_id)).state is PostState.published
    assert [post.stage for post in sender.there].count("complete") == 1


async def test_uploads_that_never_succeed_end_with_a_person(sqlite_sender):
    post_id = await send_without_upload(sqlite_sender)
    await sqlite_sender.change(PostAttempt, (await sqlite_sender.attempts(post_id))[0].id, number=3)
    await sqlite_sender.change(Post, post_id, attempt=3)
    sqlite_sender.there[0].upload.expired = True
    await go_on(sqlite_sender)
    post = await sqlite_sender.post(post_id)
    assert (post.state, post.fail_reason) == (PostState.failed, "upload_failed")
    assert "connection" in (post.fail_help or "")


async def test_a_cancelled_post_is_uploaded_no_further(sqlite_sender):
    post_id = await send_without_upload(sqlite_sender)
    await sqlite_sender.change(Post, post_id, state=PostState.unconfirmed)
    await go_on(sqlite_sender)
    assert sqlite_sender.tiktok.count("upload") == 0


async def test_a_draft_is_uploaded_too(sqlite_resources):
    async with open_newsroom(sqlite_resources, video_source="FILE_UPLOAD") as newsroom:
        await newsroom.connect(mode="inbox")
        newsroom.origin.files["/film.mp4"] = films.fitting()
        post_id = await newsroom.plan(video=newsroom.origin.url("/film.mp4"), images=[])
        await newsroom.work()
        assert (await newsroom.finish(post_id)).state is PostState.sent_to_inbox


async def test_no_address_to_upload_to_means_no_post_and_another_try(sqlite_sender):
    body = '{"data":{"publish_id":"v_pub_file~v2-1.777"},"error":{"code":"ok","message":"","log_id":"1"}}'
    sqlite_sender.tiktok.fail(endpoint="video_init", raw=body, http_status=200, content_type="application/json")
    post_id = await send(sqlite_sender)
    post = await sqlite_sender.post(post_id)
    assert (post.state, post.state_reason) == (PostState.retryable, "no_upload_url")
    async with sqlite_sender.app.read() as session:
        rows = await session.exec(sa.select(col(PostAttempt.outcome)))
        assert [row[0] for row in rows] == ["refused"]
