"""The page of articles: what came in, and what became of it."""

import re

import pytest

from app.kit.clock import utcnow
from app.posts.models import PostState
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_account, make_article, make_post, make_source

ARTICLES = "/admin/articles"


async def test_an_empty_page_says_what_to_do_next(editor: Editor, sqlite_resources: Resources) -> None:
    assert "No CMS is connected yet" in text_of(await editor.open(ARTICLES))
    async with sqlite_resources.transaction() as session:
        await make_source(session)
    assert "No article has come in yet" in text_of(await editor.open(ARTICLES))
    assert "Nothing was left out" in text_of(await editor.open(f"{ARTICLES}?view=left_out"))


async def test_each_article_shows_its_posts_or_why_there_are_none(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        source, account = await make_source(session, name="Aimaq news"), await make_account(session)
        own = {"source_id": source.id}
        posted = await make_article(session, title="Posted <b>&", **own)
        post = await make_post(session, article_id=posted.id, account_id=account.id, state=PostState.published)
        await make_article(session, title="Gone", state="unpublished", **own)
        await make_article(session, title="Not asked for", is_wanted=False, **own)
        await make_article(session, title="Only changed", **own)
        await make_article(session, title="Nobody there", state_revision=utcnow(), **own)
    page = await editor.open(ARTICLES)
    cards = [text_of(card) for card in page.split('<li class="article-card"')[1:]]
    assert len(cards) == 5
    for card, words in zip(
        cards,
        (
            "Nobody there Aimaq news .* No account was there that takes articles when it came in.",
            "Only changed .* the CMS has not said that it was published.",
            "Not asked for .* It does not carry the tag that asks for TikTok.",
            "Gone .* It was taken off the site.",
            "Posted <b>& .* Aimaq Published",
        ),
        strict=True,
    ):
        assert re.search(words, card), card
    assert f'href="/admin/posts/{post.id}"' in page
    assert f'href="/admin/posts?article_id={posted.id}"' in page
    only = await editor.open(f"/admin/posts?article_id={posted.id}")
    assert re.findall(r'id="post-([0-9a-f-]+)"', only) == [post.id]
    assert "Posted" not in text_of(await editor.open(f"{ARTICLES}?view=left_out"))
    assert "Gone" not in text_of(await editor.open(f"{ARTICLES}?view=posted"))


async def test_articles_are_searched_with_and_without_script(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        one, other = await make_source(session), await make_source(session)
        await make_article(session, source_id=one.id, title="Мектеп ашылды")
        await make_article(session, source_id=other.id, title="Мектепке көмек")
        await make_article(session, source_id=other.id, title="Ёлка", excerpt="")
    for headers in ({}, {"HX-Request": "true"}):
        found = await editor.open(f"{ARTICLES}?q=МЕКТЕП&source_id={other.id}", headers=headers)
        assert re.findall(r'class="article-title" [^>]*>\s*([^<]+?)\s*<', found) == ["Мектепке көмек"]
        assert ("<html" in found) is (not headers)
    assert "No article holds all the words of “nothing”" in text_of(await editor.open(f"{ARTICLES}?q=nothing"))
    answer = await editor.client.get(f"{ARTICLES}?q=+a&source_id=&view=", headers={"HX-Request": "true"})
    assert answer.headers["hx-push-url"] == f"{ARTICLES}?q=a"


async def test_the_list_goes_on(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        source = await make_source(session)
        for number in range(30):
            await make_article(session, source_id=source.id, title=f"Number {number}")
    first = await editor.open(ARTICLES)
    more = re.search(r'href="(/admin/articles\?cursor=[^"]+)"', first)
    assert more
    rest = await editor.open(more[1], headers={"HX-Request": "true"})
    assert "<html" not in rest
    assert len(re.findall('class="article-card"', first + rest)) == 30
    assert "<html" in await editor.open(more[1])


@pytest.mark.parametrize("query", ["cursor=%01", "source_id=%F0%9F%98%80", "view=odd", "q=%22%27*", "cursor=zzz"])
async def test_the_page_takes_any_address(editor: Editor, sqlite_resources: Resources, query: str) -> None:
    async with sqlite_resources.transaction() as session:
        await make_article(session)
    await editor.open(f"{ARTICLES}?{query}")
