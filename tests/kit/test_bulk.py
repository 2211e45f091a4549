"""Rows that go in together are the rows that would have gone in one by one."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from app.articles.models import Article, Source
from app.kit.bulk import insert_rows, lock_rows
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


@pytest.mark.parametrize("neighbours", [0, 2])
async def test_a_row_reads_as_it_was_written(resources, neighbours):
    """What is alike in all rows goes another way than what is not."""
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
    others = [make_article(f"other {number}", language="kk") for number in range(neighbours)]
    assert await insert(resources, wrote, *others) == {wrote.id, *(other.id for other in others)}
    async with resources.read() as session:
        found = (await session.exec(select(Article).where(Article.external_id == "1"))).one()
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


async def test_rows_are_found_by_their_keys_whatever_stands_in_them(resources):
    await add_source(resources)
    wrote = [make_article(external_id) for external_id in ("1", _ODD.strip(), "3")]
    await insert(resources, *wrote)
    keys = [("source", "1"), ("source", _ODD.strip()), ("other", "3"), ("source", "none")]
    rows = await resources.db.run(
        lambda connection: lock_rows(connection, _ARTICLES, ("source_id", "external_id"), keys)
    )
    assert {row.id for row in rows} == {wrote[0].id, wrote[1].id}
    assert {row.revision for row in rows} == {wrote[0].revision, wrote[1].revision}


async def test_rows_are_found_by_the_index_of_their_keys(sqlite_resources):
    """SQLite reads the whole table for a list of pairs: of a million articles, for each delivery that comes again."""
    statements: list[str] = []

    def find(connection: sa.Connection) -> list[str]:
        sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
        lock_rows(connection, _ARTICLES, ("source_id", "external_id"), [("source", "1")])
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0]}", ("[]",))
        return [row[3] for row in plan]

    plan = await sqlite_resources.db.run(find)
    assert any(step.startswith("SEARCH known USING INDEX") for step in plan), plan
