"""A delivery that only names an article: kept, answered, and the CMS asked until it tells the article itself."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import IgnoredDelivery, ParsedDelivery
from app.articles.adapters.contentful import sign_contentful
from app.articles.adapters.strapi import plural_of
from app.articles.deliveries.replay import replay_delivery
from app.articles.intake.refusals import settle_refusals
from app.articles.lookups.look_up import wake_due
from app.articles.models import Article, ArticleLookup, Source, SourceDelivery, SourceRefusal
from app.articles.schemas import SourceUpdate
from app.articles.sources import update_source
from app.errors import BadRequest, Invalid
from app.kit.clock import utcnow
from app.resources import Resources, open_resources
from tests.articles.adapters.test_contract import PAYLOADS
from tests.articles.adapters.test_mutated import ODD, mutated, places
from tests.articles.conftest import FakePlanner, all_rows, count_rows, open_client
from tests.articles.scripted_cms import Cms, ask_now, deliver, ok
from tests.builders_articles import (
    Sample,
    bearer_delivery,
    contentful_delivery,
    directus_delivery,
    drupal_delivery,
    new_source,
    prismic_delivery,
    sample_delivery,
    strapi_delivery,
)
from tests.tiktok.scripted import Wire, http_answer, scripted

ITEM = (PAYLOADS / "directus" / "item_published.answer.json").read_bytes()
FETCHED = [kind for kind, adapter in ADAPTERS.items() if adapter.TRAITS.fetch]


@pytest.fixture
async def cms():
    known = Cms()

    async def behave(wire: Wire) -> None:
        while True:
            received = await wire.receive()
            known.asked.append(received.head)
            await wire.send(known.answers.pop(0) if len(known.answers) > 1 else known.answers[0])

    async with scripted(behave) as server:
        known.url = server.url
        yield known


@pytest.fixture
async def place(settings, cms):
    """Resources on both databases, which may ask this CMS."""
    host = cms.url.partition("//")[2]
    async with open_resources(settings.model_copy(update={"fetch_allow_hosts": (host,)})) as resources:
        yield resources


async def make_source(resources: Resources, cms: Cms, **change: Any) -> Any:
    made = await new_source(resources, "directus", api_url=cms.url)
    async with resources.transaction() as session:
        await update_source(session, resources, made.source.id, SourceUpdate(read_token="read-me-token", **change))
    return made


async def test_an_article_that_is_only_named_is_asked_for_and_taken(place, cms):
    cms.answers = [ok(ITEM)]
    made = await make_source(place, cms)
    answer = await deliver(place, made, directus_delivery(made.secret))
    assert (answer.status_code, answer.json()["outcome"], cms.asked) == (202, "ignored", [])
    assert await count_rows(place, Article) == 0
    await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert (article.external_id, article.title, article.state) == ("articles:7", "Жаңа мектеп ашылды 🏫", "published")
    assert article.images[0]["url"].startswith(f"{cms.url}/assets/")
    assert await count_rows(place, ArticleLookup) == 0
    (asked,) = cms.asked
    assert "GET /items/articles/7?fields=" in asked
    assert "Bearer read-me-token" in asked


async def test_what_fails_is_asked_again_and_stands_on_the_card(place, cms):
    cms.answers = [http_answer("500 Sorry"), ok(b"no json"), ok(b"{}"), ok(ITEM)]
    made = await make_source(place, cms)
    await deliver(place, made, directus_delivery(made.secret))
    for _ in range(3):
        await ask_now(place)
        assert await count_rows(place, Article) == 0
        (waiting,) = await all_rows(place, ArticleLookup)
        assert waiting.next_attempt_at > utcnow()
    await settle_refusals(place)
    async with place.read() as session:
        (refusal,) = (await session.exec(sa.select(SourceRefusal).where(col(SourceRefusal.count) > 0))).scalars()
    assert (refusal.code, refusal.source_id) == ("article_not_fetched", made.source.id)
    await ask_now(place)
    assert (await count_rows(place, Article), await count_rows(place, ArticleLookup)) == (1, 0)


async def test_a_newer_delivery_for_the_same_article_is_asked_once(place, cms):
    cms.answers = [ok(ITEM)]
    made = await make_source(place, cms)
    for number in range(3):
        await deliver(place, made, directus_delivery(made.secret, payload={"n": number}))
    assert await count_rows(place, ArticleLookup) == 1
    assert await wake_due(place) == 1
    await ask_now(place)
    assert (len(cms.asked), await count_rows(place, Article)) == (1, 1)


async def test_an_item_that_is_gone_withdraws_the_article(place, cms):
    cms.answers = [ok(ITEM), http_answer("403 Forbidden")]
    made = await make_source(place, cms)
    for number in range(2):
        await deliver(place, made, directus_delivery(made.secret, payload={"n": number}))
        await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert article.state == "unpublished"


async def test_a_source_without_an_address_or_that_is_off_asks_nobody(place, cms):
    cms.answers = [ok(ITEM)]
    made = await new_source(place, "directus")
    await deliver(place, made, directus_delivery(made.secret))
    await ask_now(place)
    assert (cms.asked, await count_rows(place, ArticleLookup)) == ([], 1)
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(enabled=False))
    await ask_now(place)
    assert (cms.asked, await count_rows(place, ArticleLookup)) == ([], 0)


async def test_the_read_token_is_sealed_and_never_shown(place, cms):
    made = await make_source(place, cms)
    async with open_client(place, FakePlanner()) as client:
        shown = (await client.get(f"/api/sources/{made.source.id}")).json()
    (row,) = await all_rows(place, Source)
    assert shown["has_read_token"] is True
    assert "read-me-token" not in f"{shown}{row.read_token_encrypted}"
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(name="Other"))
        await update_source(session, place, made.source.id, SourceUpdate(read_token=""))
    (row,) = await all_rows(place, Source)
    assert row.read_token_encrypted is None


ANSWERS = {
    "contentful": ("entry.answer.json", "/spaces/s/environments/master/entries?sys.id=e1&include=2&locale=*"),
    "drupal": ("node.answer.json", "/jsonapi/node/article/u1?include=field_tags"),
    "strapi": ("entry_5.answer.json", "/api/articles/vprrjp6hbwetb03h8edjgd37?populate=*&locale=kk"),
}
TERM = [{"target_id": 3, "target_type": "taxonomy_term", "target_uuid": "z", "url": "/taxonomy/term/3"}]
ASSET = {"sys": {"type": "Link", "linkType": "Asset", "id": "asset1"}}


def thin_delivery(kind: str, secret: str) -> Any:
    if kind == "contentful":
        return contentful_delivery(secret, cover={"ru": ASSET})
    return drupal_delivery(secret, field_tags=TERM) if kind == "drupal" else strapi_delivery(secret, tags={"count": 1})


async def deliver_thin(resources: Resources, cms: Cms, kind: str, *, token: str = "read-me-token") -> Any:
    made = await new_source(resources, kind, api_url=cms.url, language="ru")
    async with resources.transaction() as session:
        await update_source(session, resources, made.source.id, SourceUpdate(read_token=token))
    sample = thin_delivery(kind, made.secret)
    if kind == "contentful":
        path = f"/webhooks/cms/{made.source.slug}"
        body = sample.body.replace(b'"id": "e1"', b'"id": "e1", "space": {"sys": {"id": "s"}}')
        headers = {**sample.headers, ":path": path}
        signature = sign_contentful(made.secret, headers, body)
        headers = {name: value for name, value in headers.items() if not name.startswith(":")}
        sample = Sample({**headers, "x-contentful-signature": signature}, body)
    return await deliver(resources, made, sample)


@pytest.mark.parametrize("kind", sorted(ANSWERS))
async def test_what_a_payload_only_refers_to_is_asked_of_the_cms(place, cms, kind):
    name, address = ANSWERS[kind]
    cms.answers = [ok((PAYLOADS / kind / name).read_bytes())]
    answer = await deliver_thin(place, cms, kind)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "ignored")
    await ask_now(place)
    (article,) = await all_rows(place, Article)
    (asked,) = cms.asked
    assert (f"GET {address}" in asked, "Bearer read-me-token" in asked) == (True, True), asked
    assert article.state == "published"
    found = {
        "contentful": ("Зал заседаний", [], ["Надежда"]),
        "drupal": ("Мәслихат залы", ["Бюджет"], []),
        "strapi": ("Зал", ["Budget"], ["Nadia Editor"]),
    }
    assert (article.images[0]["alt"], article.tags, article.authors) == found[kind]
    assert all("problem" not in image for image in article.images)


@pytest.mark.parametrize("kind", ["contentful", "drupal"])
async def test_what_the_delivery_said_counts_where_the_cms_does_not_answer(place, cms, kind):
    cms.answers = [http_answer("503 Sorry"), http_answer("404 Not Found"), ok(b'{"items": [], "data": null}')]
    await deliver_thin(place, cms, kind)
    for number in range(3):
        assert await count_rows(place, Article) == 0, number
        await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert (article.title.startswith("Жаңа мектеп ашылды"), article.state) == (True, "published")
    assert await count_rows(place, ArticleLookup) == 0
    await settle_refusals(place)
    assert {row.code for row in await all_refusals(place)} == {"article_not_fetched"}


async def test_what_an_unsigned_delivery_said_counts_only_where_nothing_answers(place, cms):
    """Whoever knows the secret can name what makes the CMS stumble, and say whatever there is to be posted."""
    cms.answers = [
        http_answer("500 Sorry"),
        http_answer("400 Bad Request"),
        http_answer("403 No"),
        ok(b'{"data": null}'),
    ]
    await deliver_thin(place, cms, "strapi")
    for _ in range(5):
        await ask_now(place)
    assert await count_rows(place, Article) == 0
    closed = place.settings.model_copy(update={"fetch_allow_hosts": ("127.0.0.1:1",)})
    async with open_resources(closed) as cut_off:
        made = await new_source(cut_off, "strapi", api_url="http://127.0.0.1:1")
        await deliver(cut_off, made, strapi_delivery(made.secret, title="Бөлек мақала"))
        for _ in range(3):
            assert await count_rows(cut_off, Article) == 0
            await ask_now(cut_off)
        assert [article.title for article in await all_rows(cut_off, Article)] == ["Бөлек мақала"]


async def test_what_an_unsigned_delivery_says_of_an_article_that_the_cms_does_not_have_is_not_taken(place, cms):
    cms.answers = [http_answer("404 Not Found")]
    made = await new_source(place, "strapi", api_url=cms.url)
    await deliver(place, made, strapi_delivery(made.secret))
    for _ in range(5):
        await ask_now(place)
    assert (await count_rows(place, Article), await count_rows(place, ArticleLookup)) == (0, 1)
    await settle_refusals(place)
    assert {row.code for row in await all_refusals(place)} == {"article_not_fetched"}
    # It may have come late to the machine that was asked.
    cms.answers = [ok((PAYLOADS / "strapi" / "entry_5.answer.json").read_bytes())]
    await ask_now(place)
    assert [article.state for article in await all_rows(place, Article)] == ["published"]


async def all_refusals(resources: Resources) -> list[SourceRefusal]:
    async with resources.read() as session:
        return list((await session.exec(select(SourceRefusal))).all())


async def test_an_unpublishing_meanwhile_outlives_what_is_asked(place, cms):
    cms.answers = [ok((PAYLOADS / "strapi" / "entry_5.answer.json").read_bytes())]
    made = await new_source(place, "strapi", api_url=cms.url)
    await deliver(place, made, strapi_delivery(made.secret))
    await deliver(place, made, strapi_delivery(made.secret, event="entry.unpublish"))
    await ask_now(place)
    assert [article.state for article in await all_rows(place, Article)] == ["unpublished"]


async def test_without_a_way_to_ask_the_delivery_s_own_words_are_taken_at_once(place, cms):
    contentful = await deliver_thin(place, cms, "contentful", token="")
    made = await new_source(place, "strapi")
    strapi = await deliver(place, made, strapi_delivery(made.secret, tags={"count": 1}))
    assert [answer.json()["outcome"] for answer in (contentful, strapi)] == ["created", "created"]
    assert (cms.asked, await count_rows(place, ArticleLookup)) == ([], 0)


async def test_strapi_s_null_entry_is_the_one_that_was_published_last(place, cms):
    document = json.loads((PAYLOADS / "strapi" / "entry_5.answer.json").read_text())
    cms.answers = [ok(json.dumps({"data": [document["data"]]}).encode())]
    made = await new_source(place, "strapi", api_url=cms.url)
    null = {"event": "entry.publish", "createdAt": "2026-11-21T02:56:58.716Z", "uid": "api::article.article"}
    await deliver(place, made, bearer_delivery(made.secret, {**null, "entry": "null"}))
    await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert article.external_id == "api::article.article:bjpz4a5468dqw8gyefwngntv:en"
    assert "GET /api/articles?populate=*&sort=publishedAt:desc" in cms.asked[0]
    # One that was published long before is not the one that was meant.
    await deliver(
        place, made, bearer_delivery(made.secret, {**null, "createdAt": "2026-11-22T02:56:58Z", "entry": None})
    )
    await ask_now(place)
    assert (await count_rows(place, Article), await count_rows(place, ArticleLookup)) == (1, 1)


async def test_contentful_s_older_answer_comes_too_early(place, cms):
    adapter = ADAPTERS["contentful"]
    answer = (PAYLOADS / "contentful" / "entry.answer.json").read_bytes()
    assert adapter.TRAITS.fetch is not None
    read = adapter.TRAITS.fetch.read
    assert read(answer, "e1", {"revision": "4"}, adapter.OPTIONS()) is None
    assert isinstance(read(answer, "e1", {"revision": "3"}, adapter.OPTIONS()), ParsedDelivery)


def test_kinds_of_content_have_the_plural_that_strapi_proposes():
    assert [plural_of(name) for name in ("article", "story", "news", "day", "box", "press")] == [
        "articles", "stories", "news", "days", "boxes", "presses",
    ]  # fmt: skip


async def test_prismic_is_answered_with_200_exactly(place):
    made = await new_source(place, "prismic")
    answer = await deliver(place, made, prismic_delivery(made.secret))
    assert answer.status_code == 200
    assert (await deliver(place, made, prismic_delivery("another"))).status_code == 401


async def test_storyblok_wants_its_answer_in_json(place):
    made = await new_source(place, "storyblok", site_url="https://cms.example")
    answer = await deliver(place, made, sample_delivery("storyblok", made.secret))
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")


@pytest.mark.parametrize("kind", FETCHED)
def test_odd_answers_of_a_cms_end_in_a_verdict(kind):
    adapter = ADAPTERS[kind]
    fetch, options = adapter.TRAITS.fetch, adapter.OPTIONS(site_url="https://cms.example")  # type: ignore[call-arg]
    assert fetch is not None
    for path in sorted((PAYLOADS / kind).glob("*.answer.json")):
        document = json.loads(path.read_text())
        for number, at in enumerate(places(document)):
            for odd in ODD[number % 6 :: 6]:
                body = json.dumps(mutated(document, at, odd, is_removed=False)).encode()
                try:
                    news = fetch.read(body, "key", {"id": "Yx1"}, options)
                except (BadRequest, Invalid):
                    continue
                assert news is None or isinstance(news, ParsedDelivery | IgnoredDelivery)
    for body in (b"", b"[]", b"{}", b"\xff", b"[" * 100_000):
        with pytest.raises((BadRequest, Invalid)):
            fetch.read(body, "key", {"id": "Yx1"}, options)


async def test_a_delivery_that_is_handled_again_has_the_cms_asked_anew(place, cms):
    answer = json.loads((PAYLOADS / "strapi" / "entry_5.answer.json").read_text())
    cms.answers = [ok(json.dumps(answer).encode())]
    made = await new_source(place, "strapi", api_url=cms.url)
    await deliver(place, made, strapi_delivery(made.secret))
    await ask_now(place)
    answer["data"]["title"] = "Changed since"
    cms.answers = [ok(json.dumps(answer).encode())]
    (kept,) = await all_rows(place, SourceDelivery)
    await replay_delivery(place, made.source.id, kept.id)
    await ask_now(place)
    assert [article.title for article in await all_rows(place, Article)] == ["Changed since"]
