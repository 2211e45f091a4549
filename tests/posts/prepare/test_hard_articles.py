"""Articles that are hard to post: without title or picture, far too long, full of markup, in no known language."""

import pytest
from sqlmodel import col, delete, select

from app.articles.models import Article
from app.captions.hashtags import HashtagRules
from app.kit.text import utf16_len
from app.media.models import MediaAsset
from app.posts.models import PostState
from app.posts.prepare.caption_settings import save_hashtag_rules
from tests.media.samples import HTML, numbered


async def send(newsroom, **data):
    """Publish an article and let its post go out; give what TikTok got."""
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post_id = await newsroom.plan(**data)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert post.state is PostState.publishing, post.state_detail
    (there,) = newsroom.there
    assert (await newsroom.finish(post_id)).state is PostState.published
    assert newsroom.tiktok.violations == {}
    return there


async def test_an_article_without_a_title_takes_it_from_its_text(sqlite_newsroom):
    there = await send(sqlite_newsroom, title="", excerpt="Көпір ашылды. Оны әкім ашты.")
    assert there.title == "Көпір ашылды."


async def test_an_article_without_any_words_still_has_its_link(sqlite_newsroom):
    there = await send(sqlite_newsroom, title="", excerpt="", html="")
    assert "https://news.example/a/42" in there.description


async def test_an_article_without_words_and_link_waits_for_them(newsroom):
    await newsroom.connect(with_link=False)
    put = {"title": "", "excerpt": "", "html": "", "tags": []}
    async with newsroom.app.transaction() as session:
        await save_hashtag_rules(session, HashtagRules(order=[]))
    post_id = await newsroom.plan(**put)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, newsroom.inits) == (PostState.scheduled, "needs_text", 0)
    await newsroom.deliver(kind="updated", minute=1, title="Now it has one")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_a_title_of_5000_characters_fits(newsroom):
    there = await send(newsroom, title="Ұзақ тақырып 🏫 " * 400, excerpt="Қысқа.")
    assert 0 < utf16_len(there.title) <= 90
    assert utf16_len(there.description) <= 4000


async def test_markup_does_not_reach_tiktok(sqlite_newsroom):
    there = await send(
        sqlite_newsroom,
        title="<b>Мектеп</b> &amp; <script>alert(1)</script>көпір",
        html="<p>Бір.</p><style>p{}</style><p onclick='x'>Екі.</p>",
    )
    assert "Мектеп & " in there.title
    for text in (there.title, there.description):
        assert not {"<b>", "<script>", "alert", "onclick", "&amp;"} & set(text.split())
        assert "<" not in text


async def test_a_text_with_nul_and_half_a_pair_is_stored_and_sent(newsroom):
    there = await send(newsroom, title="Бір\u0000екі \ud83d үш", excerpt="Са\u0000н")
    assert "\x00" not in there.title + there.description
    assert there.title.startswith("Бір")


@pytest.mark.parametrize("language", ["", "xx", "tlh", "kz", "ru_RU"])
async def test_any_language_has_a_template(sqlite_newsroom, language):
    there = await send(sqlite_newsroom, title="Мектеп", excerpt="Мәтін.", language=language)
    assert there.title == "Мектеп"


async def test_200_images_become_the_first_35(sqlite_newsroom):
    paths = [f"/many/{number}.jpg" for number in range(200)]
    sqlite_newsroom.origin.files = {path: numbered(number) for number, path in enumerate(paths)}
    there = await send(sqlite_newsroom, images=[sqlite_newsroom.origin.url(path) for path in paths])
    assert len(there.photo_urls) == 35
    async with sqlite_newsroom.app.read() as session:
        sources = (await session.exec(select(MediaAsset.source_url).order_by(col(MediaAsset.position)))).all()
    assert sources == [sqlite_newsroom.origin.url(path) for path in paths[:35]]


async def test_dead_and_false_pictures_are_left_out_and_named(sqlite_newsroom):
    origin = sqlite_newsroom.origin
    origin.files |= {"/page.jpg": HTML, "/gone.jpg": 410, "/odd.jpg": 204}
    urls = [origin.url("/odd.jpg"), origin.url("/page.jpg"), origin.url("/gone.jpg"), "http://10.0.0.1/x.jpg"]
    there = await send(sqlite_newsroom, images=[*urls, origin.url("/2.jpg")])
    assert len(there.photo_urls) == 1
    (post,) = await sqlite_newsroom.posts()
    assert [line.partition(": ")[0] for line in post.media_problems] == urls


@pytest.mark.parametrize("images", [[], ["/dead.jpg"]])
async def test_a_post_without_a_picture_waits_for_the_editor_where_no_card_is_wanted(newsroom, images):
    await newsroom.connect(headline_card=False)
    post_id = await newsroom.plan(images=[newsroom.origin.url(path) for path in images])
    await newsroom.work()
    for _ in range(4):
        await newsroom.let_pass(minutes=10)
        await newsroom.sweep()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, newsroom.inits) == (PostState.scheduled, "needs_image", 0)
    assert len(post.media_problems) == len(images)
    await newsroom.deliver(kind="updated", minute=1)
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing


async def test_a_site_that_is_down_for_a_moment_is_asked_again(newsroom):
    newsroom.origin.files = {"/1.jpg": [503, 503, numbered(1)]}
    await newsroom.connect()
    post_id = await newsroom.plan()
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "media_unavailable", 0)
    await newsroom.let_pass(seconds=6)
    await newsroom.sweep()
    assert (await newsroom.post(post_id)).state is PostState.publishing


@pytest.mark.parametrize("missing", ["rows", "files"])
async def test_media_that_are_gone_at_a_retry_are_fetched_again(newsroom, missing):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.tiktok.fail(endpoint="content_init", code="rate_limit_exceeded")
    await newsroom.work()
    if missing == "rows":
        async with newsroom.app.transaction() as session:
            await session.exec(delete(MediaAsset))
    else:
        for file in newsroom.app.media_dir.rglob("*.jpg"):
            file.unlink()
    newsroom.origin.asked.clear()
    await newsroom.let_pass(seconds=62)
    await newsroom.sweep()
    assert (await newsroom.finish(post_id)).state is PostState.published
    assert newsroom.origin.asked == ["/1.jpg"]


async def test_pictures_are_fetched_once_for_all_attempts(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.tiktok.fail(endpoint="content_init", code="rate_limit_exceeded", times=2)
    await newsroom.work()
    for _ in range(2):
        await newsroom.let_pass(seconds=62)
        await newsroom.sweep()
    assert (await newsroom.post(post_id)).state is PostState.publishing
    assert newsroom.origin.asked == ["/1.jpg"]
    tokens = [attempt.media_token for attempt in await newsroom.attempts(post_id)]
    assert len(set(tokens)) == 3
    assert tokens[-1] in newsroom.there[0].photo_urls[0]


async def test_the_body_of_a_paid_article_stays_behind_the_wall(sqlite_newsroom):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(title="Мектеп", excerpt="Қысқаша.", html="<p>Құпия сөз.</p>")
    article_id = (await sqlite_newsroom.post(post_id)).article_id
    await sqlite_newsroom.change(Article, article_id, is_paywalled=True, excerpt="")
    await sqlite_newsroom.work()
    (there,) = sqlite_newsroom.there
    assert "Құпия" not in there.caption


async def test_a_free_article_without_an_excerpt_shows_its_first_words(sqlite_newsroom):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(title="Мектеп", html="<p>Ашық сөз.</p>")
    await sqlite_newsroom.change(Article, (await sqlite_newsroom.post(post_id)).article_id, excerpt="")
    await sqlite_newsroom.work()
    assert "Ашық сөз" in sqlite_newsroom.there[0].caption
