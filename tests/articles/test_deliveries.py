"""The log of deliveries, and a delivery handled once more."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.articles.adapters import ADAPTERS
from app.articles.deliveries import book, queries
from app.articles.deliveries.book import settle_deliveries
from app.articles.deliveries.headers import headers_of_meaning
from app.articles.deliveries.queries import forget_old_deliveries
from app.articles.models import Article, SourceDelivery
from app.config import ROOT
from app.errors import AppError
from app.kit.clock import utcnow
from app.posts.models import Post
from tests.articles.conftest import all_rows, count_rows
from tests.builders import make_account
from tests.builders_articles import generic_delivery, new_source, sample_delivery


@pytest.fixture
async def account(resources):
    async with resources.transaction() as session:
        return await make_account(session)


async def send(client, made, sample) -> int:
    answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    return int(answer.status_code)


@pytest.mark.parametrize("kind", ["generic", "ghost"])
async def test_a_delivery_is_repeated_as_often_as_one_likes_and_its_article_has_one_post(
    client, resources, account, kind
):
    made = await new_source(resources, kind)
    assert await send(client, made, sample_delivery(kind, made.secret)) == 202
    await settle_deliveries(resources)
    [delivery] = await all_rows(resources, SourceDelivery)
    path = f"/api/sources/{made.source.id}/deliveries"
    answers = await asyncio.gather(*(client.post(f"{path}/{delivery.id}/replay") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [202] * 5
    [post] = await all_rows(resources, Post)
    assert {tuple(answer.json()["post_ids"]) for answer in answers} == {(post.id,)}
    assert all(answer.json()["duplicate"] for answer in answers)
    await settle_deliveries(resources)
    listed = (await client.get(path)).json()["items"]
    assert len(listed) == 6
    assert [one["replay_of"] for one in listed[:5]] == [delivery.id] * 5
    assert listed[5]["outcome"] == "created"
    assert listed[5]["can_replay"] is True
    assert not any("signature" in name for row in await all_rows(resources, SourceDelivery) for name in row.headers)
    assert made.secret not in str(listed)


async def test_what_was_refused_is_taken_by_the_settings_of_now(client, resources, account):
    made = await new_source(resources, "strapi")
    sample = sample_delivery("strapi", made.secret)
    async with resources.transaction() as session:
        await session.exec(
            sa.text("UPDATE sources SET options = :none"), params={"none": '{"content_types": "recipe"}'}
        )
    assert await send(client, made, sample) == 202
    await settle_deliveries(resources)
    [delivery] = await all_rows(resources, SourceDelivery)
    assert delivery.outcome == "ignored"
    assert delivery.detail
    async with resources.transaction() as session:
        await session.exec(sa.text("UPDATE sources SET options = :all"), params={"all": "{}"})
    answer = await client.post(f"/api/sources/{made.source.id}/deliveries/{delivery.id}/replay")
    assert (answer.status_code, answer.json()["outcome"]) == (202, "created")
    assert await count_rows(resources, Post) == 1


async def test_an_old_delivery_stays_old_when_it_is_repeated(client, resources, account):
    made = await new_source(resources)
    for sample in (
        generic_delivery(made.secret, timestamp="2026-11-21T02:51:00Z"),
        generic_delivery(made.secret, type="article.unpublished", timestamp="2026-11-21T03:51:00Z"),
    ):
        assert await send(client, made, sample) == 202
    await settle_deliveries(resources)
    first, _ = await all_rows(resources, SourceDelivery)
    answer = await client.post(f"/api/sources/{made.source.id}/deliveries/{first.id}/replay")
    assert answer.json()["outcome"] == "stale"
    [article], [post] = await all_rows(resources, Article), await all_rows(resources, Post)
    assert (article.state, post.state) == ("unpublished", "cancelled")


async def test_what_nobody_signed_is_told_and_neither_kept_nor_repeated(client, resources, account, monkeypatch):
    monkeypatch.setattr(book, "STRANGERS_A_MINUTE", 3)
    made = await new_source(resources)
    for _ in range(5):
        assert await send(client, made, generic_delivery("whsec_" + "A" * 32)) == 401
    await settle_deliveries(resources)
    rows = await all_rows(resources, SourceDelivery)
    assert [(row.code, row.body, row.headers) for row in rows] == [("signature_refused", None, {})] * 3
    path = f"/api/sources/{made.source.id}/deliveries"
    answer = await client.post(f"{path}/{rows[0].id}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_replay")
    assert (await client.post(f"{path}/nothing/replay")).json()["code"] == "delivery_not_found"
    other = await new_source(resources)
    foreign = await client.post(f"/api/sources/{other.source.id}/deliveries/{rows[0].id}/replay")
    assert foreign.json()["code"] == "delivery_not_found"
    assert len((await client.get(f"{path}?refused=true&limit=2")).json()["items"]) == 2


@pytest.mark.both_databases
async def test_seven_days_are_kept_and_of_one_source_no_more_than_one_looks_at(resources, monkeypatch):
    monkeypatch.setattr(queries, "MOST_KEPT", 3)
    many, few = await new_source(resources), await new_source(resources)
    now = utcnow()
    async with resources.transaction() as session:
        for source, ages in ((many.source, range(6)), (few.source, [0, 6, 8])):
            for age in ages:
                session.add(SourceDelivery(source_id=source.id, received_at=now - timedelta(days=age)))
                await session.flush()
    await forget_old_deliveries(resources)
    left = await all_rows(resources, SourceDelivery)
    assert [row.source_id for row in left].count(many.source.id) == 3
    assert [round((now - row.received_at) / timedelta(days=1)) for row in left if row.source_id == few.source.id] == [
        0,
        6,
    ]


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
def test_the_kept_headers_are_all_that_it_takes_to_read_a_delivery_again(kind):
    adapter, bodies = ADAPTERS[kind], list((ROOT / "tests" / "payloads" / kind).glob("*.body.json"))
    for body in bodies:
        path = body.with_name(body.name.replace(".body.", ".headers."))
        said = json.loads(path.read_text()) if path.exists() else {}
        headers = {name.lower(): str(value) for name, value in said.items()}
        assert _parsed(adapter, body.read_bytes(), headers_of_meaning(headers)) == _parsed(
            adapter, body.read_bytes(), headers
        )


def _parsed(adapter: Any, body: bytes, headers: dict[str, str]) -> Any:
    try:
        return adapter.parse(body, adapter.OPTIONS(), headers)
    except AppError as error:
        return error.code, str(error.message)


async def test_an_article_that_was_taken_is_read_anew_by_the_settings_of_now(client, resources, account):
    made = await new_source(resources, "strapi")
    assert await send(client, made, sample_delivery("strapi", made.secret)) == 202
    await settle_deliveries(resources)
    [delivery] = await all_rows(resources, SourceDelivery)
    [before] = await all_rows(resources, Article)
    path = f"/api/sources/{made.source.id}"
    assert (await client.patch(path, json={"field_map": {"title": ["slug"]}})).status_code == 200
    told = (await client.post(f"{path}/deliveries/{delivery.id}/replay")).json()
    [after] = await all_rows(resources, Article)
    assert (told["outcome"], after.id, after.version) == ("updated", before.id, before.version + 1)
    assert after.title != before.title
    assert await count_rows(resources, Post) == 1
