"""Rows that go in together are the rows that would have gone in one by one."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from app.articles.models import Article, Source
from app.kit.bulk import insert_rows
from app.kit.clock import utcnow
from app.resources import Resources

_ARTICLES = SQLModel.metadata.tables["articles"]
_ODD = "Сәтбаев 📚 \"'\\ \u2028 \x01 {{}} %s $1 ?\n"


def make_article(external_id: str, **changes: Any) -> Article:
    return Article(source_id="source", external_id=external_id, revision=utcnow(), title="One", **changes)


async def add_source(resources: Resources) -> None:
    async with resources.transaction() as session:
        session.add(Source(id="source", slug="s", name="S", kind="generic", secret_encrypted=""))


async def insert(resources: Resources, *articles: Article) -> set[str]:
    rows = [article.model_dump() for article in articles]
    return await resources.db.run(lambda connection: insert_rows(connection, _ARTICLES, rows))


async def test_a_row_reads_as_it_was_written(resources):
    await add_source(resources)
    almaty = timezone(timedelta(hours=5))
    wrote = make_article(
        "1",
        text=_ODD,
        tags=[_ODD, ""],
        images=[{"url": "https://news.example/1.jpg", "alt": _ODD}],
        breaking=True,
        is_wanted=False,
        video_url=None,
        published_at=datetime(2026, 11, 21, 12, 30, 0, 120, almaty),
        content_revision=datetime(2026, 11, 21, 12, tzinfo=UTC),
    )
    assert await insert(resources, wrote) == {wrote.id}
    async with resources.read() as session:
        found = (await session.exec(select(Article))).one()
        earlier = select(Article.id).where(col(Article.published_at) < datetime(2026, 11, 21, 7, 30, 1, tzinfo=UTC))
        assert (await session.exec(earlier)).all() == [wrote.id]
    assert found.model_dump() == wrote.model_dump()


async def test_a_row_whose_key_is_taken_is_left_out_and_the_others_go_in(resources):
    await add_source(resources)
    first, again, other = make_article("1"), make_article("1"), make_article("2")
    assert await insert(resources, first) == {first.id}
    assert await insert(resources, again, other) == {other.id}
    assert await insert(resources) == set()


async def test_nothing_is_kept_of_a_transaction_that_fails(resources):
    await add_source(resources)

    def fail(connection: sa.Connection) -> None:
        insert_rows(connection, _ARTICLES, [make_article("1").model_dump()])
        raise LookupError

    with pytest.raises(LookupError):
        await resources.db.run(fail)
    async with resources.read() as session:
        assert (await session.exec(select(Article))).all() == []
