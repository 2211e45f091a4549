"""The intake when its surroundings fail: a lost, slow or busy database, a Redis that hangs, a planner that breaks."""

import asyncio
import socket
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from structlog.testing import capture_logs

from app import queue
from app.articles.intake import answer_queue
from app.articles.intake.arrivals import Plan
from app.articles.intake.batches import Intake, plan_with
from app.articles.intake.receive import IntakeUnavailable, look_up, receive
from app.articles.models import Article, Delivery, Source
from app.jobs import enqueue
from app.resources import open_resources
from tests.articles.conftest import FakePlanner, all_rows, count_rows, open_client
from tests.builders_articles import at, generic_delivery, new_source
from tests.conftest import make_settings
from tests.support.disks import no_room

SHIPPED = answer_queue.ANSWER_WITHIN_SECONDS, answer_queue.LONGEST_QUEUE_SECONDS


@pytest.fixture
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as senders are kept waiting in truth."""
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", SHIPPED[0])
    monkeypatch.setattr(answer_queue, "LONGEST_QUEUE_SECONDS", SHIPPED[1])


async def post(client, source, sample):
    return await client.post(f"/webhooks/cms/{source.slug}", content=sample.body, headers=sample.headers)


@asynccontextmanager
async def lost_database(tmp_path, url):
    settings = make_settings(tmp_path, url, "unix:///nowhere")
    async with open_resources(settings) as resources, open_client(resources, FakePlanner()) as client:
        yield client


def silent_server() -> socket.socket:
    """A server that takes connections and never says a word."""
    server = socket.create_server(("127.0.0.1", 0))
    server.listen(50)
    return server


async def test_answers_503_when_the_database_refuses_connections(tmp_path):
    sample = generic_delivery("whsec_" + "a" * 32)
    async with lost_database(tmp_path, "postgresql+asyncpg://u:p@127.0.0.1:1/none") as client:
        answer = await client.post("/webhooks/cms/any", content=sample.body, headers=sample.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"] == "5"


async def test_answers_503_while_the_disk_is_full_and_takes_the_same_delivery_when_there_is_room(client, resources):
    made = await new_source(resources)
    assert (await post(client, made.source, generic_delivery(made.secret, id="before"))).status_code == 202
    sample = generic_delivery(made.secret, id="during", html=f"<p>{token_hex(20_000)}</p>")
    async with no_room(resources.db):
        answer = await post(client, made.source, sample)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert resources.db.has_refused(within=60)
        assert await count_rows(resources, Article) == 1, "what is there can be read"
    assert (await post(client, made.source, sample)).status_code == 202
    assert await count_rows(resources, Article) == 2


@pytest.mark.usefixtures("as_shipped")
async def test_answers_503_while_the_database_is_silent(tmp_path):
    sample = generic_delivery("whsec_" + "a" * 32)
    with silent_server() as server:
        url = f"postgresql+asyncpg://u:p@127.0.0.1:{server.getsockname()[1]}/none"
        async with lost_database(tmp_path, url) as client:
            answer = await client.post("/webhooks/cms/any", content=sample.body, headers=sample.headers)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
    assert answer.status_code == 503


async def test_a_delivery_that_took_too_long_is_stored_all_the_same(client, resources, monkeypatch):
    """Another process holds the article, or SQLite's write lock, for longer than a sender waits."""
    made = await new_source(resources)
    first = generic_delivery(made.secret, timestamp=at(0))
    assert (await post(client, made.source, first)).status_code == 202
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 0.2)
    resources.parts.of(Intake).movement.last_at = float("-inf")
    second = generic_delivery(made.secret, type="article.updated", timestamp=at(1), title="Late")
    async with resources.db.transaction() as session:
        await session.exec(sa.update(Article).values(category="held"))
        with capture_logs() as logs:
            answer = await post(client, made.source, second)
        assert answer.status_code == 503
        assert "delivery_unfinished" in {entry["event"] for entry in logs}
    with capture_logs() as logs:
        await resources.parts.of(Intake).settle(60)
    assert "delivery_finished_late" in {entry["event"] for entry in logs}
    [article] = await all_rows(resources, Article)
    assert article.title == "Late"
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 60.0)
    again = await post(client, made.source, second)
    assert (again.status_code, again.json()["duplicate"]) == (202, True)


@pytest.mark.usefixtures("as_shipped")
async def test_a_queue_that_moves_is_waited_for(resources, monkeypatch):
    """By a clock that goes on with the queue alone: a machine that stands still is another matter."""
    made = await new_source(resources)
    now, places = 0.0, 1 if resources.db.is_sqlite else 8

    async def move_slowly(_session):
        nonlocal now
        await asyncio.sleep(0.1)
        now += 0.1 / places

    class SlowPlanner(FakePlanner):
        def plan(self, connection, changes):
            edited = [change.article.id for change in changes if change.delivery is Delivery.updated]
            return Plan(moves=dict.fromkeys(edited, move_slowly))

    plan_with(resources, SlowPlanner())
    numbers = range(20 * places)
    monkeypatch.setattr(answer_queue, "monotonic", lambda: now)

    async def send(number: int, **changes: Any) -> Delivery:
        sample = generic_delivery(made.secret, id=number, **changes)
        receipt = await receive(resources, made.source.slug, sample.headers, sample.body)
        return receipt.outcome

    first = (send(number, timestamp=at(0)) for number in numbers)
    assert set(await asyncio.gather(*first)) == {Delivery.created}
    started = now
    edits = (send(number, type="article.updated", timestamp=at(1), title="New") for number in numbers)
    assert set(await asyncio.gather(*edits)) == {Delivery.updated}
    assert now - started > answer_queue.ANSWER_WITHIN_SECONDS


async def test_answers_202_while_redis_hangs(sqlite_settings, monkeypatch):
    """Whether posts are new, or are moved: nobody waits for Redis, which here does not even time out."""
    monkeypatch.setattr(queue, "REDIS_TIMEOUT_SECONDS", 3600.0)

    async def wake(session):
        enqueue(session, "posts.publish", "post")

    class WakingPlanner(FakePlanner):
        def plan(self, connection, changes):
            ids = {change.article.id: change.delivery for change in changes}
            return Plan(
                calls={article_id: [("posts.publish", ("post",))] for article_id in ids},
                moves={article_id: wake for article_id, delivery in ids.items() if delivery is Delivery.unpublished},
            )

    with silent_server() as server:
        address = SecretStr(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        hanging = sqlite_settings.model_copy(update={"redis_url": address})
        async with open_resources(hanging) as resources, open_client(resources, WakingPlanner()) as client:
            made = await new_source(resources)
            for minute, kind in enumerate(("published", "unpublished")):
                samples = [
                    generic_delivery(made.secret, id=number, type=f"article.{kind}", timestamp=at(minute))
                    for number in range(10)
                ]
                answers = await asyncio.gather(*(post(client, made.source, sample) for sample in samples))
                assert [answer.status_code for answer in answers] == [202] * 10
            articles = await all_rows(resources, Article)
            assert [article.state for article in articles] == ["unpublished"] * 10
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()


@pytest.mark.parametrize(
    ("slug", "signed_with", "fails", "told"),
    [
        ("", "", False, [("info", "delivery_finished_late")]),
        ("", "another", False, [("warning", "delivery_refused_late")]),
        ("nobody", "", False, []),
        ("", "", True, [("error", "delivery_failed_late")]),
    ],
    ids=["stored", "refused", "stranger", "failed"],
)
async def test_the_log_says_what_became_of_a_delivery_nobody_waits_for(
    sqlite_resources, planner, monkeypatch, slug, signed_with, fails, told
):
    made = await new_source(sqlite_resources)
    plan_with(sqlite_resources, planner)
    if fails:
        monkeypatch.setattr(planner, "plan", lambda *_: 1 / 0)
    sample = generic_delivery(f"whsec_{signed_with:a<32}" if signed_with else made.secret)
    slug = slug or made.source.slug
    admission = await look_up(sqlite_resources, slug, sample.headers)
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 0.0)
    with capture_logs() as logs, pytest.raises(IntakeUnavailable):
        await receive(sqlite_resources, slug, sample.headers, sample.body, admission)
    with capture_logs() as later:
        await sqlite_resources.parts.of(Intake).settle(60)
    late = [(entry["log_level"], entry["event"]) for entry in [*logs, *later]]
    assert [one for one in late if one[1].startswith("delivery_") and one[1] != "delivery_unfinished"] == told


async def test_nothing_is_stored_when_planning_fails(client, resources, planner, monkeypatch):
    made = await new_source(resources)
    sample = generic_delivery(made.secret)

    def fail(*_arguments):
        raise RuntimeError("no posts today")

    monkeypatch.setattr(planner, "plan", fail)
    answer = await post(client, made.source, sample)
    assert answer.status_code == 503
    assert "no posts today" not in answer.text
    assert await count_rows(resources, Article) == 0
    monkeypatch.undo()
    assert (await post(client, made.source, sample)).status_code == 202
    assert await count_rows(resources, Article) == 1


async def test_a_sender_that_hangs_up_loses_nothing(resources, planner):
    made = await new_source(resources)
    plan_with(resources, planner)
    sample = generic_delivery(made.secret)
    answer = asyncio.create_task(receive(resources, made.source.slug, sample.headers, sample.body))
    await asyncio.sleep(0)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    await resources.parts.of(Intake).settle(60)
    assert await count_rows(resources, Article) == 1


async def test_a_secret_that_no_key_opens_is_our_fault_and_not_the_senders(client, resources):
    made = await new_source(resources)
    async with resources.transaction() as session:
        await session.exec(sa.update(Source).values(secret_encrypted="v1.gone.AAAA.AAAA"))
    assert (await post(client, made.source, generic_delivery(made.secret))).status_code == 503


async def test_the_planner_hears_only_of_what_matters_to_posts(client, resources, planner):
    made = await new_source(resources, opt_in_tag="tiktok")
    story = [
        ("article.published", 0, [], "created", None),
        ("article.updated", 1, ["tiktok"], "created", Delivery.created),
        ("article.updated", 2, ["tiktok"], "updated", Delivery.updated),
        ("article.updated", 3, [], "unpublished", Delivery.unpublished),
        ("article.unpublished", 4, [], "unpublished", None),
        ("article.updated", 5, ["tiktok"], "updated", None),
        ("article.published", 6, ["tiktok"], "republished", Delivery.republished),
    ]
    for type_, minute, tags, outcome, call in story:
        planner.calls.clear()
        sample = generic_delivery(made.secret, type=type_, timestamp=at(minute), tags=tags, title=f"T{minute}")
        answer = await post(client, made.source, sample)
        assert (answer.json()["outcome"], planner.calls) == (outcome, [call] if call else [])


async def test_an_edit_in_the_archive_makes_no_post(client, resources, planner):
    made = await new_source(resources)
    for minute in (0, 1):
        sample = generic_delivery(
            made.secret,
            type="article.updated",
            timestamp=at(minute),
            published_at="2019-05-01T00:00:00Z",
            title=str(minute),
        )
        answer = await post(client, made.source, sample)
        assert (answer.status_code, answer.json()["outcome"]) == (202, "updated")
    assert planner.calls == []


async def test_an_answer_at_rest_takes_few_statements(client, resources, planner):
    made = await new_source(resources)
    await post(client, made.source, generic_delivery(made.secret, id="warm"))
    statements: list[str] = []

    @sa.event.listens_for(resources.db.engine.sync_engine, "before_cursor_execute")
    def count(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    for number in range(21):
        await post(client, made.source, generic_delivery(made.secret, id=number))
    mine = [one for one in statements if not any(word in one for word in ("posts", "accounts", "BEGIN"))]
    assert len(mine) <= 21 * 2 + 2
    statements.clear()
    await post(
        client, made.source, generic_delivery(made.secret, id=0, type="article.updated", title="New", timestamp=at(1))
    )
    assert len([one for one in statements if "posts" not in one and "BEGIN" not in one]) <= 5
