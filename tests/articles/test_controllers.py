"""The CMS webhook over HTTP."""

import pytest

from app.articles.intake.batches import Intake
from app.articles.models import Article, Source
from app.posts.models import Post
from tests.articles.conftest import all_rows
from tests.builders import make_account, make_article
from tests.builders_articles import new_source, sample_delivery


@pytest.fixture
async def account(resources):
    async with resources.transaction() as session:
        return await make_account(session)


@pytest.mark.parametrize("kind", ["generic", "ghost"])
async def test_answers_202_with_the_posts_of_a_new_article(client, resources, account, kind):
    made = await new_source(resources, kind)
    sample = sample_delivery(kind, made.secret)
    answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    [article], [post] = await all_rows(resources, Article), await all_rows(resources, Post)
    assert answer.json() == {
        "article_id": article.id,
        "post_ids": [post.id],
        "duplicate": False,
        "outcome": "created",
        "reason": "",
    }
    await resources.parts.of(Intake).settle(60)
    [source] = await all_rows(resources, Source)
    assert source.last_delivery_at is not None


async def test_articles_are_found_by_the_beginnings_of_their_words(client, resources):
    async with resources.transaction() as session:
        for title in ("Жаңа мектеп ашылды", "Жаңа көпір", "Новая школа"):
            await make_article(session, title=title, excerpt="")

    async def found(q: str, **more: str) -> list[str]:
        answer = await client.get("/api/articles", params={"q": q, **more})
        return [article["title"] for article in answer.json()["items"]]

    assert await found("жаңа МЕК") == ["Жаңа мектеп ашылды"]
    assert await found("жаңа") == ["Жаңа көпір", "Жаңа мектеп ашылды"]
    first = (await client.get("/api/articles", params={"q": "жаңа", "limit": "1"})).json()
    assert await found("жаңа", cursor=first["next_cursor"]) == ["Жаңа мектеп ашылды"]
    assert await found("жаңа", state="unpublished") == []
    assert await found("?!") == []
