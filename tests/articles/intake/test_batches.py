"""Deliveries that come at the same time are stored together, and each gets its own answer."""

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import structlog
import time_machine
from arq.constants import job_key_prefix
from arq.jobs import deserialize_job
from sqlmodel import select
from structlog.testing import capture_logs

from app.articles.intake import batches
from app.articles.intake.batches import Intake, plan_with
from app.articles.intake.merge import rank
from app.articles.intake.receive import receive
from app.articles.models import Article, ArticleEvent, Delivery
from app.articles.sources import rotate_secret
from app.kit.clock import utcnow
from app.posts.models import Post, PostEvent
from app.posts.plan.planner import PostPlanner
from app.queue import QUEUE_NAME, deserialize
from app.resources import open_resources
from tests.articles.conftest import FakePlanner, all_rows, count_rows
from tests.builders import make_account
from tests.builders_articles import at, generic_delivery, new_source

pytestmark = pytest.mark.both_databases


def deliver(resources, made, planner, **changes):
    plan_with(resources, planner)
    sample = generic_delivery(made.secret, **changes)
    return receive(resources, made.source.slug, sample.headers, sample.body)


async def leave_each_alone(_intake, _resources, arrivals):
    return list(arrivals)


async def test_one_delivery_that_cannot_be_planned_spoils_none_of_the_others(resources):
    class Picky(FakePlanner):
        def plan(self, connection, changes):
            if any(change.article.title == "Bad" for change in changes):
                raise RuntimeError("not this one")
            return super().plan(connection, changes)

    made, planner = await new_source(resources), Picky()
    titles = ["Good", "Bad", "Fine"]
    with capture_logs() as logs:
        answers = await asyncio.gather(
            *(deliver(resources, made, planner, id=title, title=title) for title in titles), return_exceptions=True
        )
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["batch_failed", "delivery_failed"]
    assert [getattr(answer, "outcome", type(answer).__name__) for answer in answers] == [
        Delivery.created, "IntakeUnavailable", Delivery.created,
    ]  # fmt: skip
    assert {article.title for article in await all_rows(resources, Article)} == {"Good", "Fine"}


async def test_every_kind_of_delivery_in_one_batch_gets_its_own_outcome(resources):
    made, planner = await new_source(resources), FakePlanner()
    async with resources.transaction() as session:
        await make_account(session)
    for name in ("same", "edited", "gone"):
        await deliver(resources, made, planner, id=name, timestamp=at(0))
    receipts = await asyncio.gather(
        deliver(resources, made, planner, id="same", timestamp=at(1)),
        deliver(resources, made, planner, id="edited", timestamp=at(1), type="article.updated", title="New"),
        deliver(resources, made, planner, id="gone", timestamp=at(1), type="article.unpublished"),
        deliver(resources, made, planner, id="fresh", timestamp=at(1)),
        deliver(resources, made, planner, id="never", timestamp=at(1), type="article.unpublished"),
        deliver(resources, made, planner, id="fresh", timestamp=at(1)),
        deliver(resources, made, planner, id="same", timestamp=at(-1)),
    )
    assert [receipt.outcome for receipt in receipts] == [
        Delivery.duplicate, Delivery.updated, Delivery.unpublished, Delivery.created, Delivery.unpublished,
        Delivery.duplicate, Delivery.stale,
    ]  # fmt: skip
    assert [receipt.duplicate for receipt in receipts] == [True, False, False, False, False, True, True]
    assert [len(receipt.post_ids) for receipt in receipts] == [1, 1, 1, 1, 0, 1, 1]
    assert receipts[3].post_ids == receipts[5].post_ids


async def test_a_newer_word_that_changes_nothing_is_remembered(resources):
    """Otherwise an unpublishing that is older than it, and comes later, would win."""
    made, planner = await new_source(resources), FakePlanner()
    for minute in (0, 5):
        await deliver(resources, made, planner, timestamp=at(minute))
    late = await deliver(resources, made, planner, timestamp=at(3), type="article.unpublished")
    assert late.outcome is Delivery.stale
    [article] = await all_rows(resources, Article)
    assert (article.state, article.revision) == ("published", rank(datetime.fromisoformat(at(5))))


async def test_a_batch_writes_what_one_delivery_alone_writes(resources, monkeypatch):
    made = await new_source(resources)
    async with resources.transaction() as session:
        await make_account(session)
    together = await deliver(resources, made, PostPlanner(), id="1")

    monkeypatch.setattr(Intake, "store_together", leave_each_alone)
    alone = await deliver(resources, made, PostPlanner(), id="2")
    assert (together.outcome, len(together.post_ids)) == (alone.outcome, len(alone.post_ids)) == (Delivery.created, 1)
    own = {"id", "article_id", "post_id", "external_id", "lease_token", "body_sha256", "delivery_id"}
    for table in (Article, ArticleEvent, Post, PostEvent):
        first, second = await all_rows(resources, table)
        for name in set(table.model_fields) - own:
            one, other = getattr(first, name), getattr(second, name)
            is_close = isinstance(one, type(utcnow())) and abs(one - other) < timedelta(minutes=1)
            assert one == other or is_close, (table, name)


async def test_edits_in_a_batch_do_what_an_edit_alone_does(resources, monkeypatch):
    made, planner = await new_source(resources), PostPlanner()
    async with resources.transaction() as session:
        await make_account(session)
    for name in ("1", "2", "3"):
        await deliver(resources, made, planner, id=name, timestamp=at(0), published_at=None)
    edit = {"type": "article.updated", "timestamp": at(1), "title": "New", "tags": ["Жаңа"]}
    together = await asyncio.gather(*(deliver(resources, made, planner, id=name, **edit) for name in ("1", "2")))

    monkeypatch.setattr(Intake, "store_together", leave_each_alone)
    alone = await deliver(resources, made, planner, id="3", **edit)
    assert {(receipt.outcome, receipt.duplicate) for receipt in (*together, alone)} == {(Delivery.updated, False)}
    own = {"id", "external_id", "received_at", "updated_at"}
    first, *others = [article.model_dump(exclude=own) for article in await all_rows(resources, Article)]
    assert (first["title"], first["tags"], first["version"]) == ("New", ["Жаңа"], 2)
    assert others == [first, first]
    lines = [(event.from_state, event.to_state, event.why) for event in await all_rows(resources, PostEvent)]
    assert lines[3:] == [("queued", "queued", "The article changed: the post will carry the new text.")] * 3


async def test_an_edit_whose_post_is_prepared_anew_holds_up_no_other(resources):
    made, planner = await new_source(resources), PostPlanner()
    async with resources.transaction() as session:
        await make_account(session)
    for name in ("due", "embargoed"):
        published_at = None if name == "due" else (utcnow() + timedelta(hours=3)).isoformat()
        await deliver(resources, made, planner, id=name, timestamp=at(0), published_at=published_at)
    receipts = await asyncio.gather(
        *(
            deliver(resources, made, planner, id=name, type="article.updated", timestamp=at(minute), title=str(minute))
            for name in ("due", "embargoed")
            for minute in (2, 1)
        )
    )
    assert all(len(receipt.post_ids) == 1 for receipt in receipts)
    assert {article.title for article in await all_rows(resources, Article)} == {"2"}
    assert [post.state for post in await all_rows(resources, Post)] == ["queued", "queued"]
    whys = [event.why for event in await all_rows(resources, PostEvent)]
    assert "The article changed: the post is prepared anew." in whys


async def test_an_unpublishing_among_edits_of_its_article_wins(resources):
    made, planner = await new_source(resources), PostPlanner()
    async with resources.transaction() as session:
        await make_account(session)
    await deliver(resources, made, planner, timestamp=at(0))
    types = ["article.updated", "article.unpublished", "article.updated"]
    receipts = await asyncio.gather(
        *(
            deliver(resources, made, planner, type=type_, timestamp=at(minute), title=f"T{minute}")
            for minute, type_ in enumerate(types, 1)
        )
    )
    assert Delivery.unpublished in {receipt.outcome for receipt in receipts}
    [article], [post] = await all_rows(resources, Article), await all_rows(resources, Post)
    assert (article.state, article.title, post.state) == ("unpublished", "T3", "cancelled")


async def test_what_a_batch_logs_belongs_to_no_single_request(resources):
    class Broken(FakePlanner):
        def plan(self, connection, changes):
            raise RuntimeError("not today")

    made = await new_source(resources)
    with (
        capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs,
        structlog.contextvars.bound_contextvars(request_id="the first of them"),
    ):
        await asyncio.gather(
            *(deliver(resources, made, Broken(), id=number) for number in range(3)), return_exceptions=True
        )
    assert {entry.get("request_id") for entry in logs if entry["event"] == "batch_failed"} == {None}


async def test_two_web_processes_with_the_same_articles_make_each_once(settings):
    async with open_resources(settings) as one, open_resources(settings) as two:
        made = await new_source(one)
        async with one.transaction() as session:
            await make_account(session)
        receipts = await asyncio.gather(
            *(
                deliver(resources, made, PostPlanner(), id=number, timestamp=at(0))
                for number in range(40)
                for resources in (one, two)
            )
        )
        assert sorted(receipt.duplicate for receipt in receipts) == [False] * 40 + [True] * 40
        assert await count_rows(one, Article) == await count_rows(one, Post) == 40
        ids = {(receipt.article_id, *receipt.post_ids) for receipt in receipts}
        assert len(ids) == 40
        assert all(len(pair) == 2 for pair in ids)


async def test_an_article_that_somebody_holds_holds_up_nobody_else(resources):
    if resources.db.is_sqlite:
        return  # one writer at a time: the whole database is held
    made, planner = await new_source(resources), FakePlanner()
    await deliver(resources, made, planner, id="held", timestamp=at(0))
    async with resources.db.transaction() as session:
        await session.exec(sa.update(Article).values(category="held"))
        waiting = asyncio.create_task(deliver(resources, made, planner, id="held", timestamp=at(1)))
        free = await deliver(resources, made, planner, id="free", timestamp=at(1))
        assert free.outcome is Delivery.created
        assert not waiting.done()
    assert (await waiting).duplicate


async def test_the_jobs_of_a_batch_are_what_arq_reads_and_outlive_a_day(resources):
    made = await new_source(resources)
    async with resources.transaction() as session:
        await make_account(session)
    receipts = await asyncio.gather(*(deliver(resources, made, PostPlanner(), id=number) for number in range(5)))
    await resources.parts.of(Intake).settle(10)
    redis = resources.queue.redis
    job_ids = [job_id.decode() for job_id in await redis.zrange(QUEUE_NAME, 0, -1)]
    woken = set()
    for job_id in job_ids:
        raw = await redis.get(job_key_prefix + job_id)
        job = deserialize_job(raw, deserializer=deserialize)
        woken.add((job.function, *job.args))
        assert await redis.pttl(job_key_prefix + job_id) > timedelta(days=6).total_seconds() * 1000
    async with resources.read() as session:
        posts = (await session.exec(select(Post))).all()
    assert woken == {("posts.publish", post.id, post.lease_token) for post in posts}
    assert {post.id for post in posts} == {post_id for receipt in receipts for post_id in receipt.post_ids}


async def test_more_than_one_batch_can_hold_are_all_answered(resources, planner, monkeypatch):
    monkeypatch.setattr(batches, "MOST_IN_BATCH", 7)
    made = await new_source(resources)
    receipts = await asyncio.gather(*(deliver(resources, made, planner, id=number) for number in range(50)))
    assert {receipt.outcome for receipt in receipts} == {Delivery.created}
    assert await count_rows(resources, Article) == 50


async def test_an_old_secret_is_refused_when_its_day_is_over(client, resources):
    made = await new_source(resources)
    async with resources.transaction() as session:
        rotated = await rotate_secret(session, resources, made.source.id)
    start, answers = utcnow(), []
    for hours in (0, 23.9, 24.1):
        moment = start + timedelta(hours=hours)
        with time_machine.travel(moment, tick=False):
            for secret in (made.secret, rotated.secret):
                sample = generic_delivery(secret, signed_at=moment.timestamp())
                path = f"/webhooks/cms/{made.source.slug}"
                answers.append((await client.post(path, content=sample.body, headers=sample.headers)).status_code)
    assert answers == [202, 202, 202, 202, 401, 202]
