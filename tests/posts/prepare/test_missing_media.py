"""Pictures that are not there yet, or never will be: who waits, for how long, and what is said."""

from datetime import timedelta

import pytest

from app.accounts.models import PublishMode
from app.kit.clock import utcnow
from app.media.problems import ImageSource, MediaProblem
from app.media.service import list_assets
from app.messages.message import Message
from app.posts.face.decisions import decide
from app.posts.models import PostKind, PostState
from app.posts.prepare.missing_media import Patience, judge_pictures
from app.posts.prepare.preview import preview
from app.posts.schemas_preview import PreviewRequest
from tests.media.samples import HTML, numbered

COLD = [404, 403, 429, 503]


async def plan(newsroom, *paths, **data):
    return await newsroom.plan(images=[newsroom.origin.url(path) for path in paths], **data)


async def wait_it_out(newsroom):
    for _ in range(7):
        await newsroom.let_pass(seconds=61)
        await newsroom.sweep()


async def sources_of(newsroom, post_id):
    async with newsroom.app.read() as session:
        return [asset.source_url for asset in await list_assets(session, post_id)]


@pytest.mark.parametrize("status", COLD)
async def test_a_cover_that_is_not_there_yet_is_waited_for(sqlite_newsroom, status):
    await sqlite_newsroom.connect()
    sqlite_newsroom.origin.files["/cover.jpg"] = status
    post_id = await plan(sqlite_newsroom, "/cover.jpg", "/2.jpg")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "media_unavailable", 0)
    assert str(status) in post.state_detail
    assert "tried again until 20" in post.state_detail
    assert (post.media_count, len(post.media_problems), sqlite_newsroom.inits) == (1, 1, 0)
    sqlite_newsroom.origin.files["/cover.jpg"] = numbered(9)
    await sqlite_newsroom.let_pass(seconds=6)
    await sqlite_newsroom.sweep()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.media_count, post.media_problems) == (PostState.publishing, 2, [])
    assert await sources_of(sqlite_newsroom, post_id) == [
        sqlite_newsroom.origin.url("/cover.jpg"),
        sqlite_newsroom.origin.url("/2.jpg"),
    ]
    assert sqlite_newsroom.origin.asked.count("/2.jpg") == 1  # what has come once is not fetched again


async def test_a_cover_that_does_not_come_makes_the_post_wait_for_a_person(newsroom):
    await newsroom.connect()
    post_id = await plan(newsroom, "/gone.jpg", "/2.jpg")
    await newsroom.work()
    await wait_it_out(newsroom)
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "picture_missing", None)
    assert (newsroom.inits, post.media_count) == (0, 1)
    await decide(newsroom.app, post_id, "retry", by="editor")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.media_count, len(post.media_problems)) == (PostState.publishing, 1, 1)
    assert any("first picture is left out" in event.why for event in await newsroom.events(post_id))


async def test_an_account_may_post_what_is_there(sqlite_newsroom):
    await sqlite_newsroom.connect(post_incomplete=True)
    post_id = await plan(sqlite_newsroom, "/gone.jpg", "/2.jpg")
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post_id)).state is PostState.retryable
    await wait_it_out(sqlite_newsroom)
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.media_count, len(post.media_problems)) == (PostState.publishing, 1, 1)


@pytest.mark.parametrize("columns", [{}, {"post_incomplete": True}])
@pytest.mark.parametrize("found", [404, 503, HTML])
async def test_no_card_takes_the_place_of_a_picture(sqlite_newsroom, columns, found):
    await sqlite_newsroom.connect(headline_card=True, **columns)
    sqlite_newsroom.origin.files["/1.jpg"] = found
    post_id = await plan(sqlite_newsroom, "/1.jpg")
    await sqlite_newsroom.work()
    await wait_it_out(sqlite_newsroom)
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason, sqlite_newsroom.inits) == (PostState.scheduled, "needs_image", 0)
    assert len(post.media_problems) == 1


async def test_another_picture_is_waited_for_a_minute_and_no_longer(sqlite_newsroom):
    await sqlite_newsroom.connect()
    post_id = await plan(sqlite_newsroom, "/1.jpg", "/gone.jpg")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert post.state is PostState.retryable
    assert "then the post goes out without it" in post.state_detail
    await sqlite_newsroom.let_pass(seconds=61)
    await sqlite_newsroom.sweep()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.media_count, len(post.media_problems)) == (PostState.publishing, 1, 1)


async def test_a_cover_that_can_never_be_used_is_left_out_at_once_and_that_is_said(sqlite_newsroom):
    await sqlite_newsroom.connect()
    sqlite_newsroom.origin.files["/page.jpg"] = HTML
    post_id = await plan(sqlite_newsroom, "/page.jpg", "/2.jpg")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.media_count, len(post.media_problems)) == (PostState.publishing, 1, 1)
    assert any("first picture is left out: this is a web page" in e.why for e in await sqlite_newsroom.events(post_id))


async def test_what_was_dropped_at_the_door_is_named_on_the_post_with_its_reason(sqlite_newsroom):
    await sqlite_newsroom.connect()
    images = ["ftp://news.example/1.jpg", sqlite_newsroom.origin.url("/2.jpg"), "data:image/png;base64,AAAA"]
    post_id = await sqlite_newsroom.plan(images=images, video="https://editor:secret@news.example/film.mp4")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.kind, post.media_count) == (PostState.publishing, PostKind.photo, 1)
    assert [line.partition(": ")[0] for line in post.media_problems] == [
        "https://news.example/film.mp4",
        "ftp://news.example/1.jpg",
        "data:image/png;base64,AAAA",
    ]
    for line, why in zip(
        post.media_problems,
        ["user name or password", "only http and https", "written into the page"],
        strict=True,
    ):
        assert why in line
    assert "secret" not in str(post.media_problems)


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://news.example:8443/1.jpg", "news.example:8443"),
        ("http://10.0.0.1/1.jpg", "10.0.0.1:80"),
        ("http://cms/1.jpg", "cms:80"),
        ("http://[::1]:8080/1.jpg", "[::1]:8080"),
    ],
)
async def test_a_cover_that_may_not_be_fetched_waits_and_says_what_would_allow_it(sqlite_newsroom, url, entry):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(images=[url, sqlite_newsroom.origin.url("/2.jpg")])
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "media_not_allowed", None)
    assert f"NEWSREEL_FETCH_ALLOW_HOSTS={entry}" in post.state_detail
    assert f"NEWSREEL_FETCH_ALLOW_HOSTS={entry}" in post.media_problems[0]


async def test_an_edit_during_the_wait_is_looked_at_at_once(newsroom):
    await newsroom.connect()
    post_id = await plan(newsroom, "/gone.jpg")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.retryable
    await newsroom.deliver(kind="updated", minute=1, images=[newsroom.origin.url("/2.jpg")])
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.media_count) == (PostState.publishing, 1)
    assert await sources_of(newsroom, post_id) == [newsroom.origin.url("/2.jpg")]


async def test_an_edit_while_the_pictures_are_fetched_is_not_lost(newsroom):
    await newsroom.connect()
    newsroom.origin.files["/page.jpg"] = HTML
    post_id = await plan(newsroom, "/page.jpg")
    answer = newsroom.origin.answer

    async def edited_meanwhile(path):
        if path == "/page.jpg":
            await newsroom.deliver(kind="updated", minute=1, images=[newsroom.origin.url("/2.jpg")])
        return await answer(path)

    newsroom.origin.answer = edited_meanwhile
    await newsroom.work()
    await newsroom.sweep()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_what_needs_approval_is_shown_to_its_reader_with_what_is_there(sqlite_newsroom):
    await sqlite_newsroom.connect(mode=PublishMode.approve)
    post_id = await plan(sqlite_newsroom, "/gone.jpg", "/2.jpg")
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post_id)).state is PostState.retryable
    await wait_it_out(sqlite_newsroom)
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.media_count, len(post.media_problems)) == (PostState.awaiting_approval, 1, 1)


async def test_a_film_that_is_not_there_yet_is_waited_for_and_not_replaced(sqlite_newsroom):
    await sqlite_newsroom.connect()
    post_id = await plan(sqlite_newsroom, "/1.jpg", video=sqlite_newsroom.origin.url("/film.mp4"))
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.retryable, "video_unavailable")
    await wait_it_out(sqlite_newsroom)
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason, sqlite_newsroom.inits) == (PostState.scheduled, "needs_video", 0)
    await decide(sqlite_newsroom.app, post_id, "retry", by="editor")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.kind) == (PostState.publishing, PostKind.photo)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (("/gone.jpg", "/2.jpg"), "tried again until"),
        (("/1.jpg", "/gone.jpg"), "goes out without it"),
        (("/page.jpg",), "no picture that TikTok would take"),
    ],
)
async def test_a_preview_says_what_the_post_would_wait_for(sqlite_newsroom, paths, words):
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.origin.files["/page.jpg"] = HTML
    images = [sqlite_newsroom.origin.url(path) for path in paths]
    article = {"id": "7", "url": "https://news.example/a/7", "title": "Жаңа көпір", "images": images}
    shown = await preview(sqlite_newsroom.app, PreviewRequest(account_id=account.id, article=article))
    assert any(words in problem for problem in shown.problems)
    assert shown.media.card is None


# The rule by itself.


def problem(url, code="fetch_server_error", **changes):
    return MediaProblem(url, code, Message("why"), **({"is_transient": True} | changes))


def judge(problems, *, usable=1, waited=0.0, span=300.0, age=0.0, goes_without=False):
    now = utcnow()
    patience = Patience(
        timedelta(seconds=span),
        now - timedelta(seconds=waited),
        now + timedelta(seconds=span - age),
        goes_without=goes_without,
    )
    halt = judge_pictures([ImageSource("cover"), ImageSource("other")], usable, problems, patience, now)
    seconds = None if halt is None or halt.at is None else round((halt.at - now).total_seconds())
    return (None if halt is None else halt.reason), seconds


@pytest.mark.parametrize(("waited", "pause"), [(0, 5), (4, 5), (10, 10), (40, 40), (100, 60), (290, 10), (300, None)])
def test_the_pauses_grow_and_the_last_try_is_at_the_end(waited, pause):
    assert judge([problem("cover")], waited=waited)[1] == pause


@pytest.mark.parametrize(
    ("waited", "asked", "pause"), [(0, 30, 30), (0, 3600, 300), (299, 200, 200), (300, 200, None), (40, 1, 40)]
)
def test_retry_after_is_heeded_within_bounds(waited, asked, pause):
    assert judge([problem("cover", retry_after=asked)], waited=waited)[1] == pause


def test_not_found_is_believed_of_an_old_article_and_a_busy_server_is_not():
    assert judge([problem("cover", "fetch_not_found")], age=301) == ("picture_missing", None)
    assert judge([problem("cover", "fetch_server_error")], age=301) == ("media_unavailable", 5)
    assert judge([problem("other", "fetch_not_found")], age=301) == (None, None)


def test_what_was_not_asked_for_yet_is_never_given_up():
    assert judge([problem("cover", "media_no_time_left")], usable=0, waited=9999) == ("media_unavailable", 10)


def test_nothing_is_waited_for_where_the_setting_says_so():
    assert judge([problem("cover")], span=0) == ("picture_missing", None)
    assert judge([problem("cover")], span=0, goes_without=True) == (None, None)
    assert judge([problem("cover")], span=0, usable=0, goes_without=True) == ("needs_image", None)
