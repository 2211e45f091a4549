"""A preview shows what would be posted, and leaves no trace."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, AccountState
from app.errors import Invalid, NotFound
from app.models import metadata
from app.posts.prepare.preview import preview
from app.posts.schemas_preview import PreviewRequest

ARTICLE = {
    "id": "7",
    "url": "https://news.example/a/7",
    "title": "Жаңа көпір",
    "excerpt": "Көпір ашылды.",
    "language": "kk",
}


async def traces(newsroom):
    """All rows and files, counted; and what TikTok was asked."""
    async with newsroom.app.read() as session:
        rows = {
            table.name: (await session.exec(sa.select(sa.func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
        }
    files = sorted(path.name for path in newsroom.app.settings.data_dir.rglob("*") if path.is_file())
    return rows, files, len(newsroom.tiktok.world.journal.calls), list(newsroom.queue.woken)


async def look(newsroom, **request):
    return await preview(newsroom.app, PreviewRequest(**request))


async def test_a_preview_is_what_the_post_then_becomes(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post_id = await newsroom.plan(title="Жаңа көпір", excerpt="Көпір ашылды.", tags=["Көпір"])
    article_id = (await newsroom.post(post_id)).article_id
    shown = await look(newsroom, article_id=article_id, account_id=account.id)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (shown.title, shown.description, shown.hashtags) == (post.title, post.description, post.hashtags)
    assert (shown.media.usable, shown.media.problems, shown.problems) == (post.media_count, [], [])


@pytest.mark.both_databases
async def test_a_preview_leaves_no_trace(newsroom):
    account = await newsroom.connect()
    article_id = (await newsroom.post(await newsroom.plan())).article_id
    before = await traces(newsroom)
    await look(newsroom, article_id=article_id, account_id=account.id)
    images = [newsroom.origin.url("/2.jpg"), newsroom.origin.url("/none.jpg")]
    shown = await look(newsroom, article=ARTICLE | {"images": images}, account_id=account.id)
    assert (shown.title, shown.media.usable) == ("Жаңа көпір", 1)
    assert shown.media.problems[0].startswith(images[1])
    assert await traces(newsroom) == before


async def test_a_preview_needs_no_account(sqlite_newsroom):
    shown = await look(sqlite_newsroom, article=ARTICLE)
    assert (shown.kind, shown.title) == ("photo", "Жаңа көпір")
    assert any("no picture" in problem for problem in shown.problems)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"privacy_level": None}, "who may see"),
        ({"enabled": False}, "switched off"),
        ({"state": AccountState.reconnect}, "Reconnect"),
        ({"state": AccountState.disconnected}, "disconnected"),
    ],
)
async def test_a_preview_names_what_would_stop_the_post(sqlite_newsroom, columns, words):
    account = await sqlite_newsroom.connect()
    await sqlite_newsroom.change(Account, account.id, **columns)
    article = ARTICLE | {"images": [sqlite_newsroom.origin.url("/1.jpg")]}
    shown = await look(sqlite_newsroom, article=article, account_id=account.id)
    assert any(words in problem for problem in shown.problems)


@pytest.mark.parametrize("request_", [{}, {"article_id": "x", "article": ARTICLE}])
async def test_a_preview_is_of_one_article(sqlite_newsroom, request_):
    with pytest.raises(Invalid, match="either"):
        await look(sqlite_newsroom, **request_)


@pytest.mark.parametrize(
    "request_",
    [
        {"article_id": "nobody"},
        {"article_id": "a\x00b"},
        {"article": ARTICLE, "account_id": "nobody"},
        {"article": ARTICLE, "account_id": "a\x00b"},
        {"article": ARTICLE, "account_id": ""},
    ],
)
async def test_what_is_not_there_cannot_be_previewed(newsroom, request_):
    with pytest.raises(NotFound):
        await look(newsroom, **request_)


@pytest.mark.parametrize("change", [{"url": "ftp://x"}, {"title": 5}, {"images": "x"}, {"tags": [["x"]]}, {"id": None}])
async def test_an_article_that_is_none_is_refused(sqlite_newsroom, change):
    with pytest.raises(Invalid):
        await look(sqlite_newsroom, article=ARTICLE | change)
