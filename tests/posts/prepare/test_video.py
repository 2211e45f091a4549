"""An article with a video becomes a video post: fetched, made to fit, served or uploaded, followed."""

import asyncio
from functools import partial

import pytest

from app.accounts.models import PublishMode
from app.media.service import list_assets, public_urls
from app.posts import lease
from app.posts.models import Post, PostKind, PostState
from app.posts.prepare import video
from app.posts.send.publish import publish_post
from tests.media.videos import films
from tests.posts.support import open_newsroom
from tests.support.waiting import eventually


async def plan_film(newsroom, film: bytes, *, path: str = "/film.mp4", images: tuple[str, ...] = (), **data) -> str:
    """Publish an article with this video."""
    newsroom.origin.files[path] = film
    post_id: str = await newsroom.plan(
        video=newsroom.origin.url(path), images=[newsroom.origin.url(image) for image in images], **data
    )
    return post_id


async def film_of(newsroom, post_id: str):
    async with newsroom.app.read() as session:
        (asset,) = await list_assets(session, post_id)
    return asset


async def story(newsroom, post_id: str) -> list[str]:
    return [event.why for event in await newsroom.events(post_id)]


async def test_a_video_that_fits_is_posted_by_its_address(newsroom):
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post_id = await plan_film(newsroom, films.fitting(), title="Жаңа мектеп", excerpt="Мектеп ашылды.")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.kind, post.media_count) == (PostState.publishing, PostKind.video, 1), post.state_detail
    (there,) = newsroom.there
    (attempt,) = await newsroom.attempts(post_id)
    assert [there.video_url] == public_urls(newsroom.app.settings, attempt.media_token, 1, kind="video")
    assert there.caption == post.title
    assert "Мектеп ашылды." in there.caption
    assert (await newsroom.finish(post_id)).state is PostState.published
    assert newsroom.tiktok.violations == {}
    assert "The video is ready." in await story(newsroom, post_id)


@pytest.mark.parametrize(
    ("make", "size"),
    [(films.webm_15_fps, (640, 360)), (films.turned, (360, 640))],
    ids=["vp9 at 15 fps", "lying on its side"],
)
async def test_a_video_that_does_not_fit_is_converted_first(sqlite_newsroom, make, size):
    await sqlite_newsroom.connect()
    post_id = await plan_film(sqlite_newsroom, make())
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.finish(post_id)).state is PostState.published
    (there,) = sqlite_newsroom.there
    assert (there.clip.container, there.clip.video_codec, there.clip.faststart) == ("mp4", "h264", True)
    assert (there.clip.width, there.clip.height) == size
    assert 23 <= there.clip.fps <= 60
    told = await story(sqlite_newsroom, post_id)
    (converted,) = [line for line in told if line.startswith("The video is converted into what TikTok takes (")]
    assert "fps" in converted
    assert told.index(converted) < told.index("The video is ready.")


async def test_what_is_served_does_not_tell_where_the_video_was_filmed(sqlite_newsroom):
    await sqlite_newsroom.connect()
    film = films.with_place()
    assert b"+51.16" in film
    post_id = await plan_film(sqlite_newsroom, film)
    await sqlite_newsroom.work()
    asset = await film_of(sqlite_newsroom, post_id)
    served = (sqlite_newsroom.app.media_dir / asset.path).read_bytes()
    assert b"+51.16" not in served
    assert b"Somebody" not in served


async def test_a_video_draft_goes_to_the_inbox(newsroom):
    await newsroom.connect(mode=PublishMode.inbox)
    post_id = await plan_film(newsroom, films.fitting())
    await newsroom.work()
    post = await newsroom.finish(post_id)
    assert post.state is PostState.sent_to_inbox, post.state_detail
    assert (newsroom.tiktok.count("inbox_video_init"), newsroom.tiktok.count("video_init")) == (1, 0)


async def test_the_cover_and_the_toggles_are_the_persons_within_what_the_creator_allows(sqlite_newsroom):
    account = await sqlite_newsroom.connect(is_aigc=True, disable_stitch=True)
    sqlite_newsroom.tiktok.world.accounts[account.open_id].duet_disabled = True
    post_id = await plan_film(sqlite_newsroom, films.fitting())
    settings = {"video_cover_timestamp_ms": 700, "disable_comment": True, "disable_stitch": False}
    await sqlite_newsroom.change(Post, post_id, settings=settings)
    await sqlite_newsroom.work()
    (there,) = sqlite_newsroom.there
    assert there.cover_timestamp_ms == 700
    switches = {name: there.switches[name] for name in ("disable_comment", "disable_duet", "disable_stitch", "is_aigc")}
    assert switches == {"disable_comment": True, "disable_duet": True, "disable_stitch": False, "is_aigc": True}


async def test_the_cover_is_the_first_frame_that_is_not_black(sqlite_newsroom):
    await sqlite_newsroom.connect()
    fade = "testsrc2=s=640x360:r=30:d=3,fade=in:st=0.5:d=0.5"
    await plan_film(sqlite_newsroom, films.film(picture=fade, sound=False))
    await sqlite_newsroom.work()
    (there,) = sqlite_newsroom.there
    assert there.cover_timestamp_ms is not None
    assert 500 <= there.cover_timestamp_ms <= 1100


# What cannot be posted.


async def test_a_video_that_is_too_long_for_the_creator_waits_for_a_person(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.accounts[account.open_id].max_video_post_duration_sec = 2
    post_id = await plan_film(newsroom, films.fitting(seconds=4))
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "needs_video", None)
    assert "4 s long and TikTok takes at most 2 s" in (post.state_detail or "")
    assert len(post.media_problems) == 1
    assert newsroom.there == []
    await newsroom.deliver(kind="updated", minute=1, video=None)
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


@pytest.mark.parametrize(
    "make", [films.fitting, partial(films.film, "webm", films.VP9, fps=15)], ids=["as it is", "anew"]
)
async def test_a_video_exactly_as_long_as_the_limit_is_posted_although_its_sound_ends_later(sqlite_newsroom, make):
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.tiktok.world.accounts[account.open_id].max_video_post_duration_sec = 2
    post_id = await plan_film(sqlite_newsroom, make(seconds=2))
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.finish(post_id)).state is PostState.published


async def test_a_creators_limit_that_shrank_meanwhile_stops_the_video_before_its_init(sqlite_newsroom):
    account = await sqlite_newsroom.connect(mode=PublishMode.approve)
    post_id = await plan_film(sqlite_newsroom, films.fitting(seconds=4))
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post_id)).state is PostState.awaiting_approval
    sqlite_newsroom.tiktok.world.accounts[account.open_id].max_video_post_duration_sec = 3
    await sqlite_newsroom.change(Post, post_id, state=PostState.queued, is_approved=True)
    post = await sqlite_newsroom.publish(post_id)
    assert (post.state, post.state_reason, sqlite_newsroom.there) == (PostState.scheduled, "video_too_long", [])


async def test_the_pictures_are_posted_where_the_video_cannot_be(newsroom):
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post_id = await plan_film(newsroom, b"<html>Log in</html>", images=("/1.jpg", "/2.jpg"))
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.kind, post.media_count) == (PostState.publishing, PostKind.photo, 2), post.state_detail
    assert "web page, not a video" in post.media_problems[0]
    (told,) = [line for line in await story(newsroom, post_id) if "so the article's pictures are" in line]
    assert "web page, not a video" in told
    assert (await newsroom.finish(post_id)).state is PostState.published


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: films.cut_off(films.fitting()), "damaged or incomplete"),
        (lambda: films.cut_off(films.faststart()), "damaged or incomplete"),
        (films.compressible_bomb, "1200 s long"),
        (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlist"),
        (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", "no video that is known"),
        (lambda: b"\x00" * 5000, "no video that is known"),
        (lambda: films.film(seconds=0.4), "shorter than a second"),
        (lambda: films.film("mkv", ("-vn", "-c:a", "aac"), seconds=3), "no moving picture"),
    ],
    ids=["without index", "cut", "bomb", "playlist", "concat", "zeros", "blink", "sound"],
)
async def test_a_file_that_is_no_good_video_is_named_to_the_editor(sqlite_newsroom, file, words):
    await sqlite_newsroom.connect()
    post_id = await plan_film(sqlite_newsroom, file())
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "needs_video"), post.state_detail
    assert words in (post.state_detail or "")
    assert sqlite_newsroom.there == []


async def test_a_file_larger_than_the_setting_is_not_fetched_to_its_end(sqlite_resources):
    async with open_newsroom(sqlite_resources, video_max_bytes=20_000) as newsroom:
        await newsroom.connect()
        post_id = await plan_film(newsroom, films.fitting())
        await newsroom.work()
        post = await newsroom.post(post_id)
        assert post.state_reason == "needs_video"
        assert "larger than" in (post.state_detail or "")


async def test_a_site_that_is_down_is_asked_again_before_the_video_is_given_up(newsroom):
    await newsroom.connect()
    newsroom.origin.files["/film.mp4"] = [503, films.fitting()]
    post_id = await newsroom.plan(video=newsroom.origin.url("/film.mp4"), images=[newsroom.origin.url("/1.jpg")])
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "video_unavailable", 0)
    await newsroom.let_pass(seconds=12)
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.kind) == (PostState.publishing, PostKind.video)


# Who has it in hand.


async def test_a_video_is_made_once_whoever_else_is_woken(newsroom):
    await newsroom.connect()
    post_id = await plan_film(newsroom, films.fitting())
    newsroom.queue.woken.extend(list(newsroom.queue.woken) * 2)
    while newsroom.queue.woken:
        await newsroom.work_at_once()
    assert (await newsroom.finish(post_id)).state is PostState.published
    assert newsroom.origin.asked.count("/film.mp4") == 1
    assert len(newsroom.there) == 1


async def test_a_video_whose_worker_died_is_taken_up_by_a_sweep(newsroom):
    await newsroom.connect()
    post_id = await plan_film(newsroom, films.fitting())
    _, args = newsroom.queue.woken.popleft()
    await publish_post(newsroom.app, *args)
    assert [name for name, _ in newsroom.queue.woken] == ["posts.prepare_video"]
    newsroom.queue.woken.clear()
    await newsroom.let_pass(seconds=31)
    await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.kind) == (PostState.publishing, PostKind.video)


async def test_an_article_that_loses_its_video_while_it_waits_is_posted_with_its_pictures(sqlite_newsroom):
    await sqlite_newsroom.connect(mode=PublishMode.approve)
    post_id = await plan_film(sqlite_newsroom, films.fitting(), title="Мектеп")
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post_id)).kind is PostKind.video
    await sqlite_newsroom.deliver(kind="updated", minute=1, video=None, title="Мектеп")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.kind, post.media_count, post.title) == (PostKind.photo, 1, "Мектеп")


async def test_a_persons_words_are_kept_when_pictures_take_the_videos_place(sqlite_newsroom):
    await sqlite_newsroom.connect(mode=PublishMode.approve)
    post_id = await plan_film(sqlite_newsroom, films.fitting())
    await sqlite_newsroom.work()
    words = "Қолмен жазылған тақырып\nЕкінші жол #жаңалық"
    await sqlite_newsroom.change(Post, post_id, title=words, description="", is_edited=True)
    await sqlite_newsroom.deliver(kind="updated", minute=1, video=None)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.title, post.description) == ("Қолмен жазылған тақырып", "Екінші жол #жаңалық")
    await sqlite_newsroom.deliver(kind="updated", minute=2, video=sqlite_newsroom.origin.url("/film.mp4"))
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.kind, post.title, post.description) == (PostKind.video, words.replace("\n", "\n\n"), "")


async def test_long_work_is_broken_off_when_the_post_moves_on(newsroom, monkeypatch):
    monkeypatch.setattr(lease, "RENEW_EVERY_SECONDS", 0.05)
    post = await newsroom.make_ready(await newsroom.connect(), lease_token="mine", state=PostState.queued)
    ends: list[str] = []

    async def convert() -> None:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            ends.append("broken off")
            raise

    async def work() -> None:
        async with lease.hold(newsroom.app, post.id, "mine") as held:
            await held.work(convert())

    working = asyncio.create_task(work())
    given = (await newsroom.post(post.id)).lease_until

    async def is_renewed() -> bool:
        return bool((await newsroom.post(post.id)).lease_until != given)

    await eventually(is_renewed)
    assert not working.done()
    await newsroom.change(Post, post.id, lease_token="another's")
    with pytest.raises(lease.LeaseLost):
        await working
    assert ends == ["broken off"]


async def test_films_that_find_no_place_come_back_later(sqlite_newsroom, monkeypatch):
    monkeypatch.setattr(video, "AT_ONCE_PER_WORKER", 1)
    await sqlite_newsroom.connect()
    post_ids = [
        await plan_film(sqlite_newsroom, films.fitting(), path=f"/{number}.mp4", article_id=str(number))
        for number in range(2)
    ]
    for _ in range(3):
        await sqlite_newsroom.work_at_once()
    waiting = [post for post in await sqlite_newsroom.posts() if post.state is PostState.queued]
    assert len(waiting) == 1
    assert (waiting[0].lease_token, waiting[0].failures) == (None, 0)
    await sqlite_newsroom.let_pass(seconds=20)
    await sqlite_newsroom.sweep()
    assert {(await sqlite_newsroom.post(post_id)).kind for post_id in post_ids} == {PostKind.video}
