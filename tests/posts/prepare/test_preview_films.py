"""A preview judges a film as its post does: what it calls usable is posted, what it refuses is refused in its words."""

import pytest

from app.media.videos import gather
from app.messages.translator import translator
from app.posts.models import PostKind, PostState
from app.posts.prepare.preview import preview
from app.posts.schemas_preview import PreviewRequest
from app.posts.sentences import problems_of, why_of
from tests.media.videos import film_edits as edits
from tests.media.videos import films
from tests.posts.prepare.test_video import plan_film


async def look(newsroom, post_id: str, account_id: str):
    article_id = (await newsroom.post(post_id)).article_id
    return await preview(newsroom.app, PreviewRequest(article_id=article_id, account_id=account_id))


@pytest.mark.parametrize(
    "make",
    [
        films.fitting,
        films.webm_15_fps,
        edits.trimmed,
        lambda: edits.edited(edits.shaded(seconds=3), [(2.0, 1.0), (0.5, 1.0)]),
        lambda: films.film(sound=False, picture="testsrc2=s=64x64:r=60:d=3,select='lt(t,0.5)+gte(t,2.5)'"),
    ],
    ids=["as it is", "anew", "trimmed", "edited", "stood still"],
)
async def test_a_film_that_a_preview_calls_usable_is_posted(sqlite_newsroom, make):
    account = await sqlite_newsroom.connect()
    post_id = await plan_film(sqlite_newsroom, make())
    shown = await look(sqlite_newsroom, post_id, account.id)
    assert (shown.kind, shown.media.usable, shown.media.problems, shown.problems) == ("video", 1, [], [])
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.kind, post.media_problems) == (PostState.publishing, PostKind.video, []), post.state_detail


def torn() -> bytes:
    """A film whose second half is there, but nothing that can be decoded."""
    whole = films.film(size="64x64", seconds=4, options=("-movflags", "+faststart", "-g", "15"))
    half = len(whole) * 2 // 5
    return whole[:half] + b"\x00" * (len(whole) - half)


@pytest.mark.parametrize(
    "make",
    [torn, lambda: films.cut_off(films.faststart()), lambda: films.film(seconds=4), lambda: b"<html>Log in</html>"],
    ids=["torn", "cut", "too long", "page"],
)
async def test_a_film_that_a_preview_refuses_is_refused_and_named_on_the_post(sqlite_newsroom, make):
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.tiktok.world.accounts[account.open_id].max_video_post_duration_sec = 3
    post_id = await plan_film(sqlite_newsroom, make())
    shown = await look(sqlite_newsroom, post_id, account.id)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "needs_video"), post.state_detail
    assert (shown.media.usable, shown.media.problems) == (0, post.media_problems)
    assert shown.problems == [post.state_detail]
    assert len(post.media_problems) == 1


@pytest.mark.parametrize("make", [torn, lambda: b"<html>Log in</html>"], ids=["torn", "page"])
async def test_pictures_that_take_a_films_place_are_posted_with_a_word_about_it(sqlite_newsroom, make):
    account = await sqlite_newsroom.connect()
    post_id = await plan_film(sqlite_newsroom, make(), images=("/1.jpg",))
    shown = await look(sqlite_newsroom, post_id, account.id)
    assert (shown.kind, shown.media.usable, len(shown.media.problems)) == ("photo", 1, 1)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.kind, post.media_problems) == (PostState.publishing, PostKind.photo, shown.media.problems)
    told = [why_of(event) for event in await sqlite_newsroom.events(post_id)]
    (word,) = [why for why in told if why.startswith("The video cannot be posted, so the article's pictures are")]
    for language in ("ru", "kk"):
        i18n = translator(language)
        assert problems_of(post)[0].shown(i18n) != post.media_problems[0]
        assert word.shown(i18n) != word


async def test_a_film_that_takes_too_long_for_a_preview_is_said_to_be_untried(sqlite_newsroom, monkeypatch):
    monkeypatch.setattr(gather, "TRIAL_SECONDS", 0.01)
    account = await sqlite_newsroom.connect()
    post_id = await plan_film(sqlite_newsroom, films.webm_15_fps())
    shown = await look(sqlite_newsroom, post_id, account.id)
    assert (shown.kind, shown.media.usable) == ("video", 1)
    (line,) = shown.media.problems
    assert "too long to be tried" in line
