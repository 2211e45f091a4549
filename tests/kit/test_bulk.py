"""Rows that go in together are the rows that would have gone in one by one."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from app.accounts.models import PublishMode
from app.articles.models import Article, Source
from app.kit.bulk import Rows, find_keys, insert_family, insert_rows, lock_rows
from app.kit.clock import utcnow
from app.posts.models import Post, PostEvent
from app.resources import Resources
from tests.builders import make_account

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


async def test_of_a_family_goes_in_what_belongs_to_a_head_that_went_in(resources):
    await add_source(resources)
    taken, again, fresh = make_article("1"), make_article("1"), make_article("2")
    await insert(resources, taken)
    posts = [
        Post(article_id=article.id, account_id="account", mode=PublishMode.direct) for article in (again, fresh, fresh)
    ]
    posts[2].account_id = "other"
    events = [PostEvent(post_id=post.id, to_state="queued", why=_ODD) for post in posts]
    async with resources.transaction() as session:
        for name in ("account", "other"):
            await make_account(session, id=name)
    assert await insert_with_posts(resources, [again, fresh], posts, events) == {fresh.id}
    async with resources.read() as session:
        assert set((await session.exec(select(Article.id))).all()) == {taken.id, fresh.id}
        stored = (await session.exec(select(Post).order_by(col(Post.id)))).all()
        lines = (await session.exec(select(PostEvent).order_by(col(PostEvent.id)))).all()
    assert [post.model_dump() for post in stored] == [post.model_dump() for post in posts[1:]]
    assert [line.model_dump() for line in lines] == [event.model_dump() for event in events[1:]]


async def test_a_head_without_members_goes_in(resources):
    await add_source(resources)
    article = make_article("1")
    assert await insert_with_posts(resources, [article], [], []) == {article.id}


async def test_of_two_families_with_the_same_key_at_once_one_goes_in(resources):
    await add_source(resources)
    async with resources.transaction() as session:
        await make_account(session, id="account")
    articles = [make_article("1") for _ in range(8)]
    posts = [Post(article_id=article.id, account_id="account", mode=PublishMode.direct) for article in articles]
    went_in = await asyncio.gather(
        *(insert_with_posts(resources, [one], [post], []) for one, post in zip(articles, posts, strict=True))
    )
    [only] = [ids for ids in went_in if ids]
    async with resources.read() as session:
        assert (await session.exec(select(Post.article_id))).all() == list(only)


async def insert_with_posts(
    resources: Resources, articles: list[Article], posts: list[Post], events: list[PostEvent]
) -> set[str]:
    head, *members = (
        Rows(SQLModel.metadata.tables[name], [row.model_dump() for row in rows])
        for name, rows in (("articles", articles), ("posts", posts), ("post_events", events))
    )
    return await resources.db.run_single(lambda connection: insert_family(connection, head, *members))


async def test_the_keys_that_are_taken_are_told(resources):
    await add_source(resources)
    await insert(resources, make_article("1"), make_article(_ODD.strip()))
    keys = [("source", "1"), ("source", _ODD.strip()), ("other", "1"), ("source", "none")]
    key = ("source_id", "external_id")
    taken = await resources.db.run_single(lambda connection: find_keys(connection, _ARTICLES, key, keys))
    assert taken == set(keys[:2])


@pytest.mark.parametrize("look", [find_keys, lock_rows])
async def test_postgresql_finds_by_the_index_from_the_first_row_on(resources, look):
    """A plan is kept: one that reads the whole of an empty table would read the whole of a million articles."""
    if resources.db.is_sqlite:
        return

    def plan(connection: sa.Connection) -> str:
        # As a new installation has it, whatever autovacuum found here a moment ago.
        connection.exec_driver_sql("TRUNCATE articles CASCADE")
        return explain(connection, prepare(connection, look))

    plan_text = await resources.db.run(plan)
    assert "Index" in plan_text, plan_text
    assert "Seq Scan on articles" not in plan_text, plan_text


@pytest.mark.parametrize("look", [find_keys, lock_rows])
async def test_postgresql_keeps_no_plan_of_a_small_table_longer_than_its_statistics(resources, look):
    """Of a table that was measured with one row it reads that row. The measuring of a grown table, which autovacuum
    does by itself, ends such a plan on every connection that has it."""
    if resources.db.is_sqlite:
        return
    await add_source(resources)
    await insert(resources, make_article("first"))
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(resources.db.engine.connect())
        other = await stack.enter_async_context(resources.db.engine.connect())
        await other.execution_options(isolation_level="AUTOCOMMIT")
        await other.exec_driver_sql("ANALYZE articles")
        name = await ours.run_sync(lambda connection: prepare(connection, look))
        before = await ours.run_sync(lambda connection: explain(connection, name))
        assert not _is_by_key(before), before
        await ours.commit()
        await insert(resources, *(make_article(str(number)) for number in range(2_000)))
        await other.exec_driver_sql("ANALYZE articles")
        grown = await ours.run_sync(lambda connection: explain(connection, name))
    assert _is_by_key(grown), grown


def _is_by_key(plan: str) -> bool:
    """Tell whether it finds one row by its whole key, and filters none that it has read."""
    conditions = [line for line in plan.splitlines() if "Index Cond" in line]
    return any("source_id" in line and "external_id" in line for line in conditions) and "Filter:" not in plan


def prepare(connection: sa.Connection, look: Any) -> str:
    """Prepare the statement of a look-up, for whose parameter PostgreSQL makes one plan and keeps it."""
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    look(connection, _ARTICLES, ("source_id", "external_id"), [("source", "1")])
    connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
    connection.exec_driver_sql(f"PREPARE look (varchar) AS {statements[0]}")
    return "look"


def explain(connection: sa.Connection, name: str) -> str:
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN EXECUTE {name} ('[]')").scalars())
