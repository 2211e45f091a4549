"""An article without any picture is posted with a card of its headline, where the account wants it."""

import base64
import io

import pytest
from PIL import Image

from app.accounts.models import Account, PublishMode
from app.articles.models import Article, Source
from app.media.service import list_assets
from app.posts.models import PostKind, PostState
from app.posts.prepare.preview import preview
from app.posts.schemas_preview import PreviewRequest

CARD = "The article has no picture: a card with its headline is posted."


async def card_of(newsroom, post_id: str) -> tuple[Image.Image, str]:
    async with newsroom.app.read() as session:
        (asset,) = await list_assets(session, post_id)
    return Image.open(newsroom.app.media_dir / asset.path).convert("RGB"), asset.sha256


async def test_an_article_without_any_picture_gets_a_card(newsroom):
    await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE", card_background="#0b5cad")
    post_id = await newsroom.plan(title="Жаңа көпір ашылды", category="Қала", images=[])
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.kind, post.media_count) == (PostState.publishing, PostKind.photo, 1), post.state_detail
    assert post.media_problems == []
    assert CARD in [event.why for event in await newsroom.events(post_id)]
    picture, _ = await card_of(newsroom, post_id)
    assert picture.size == (1080, 1920)
    red, green, blue = picture.getpixel((20, 20))  # type: ignore[misc]
    assert (abs(red - 0x0B) < 12, abs(green - 0x5C) < 12, abs(blue - 0xAD) < 12) == (True, True, True)
    assert (await newsroom.finish(post_id)).state is PostState.published
    assert newsroom.tiktok.violations == {}


async def test_a_card_is_drawn_once_for_all_attempts(sqlite_newsroom):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(images=[])
    sqlite_newsroom.tiktok.fail(endpoint="content_init", code="rate_limit_exceeded")
    await sqlite_newsroom.work()
    await sqlite_newsroom.let_pass(seconds=130)
    await sqlite_newsroom.sweep()
    assert (await sqlite_newsroom.post(post_id)).attempt == 2
    assert [event.why for event in await sqlite_newsroom.events(post_id)].count(CARD) == 1


async def test_the_name_on_cards_is_drawn_in_the_place_of_the_sources_name(sqlite_newsroom):
    await sqlite_newsroom.connect()
    source = sqlite_newsroom.source.source
    drawn = []
    for number, card_name in enumerate(("", source.name, "Қала газеті")):
        await sqlite_newsroom.change(Source, source.id, card_name=card_name)
        post_id = await sqlite_newsroom.plan(str(number), title="Жаңа көпір ашылды", images=[])
        await sqlite_newsroom.work()
        drawn.append((await card_of(sqlite_newsroom, post_id))[1])
    assert drawn[0] == drawn[1]
    assert drawn[2] != drawn[0]


async def test_a_picture_that_comes_later_takes_the_cards_place(sqlite_newsroom):
    await sqlite_newsroom.connect(mode=PublishMode.approve)
    post_id = await sqlite_newsroom.plan(images=[])
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post_id)).state is PostState.awaiting_approval
    _, card = await card_of(sqlite_newsroom, post_id)
    await sqlite_newsroom.deliver(kind="updated", minute=1)
    await sqlite_newsroom.work()
    _, picture = await card_of(sqlite_newsroom, post_id)
    assert picture != card


@pytest.mark.parametrize("title", ["مرحبا بالعالم", "📣🔥", ""], ids=["Arabic", "emoji", "none"])
async def test_a_headline_that_the_font_cannot_show_waits_for_a_picture(sqlite_newsroom, title):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(title=title or "x", images=[])
    article_id = (await sqlite_newsroom.post(post_id)).article_id
    await sqlite_newsroom.change(Article, article_id, title=title, excerpt="", text="")
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert post.state is PostState.scheduled
    assert post.state_reason in {"needs_image", "needs_text"}
    assert sqlite_newsroom.inits == 0


async def test_a_preview_shows_the_card(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    article = {"id": "7", "url": "https://news.example/a/7", "title": "Жаңа көпір", "images": []}
    request = PreviewRequest(account_id=account.id, article=article)
    shown = await preview(sqlite_newsroom.app, request)
    assert (shown.media.usable, shown.problems) == (1, [])
    assert shown.media.card is not None
    kind, _, data = shown.media.card.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (1080, 1920)
    await sqlite_newsroom.change(Account, account.id, headline_card=False)
    shown = await preview(sqlite_newsroom.app, request)
    assert (shown.media.usable, shown.media.card) == (0, None)
