"""Nothing gets in without the right signature, and nothing is learnt by trying."""

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.articles.adapters import ADAPTERS
from app.articles.intake.admission import STRANGERS_BYTES
from app.articles.models import Article, ArticleEvent, Source
from app.articles.schemas import SourceUpdate
from app.articles.senders import OpenedSources, forget_source
from app.articles.sources import delete_source, rotate_secret, update_source
from app.kit.clock import utcnow
from app.posts.models import Post
from tests.articles.conftest import all_rows, count_rows
from tests.builders import make_account
from tests.builders_articles import at, new_source, sample_delivery, signed_generic

KINDS = ["generic", "ghost"]
SIGNED_HEADERS = {"generic": ["webhook-id", "webhook-timestamp", "webhook-signature"], "ghost": ["x-ghost-signature"]}


@pytest.fixture
async def targets(sqlite_resources):
    """A source of each kind with a delivery that it accepts."""
    made = {kind: await new_source(sqlite_resources, kind) for kind in KINDS}
    return {kind: (one.source.slug, sample_delivery(kind, one.secret)) for kind, one in made.items()}


@pytest.fixture
async def no_row(sqlite_resources):
    """Nothing that happens in the test leaves an article."""
    yield
    assert await count_rows(sqlite_resources, Article) == 0


@settings(max_examples=800, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    part=st.integers(0, 3),
    position=st.integers(0, 10_000),
    mask=st.integers(1, 255),
)
async def test_one_flipped_byte_is_refused(sqlite_client, no_row, targets, kind, part, position, mask):
    slug, sample = targets[kind]
    names = ["body", *SIGNED_HEADERS[kind]]
    name = names[part % len(names)]
    headers = {key: value.encode() for key, value in sample.headers.items()}
    original = sample.body if name == "body" else headers[name]
    place = position % len(original)
    flipped = original[:place] + bytes([original[place] ^ mask]) + original[place + 1 :]
    body = flipped if name == "body" else sample.body
    if name != "body":
        headers[name] = flipped
    answer = await sqlite_client.post(f"/webhooks/cms/{slug}", content=body, headers=list(headers.items()))
    assert answer.status_code == 401


@pytest.mark.parametrize("kind", KINDS)
async def test_the_unflipped_delivery_is_accepted(sqlite_client, targets, kind):
    slug, sample = targets[kind]
    answer = await sqlite_client.post(f"/webhooks/cms/{slug}", content=sample.body, headers=sample.headers)
    assert answer.status_code == 202


async def test_every_refusal_has_the_same_answer(sqlite_client, sqlite_resources, targets):
    off = await new_source(sqlite_resources)
    gone = await new_source(sqlite_resources)
    async with sqlite_resources.transaction() as session:
        await update_source(session, sqlite_resources, off.source.id, SourceUpdate(enabled=False))
        await delete_source(session, sqlite_resources, gone.source.id)
    slug, sample = targets["generic"]
    tries = [
        ("no-such-source", sample),
        (off.source.slug, sample_delivery("generic", off.secret)),
        (gone.source.slug, sample_delivery("generic", gone.secret)),
        (slug, sample_delivery("generic", off.secret)),
        (slug, targets["ghost"][1]),
        (targets["ghost"][0], sample),
        ("%00", sample),
        ("%D0%B3", sample),
        ("A" * 500, sample),
    ]
    answers = [
        await sqlite_client.post(f"/webhooks/cms/{slug}", content=sample.body, headers=sample.headers)
        for slug, sample in tries
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert await count_rows(sqlite_resources, Article) == 0


async def test_an_unknown_source_costs_as_much_as_a_wrong_signature(sqlite_client, targets, monkeypatch):
    slug, sample = targets["ghost"]
    forged = {**sample.headers, "x-ghost-signature": f"sha256={'0' * 64}, t={int(time.time() * 1000)}"}
    body = b"x" * STRANGERS_BYTES  # more than that is not read of strangers at all

    async def looks(path: str) -> list[tuple[Any, ...]]:
        """Who looks at how much of the body, with how many secrets of what length."""
        looked: list[tuple[Any, ...]] = []
        with monkeypatch.context() as patched:
            for kind, adapter in ADAPTERS.items():
                patched.setattr(adapter, "verify", partial(look, looked, kind, adapter.verify))
            await sqlite_client.post(f"/webhooks/cms/{path}", content=body, headers=forged)
        return sorted(looked)  # whose turn is first differs: a known source's own adapter

    def look(
        looked: list[tuple[Any, ...]], kind: str, verify: Any, headers: Any, body: bytes, secrets: Any, *rest: Any
    ):
        looked.append((kind, headers["x-ghost-signature"], len(body), [len(secret) for secret in secrets]))
        return verify(headers, body, secrets, *rest)

    assert len(await looks(slug)) == len(ADAPTERS)
    assert await looks(slug) == await looks("no-such-source")


async def test_both_secrets_work_for_a_day_after_a_rotation(client, resources):
    made = await new_source(resources)

    async def status(secret: str) -> Any:
        sample = sample_delivery("generic", secret)
        return (
            await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
        ).status_code

    assert await status(made.secret) == 202
    async with resources.transaction() as session:
        rotated = await rotate_secret(session, resources, made.source.id)
    assert [await status(made.secret), await status(rotated.secret)] == [202, 202]
    source = rotated.source
    until = source.previous_secret_valid_until
    assert until is not None
    assert timedelta(hours=23, minutes=59) < until - utcnow() <= timedelta(hours=24)
    async with resources.transaction() as session:
        await session.exec(sa.update(Source).values(previous_secret_valid_until=utcnow() - timedelta(seconds=1)))
        forget_source(session, resources.parts.of(OpenedSources), source.slug)
    assert [await status(made.secret), await status(rotated.secret)] == [401, 202]


async def test_a_leaked_secret_dies_at_once(client, resources):
    made = await new_source(resources)
    path = f"/webhooks/cms/{made.source.slug}"
    sample = sample_delivery("generic", made.secret)
    assert (await client.post(path, content=sample.body, headers=sample.headers)).status_code == 202
    async with resources.transaction() as session:
        rotated = await rotate_secret(session, resources, made.source.id, revoke_old=True)
    statuses = []
    for secret in (made.secret, rotated.secret):
        sample = sample_delivery("generic", secret)
        statuses.append((await client.post(path, content=sample.body, headers=sample.headers)).status_code)
    assert statuses == [401, 202]


async def test_a_secret_that_another_process_rotated_is_accepted_at_once(client, resources):
    made = await new_source(resources)
    path = f"/webhooks/cms/{made.source.slug}"
    sample = sample_delivery("generic", made.secret)
    assert (await client.post(path, content=sample.body, headers=sample.headers)).status_code == 202
    async with resources.transaction() as session:
        rotated = await rotate_secret(session, resources, made.source.id)
        session.info["after_commit"] = []  # nobody tells this process
    sample = sample_delivery("generic", rotated.secret)
    assert (await client.post(path, content=sample.body, headers=sample.headers)).status_code == 202


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("seconds", "status"), [(-600, 401), (-301, 401), (-298, 202), (298, 202), (302, 401), (600, 401)]
)
async def test_a_skewed_clock_is_named_in_the_log(sqlite_client, sqlite_resources, kind, seconds, status):
    made = await new_source(sqlite_resources, kind)
    with time_machine.travel(utcnow().replace(microsecond=0), tick=False), capture_logs() as logs:
        sample = sample_delivery(kind, made.secret, signed_at=time.time() + seconds)
        answer = await sqlite_client.post(
            f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers
        )
    assert answer.status_code == status
    skews = [(entry["source"], entry["seconds"]) for entry in logs if entry["event"] == "clock skew"]
    assert skews == ([(made.source.slug, seconds)] if status == 401 else [])


async def test_a_forged_delivery_with_an_old_time_is_no_clock_skew(sqlite_client, targets):
    slug, _ = targets["generic"]
    sample = sample_delivery("generic", "whsec_" + "b" * 32, signed_at=0)
    with capture_logs() as logs:
        await sqlite_client.post(f"/webhooks/cms/{slug}", content=sample.body, headers=sample.headers)
    assert "clock skew" not in {entry["event"] for entry in logs}


async def test_a_hundred_identical_deliveries_at_once_make_one_article_and_one_post(client, resources, planner):
    async with resources.transaction() as session:
        await make_account(session)
    for kind in KINDS:
        made = await new_source(resources, kind)
        sample = sample_delivery(kind, made.secret)
        answers = await asyncio.gather(
            *(
                client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
                for _ in range(100)
            )
        )
        assert {answer.status_code for answer in answers} == {202}
        assert sorted(answer.json()["duplicate"] for answer in answers) == [False] + [True] * 99
        assert len({(answer.json()["article_id"], *answer.json()["post_ids"]) for answer in answers}) == 1
        assert all(len(answer.json()["post_ids"]) == 1 for answer in answers)
    articles = await all_rows(resources, Article)
    assert len(articles) == len(await all_rows(resources, Post)) == len(await all_rows(resources, ArticleEvent)) == 2
    assert {article.version for article in articles} == {1}


async def test_a_repeated_delivery_is_known_by_its_id_although_signed_anew(client, resources):
    made = await new_source(resources)
    path = f"/webhooks/cms/{made.source.slug}"
    publish, withdraw = (
        sample_delivery("generic", made.secret, type=type_, delivery_id=delivery_id, signed_at=time.time() + seconds)
        for type_, delivery_id, seconds in [("article.published", "msg_1", -60), ("article.unpublished", "msg_2", -30)]
    )
    for sample in (publish, withdraw):
        assert (await client.post(path, content=sample.body, headers=sample.headers)).json()["duplicate"] is False
    again = signed_generic(made.secret, publish.body, delivery_id="msg_1")
    answer = await client.post(path, content=again.body, headers=again.headers)
    assert (answer.status_code, answer.json()["duplicate"], answer.json()["outcome"]) == (202, True, "duplicate")
    [article] = await all_rows(resources, Article)
    assert article.state == "unpublished"


async def test_a_newer_publication_of_a_published_article_is_a_duplicate(client, resources):
    made = await new_source(resources)
    path = f"/webhooks/cms/{made.source.slug}"
    outcomes = []
    for minutes, title in [(0, "One"), (1, "One"), (2, "Two"), (0, "Old")]:
        sample = sample_delivery("generic", made.secret, timestamp=at(minutes), title=title)
        answer = await client.post(path, content=sample.body, headers=sample.headers)
        outcomes.append((answer.json()["outcome"], answer.json()["duplicate"]))
    assert outcomes == [("created", False), ("duplicate", True), ("updated", True), ("stale", True)]
    [article] = await all_rows(resources, Article)
    assert (article.title, article.version) == ("Two", 2)
