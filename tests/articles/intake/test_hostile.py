"""Hostile headers and bodies end in a 4xx, and never in a 5xx, a 410, a redirect or a row."""

import asyncio
import json
import threading
import time
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from app import meters
from app.articles.adapters import ADAPTERS, generic
from app.articles.models import Article, Source
from app.kit import metrics
from tests.articles.conftest import all_rows, count_rows
from tests.builders_articles import (
    at,
    generic_delivery,
    ghost_delivery,
    new_source,
    sample_delivery,
    signed,
    signed_generic,
)

SIGNATURES = [
    "",
    "v1",
    "v1,",
    ",",
    "v1,a,b",
    "v1,====",
    "v1,AAA",
    "v1,\xe9",
    "v1,A  v1,B",
    "x" * 20_000,
    "\x00",
    "v1a,AAAA",
]
STAMPS = [
    "",
    "0",
    "-1",
    "1e9",
    "1614265330.9",
    " 1 ",
    "1_000",
    "9" * 12,
    "9" * 400,
    "NaN",
    "\xb2\xb3",
    "٣".encode().decode("latin-1"),
]
GHOST_SIGNATURES = [
    "", "sha256=", f"sha256={'0' * 64}", f"sha256={'0' * 64}, t=", f"sha256={'0' * 64}, t={'9' * 400}",
    f"sha256={'g' * 64}, t=1",
    f"sha256={'0' * 64},t=1", f"SHA256={'0' * 64}, t=1", f"sha256={'é' * 64}, t=1", f"sha256={'0' * 64}, t=1\n",
    "\x00", "=" * 9999,
]  # fmt: skip
BODIES = [
    b"", b" ", b"null", b"[]", b"{}", b'{"type":"article.published"}', b'{"type":"article.published","data":[]}',
    b'{"type":["a"],"data":{}}', b'{"type":"article.published","data":{"id":{"a":1}}}', b'{"event":5,"post":5}',
    b'{"post":{"current":[]}}',
    b"\xff\xfe\x00", b"\xef\xbb\xbf", b"[" * 300_000, b'{"a":' * 100_000, b'{"data":' + b"9" * 5000 + b"}",
    b'{"data":NaN}', b"true", b"0", b'"text"', b"[null]", b"<xml/>", b"a=1&b=2", b'{"a":"\xff"}', b'{"\\u0000":1}',
    b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a":1}{"a":2}', b'{"a":Infinity}',
    b'{"type":"article.published","timestamp":1e999,"data":{"id":"1","url":"https://a.example/","title":"t"}}',
    b'{"type":"article.published","timestamp":"\\ud800x","data":{"id":"1","url":"https://a.example/","title":"t"}}',
    b'{"type":"article.published","data":{"id":"\\u0000","url":"https://a.example/","title":"t"}}',
    b'{"type":"article.published","data":{"id":"1","url":"https://a.example/\\u0000","title":"t"}}',
    b'{"event":"post.published","post":{"current":{"id":"\\u0000"}}}',
    b'{"event":"post.published","post":{"current":{"id":1e999}}}',
]  # fmt: skip
ODD_TEXT = "a\x00b\x1b\u202e\ud800\ufffe\u0301" + "\U0001f3d9" + "e\u0301" * 5


@pytest.fixture
async def sources(sqlite_resources):
    return {kind: await new_source(sqlite_resources, kind) for kind in ("generic", "ghost")}


async def test_hostile_headers_are_refused(sqlite_client, sqlite_resources, sources):
    body = b'{"type":"article.published","data":{"id":"1","url":"https://a.example/","title":"t"}}'
    generic = {"content-type": "application/json", "webhook-id": "m", "webhook-timestamp": str(int(time.time()))}
    tries = [generic | {"webhook-signature": signature} for signature in SIGNATURES]
    tries += [generic | {"webhook-signature": "v1,AAAA", "webhook-timestamp": stamp} for stamp in STAMPS]
    tries += [generic | {"webhook-signature": "v1,AAAA", "webhook-id": odd} for odd in ("", "\xe9", "x" * 9999, "\x00")]
    tries += [{"content-type": "application/json", "x-ghost-signature": signature} for signature in GHOST_SIGNATURES]
    tries += [{}, {"content-type": "\xff"}, {"content-length": "ten"}, {"content-encoding": "gzip"}]
    for made in sources.values():
        for headers in tries:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await sqlite_client.post(f"/webhooks/cms/{made.source.slug}", content=body, headers=raw)
            assert answer.status_code == (400 if headers.get("content-length") == "ten" else 401), headers
    assert await count_rows(sqlite_resources, Article) == 0


@pytest.mark.parametrize("kind", sorted(set(ADAPTERS) - {"feed"}))
async def test_hostile_bodies_are_refused_though_signed(sqlite_client, sqlite_resources, kind):
    made = await new_source(sqlite_resources, kind)
    whole = sample_delivery(kind, made.secret).body
    # Contentful signs the path too.
    path = "/webhooks/cms/x" if kind == "contentful" else f"/webhooks/cms/{made.source.slug}"
    await rename(sqlite_resources, made.source, path.rpartition("/")[2])
    for body in [*BODIES, b"[" + whole + b"]", whole[:-5], whole + b"}", whole.decode().encode("utf-16")]:
        metrics.take()
        headers = signed(kind, made.secret, body).headers
        answer = await sqlite_client.post(path, content=body, headers=headers)
        if answer.is_success:
            outcome = answer.json()["outcome"]
            assert (outcome, bool(answer.json()["reason"])) == ("ignored", True), body[:40]
        else:
            outcome = answer.json()["code"]
            assert answer.status_code in ({400, 401, 422} if kind == "prismic" else {400, 422}), body[:40]
            assert answer.headers["content-type"] == "application/problem+json"
        counted = [labels for name, labels in metrics.take() if name == meters.deliveries.name]
        assert counted == [(kind, outcome)], body[:40]
    assert await count_rows(sqlite_resources, Article) == 0


async def rename(resources, source, slug):
    async with resources.transaction() as session:
        await session.exec(sa.update(Source).where(Source.id == source.id).values(slug=slug))


async def test_the_names_of_headers_may_be_written_in_any_case(sqlite_client, sqlite_resources, sources):
    for kind, made in sources.items():
        sample = sample_delivery(kind, made.secret)
        headers = {name.upper(): value for name, value in sample.headers.items()}
        answer = await sqlite_client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=headers)
        assert answer.status_code == 202


async def test_a_signature_sent_twice_is_refused(sqlite_client, sources):
    made = sources["generic"]
    sample = sample_delivery("generic", made.secret)
    headers = [*sample.headers.items(), ("webhook-timestamp", sample.headers["webhook-timestamp"])]
    answer = await sqlite_client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202), ("application/json; charset=UTF-8", 202), ("Application/JSON", 202),
        ("application/cloudevents+json", 202),
        ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415),
        ("", 415), (None, 415),
    ],
)  # fmt: skip
async def test_only_json_is_taken(sqlite_client, sources, content_type, status):
    made = sources["generic"]
    sample = sample_delivery("generic", made.secret)
    headers = {name: value for name, value in sample.headers.items() if name != "content-type"}
    if content_type is not None:
        headers["content-type"] = content_type
    answer = await sqlite_client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_any_method_but_post_is_405(sqlite_client, sources, method):
    answer = await sqlite_client.request(method, f"/webhooks/cms/{sources['generic'].source.slug}")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


async def test_a_slash_at_the_end_is_no_redirect(sqlite_client, sources):
    sample = sample_delivery("generic", sources["generic"].secret)
    path = f"/webhooks/cms/{sources['generic'].source.slug}/"
    assert (await sqlite_client.post(path, content=sample.body, headers=sample.headers)).status_code == 202


@pytest.mark.parametrize(("kind", "megabytes"), [("generic", 10), ("ghost", 50)])
async def test_a_body_may_be_as_large_as_its_cms_makes_them(sqlite_client, sqlite_resources, sources, kind, megabytes):
    made, path = sources[kind], f"/webhooks/cms/{sources[kind].source.slug}"
    revisions = [{"lexical": "x" * 1_000_000}] * (megabytes - 1)
    sample = sample_delivery(kind, made.secret, post_revisions=revisions, html="<p>Text</p>" + "<div>" * 100_000)
    assert len(sample.body) > (megabytes - 1) * 1_000_000
    assert (await sqlite_client.post(path, content=sample.body, headers=sample.headers)).status_code == 202
    large = sample_delivery(kind, made.secret, id="2", post_revisions=[*revisions, *[{"lexical": "x" * 1_000_000}] * 4])

    async def chunks():
        yield large.body

    for content in (large.body, chunks()):
        answer = await sqlite_client.post(path, content=content, headers=large.headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert await count_rows(sqlite_resources, Article) == 1


async def test_a_withdrawal_is_heard_however_many_revisions_come_along(sqlite_client, sqlite_resources, sources):
    made, path = sources["ghost"], f"/webhooks/cms/{sources['ghost'].source.slug}"
    first = ghost_delivery(made.secret)
    await sqlite_client.post(path, content=first.body, headers=first.headers)
    revisions = [{"lexical": "x" * 1_000_000, "half": "\ud83d"}] * 20
    previous = {"status": "published", "post_revisions": revisions}
    changes: dict[str, Any] = {"event": "post.unpublished", "status": "draft", "updated_at": at(1)}
    last = ghost_delivery(made.secret, post_revisions=revisions, previous=previous, **changes)
    answer = await sqlite_client.post(path, content=last.body, headers=last.headers)
    assert answer.json()["outcome"] == "unpublished"


async def test_large_bodies_leave_the_event_loop_free(sqlite_client, sources, monkeypatch):
    made = sources["generic"]
    sample = generic_delivery(made.secret, html="<p>" + "word <b>bold</b> " * 500_000)
    loop, read_elsewhere = asyncio.get_running_loop(), []

    def slowly(name: str, read: Any, *arguments: Any) -> Any:
        """Go on only after the event loop has had a turn, which it has not where this runs in its own thread."""
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        read_elsewhere.append((name, turned.wait(20)))
        return read(*arguments)

    for name in ("verify", "parse"):
        monkeypatch.setattr(generic, name, partial(slowly, name, getattr(generic, name)))
    answer = await sqlite_client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert answer.status_code == 202
    assert read_elsewhere == [("verify", True), ("parse", True)]


async def test_whatever_an_article_carries_is_stored_or_clearly_refused(client, resources):
    """On both databases: PostgreSQL takes no NUL and no half of a surrogate pair."""
    made = await new_source(resources)
    oddities: list[dict[str, Any]] = [
        {"title": ""}, {"title": "T" * 5_000}, {"title": "<b>x</b>" * 2_000}, {"title": ODD_TEXT},
        {"title": "\u200b\u200e"},
        {"images": [f"https://dead.example/{number}.jpg" for number in range(200)]},
        {"images": ["", "x", "http://[", ODD_TEXT]},
        {"language": "tlh"}, {"language": ODD_TEXT}, {"language": "x" * 999},
        {"published_at": "9999-12-31T23:59:59Z"},
        {"published_at": "0001-01-01T00:00:00Z"}, {"published_at": -62135596800},
        {"tags": [ODD_TEXT, "", "#", "x" * 9999] * 300},
        {"category": ODD_TEXT}, {"excerpt": ODD_TEXT * 2_000}, {"html": ODD_TEXT * 2_000},
        {"html": "<" * 300_000}, {"video": ODD_TEXT},
        {"id": 10**400}, {"id": -5}, {"id": "\U0001f3d9"}, {"breaking": True, "unknown": {"deep": [[[]]]}},
    ]  # fmt: skip
    for number, odd in enumerate(oddities):
        document = {
            "type": "article.published",
            "data": {"id": f"n{number}", "url": "https://a.example/", "title": "t", **odd},
        }
        sample = signed_generic(made.secret, json.dumps(document).encode())
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
        assert answer.status_code == 202, (odd, answer.text)
    stored = {article.external_id: article for article in await all_rows(resources, Article)}
    assert len(stored) == len(oddities)
    listed = await client.get("/api/articles?limit=200")
    assert listed.status_code == 200, listed.text
    for article in stored.values():
        assert (await client.get(f"/api/articles/{article.id}")).status_code == 200
    assert stored["n10"].published_at.year == 9999
    assert len(stored["n5"].images) == 200


async def test_a_clock_in_the_far_future_does_not_lock_the_article(client, resources):
    made = await new_source(resources)
    path = f"/webhooks/cms/{made.source.slug}"
    for type_, timestamp in [("article.published", "9999-01-01T00:00:00Z"), ("article.unpublished", None)]:
        sample = generic_delivery(made.secret, type=type_, timestamp=timestamp)
        assert (await client.post(path, content=sample.body, headers=sample.headers)).status_code == 202
    [article] = await all_rows(resources, Article)
    assert article.state == "unpublished"
    assert article.revision.year < 9999
