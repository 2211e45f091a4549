"""A time that names no zone is the site's own: every adapter and every form of feed reads it in the source's zone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import ParsedDelivery, SourceOptions
from app.articles.feeds.json_feed import read_json_feed
from app.articles.feeds.page import read_page
from app.articles.feeds.xml_feed import read_xml
from app.kit.zones import zone_of

ALMATY = "Asia/Almaty"
WRITTEN, MEANT = "2026-11-21T18:30:00", datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
RFC_822 = "Sat, 21 Nov 2026 18:30:00"

DOCUMENTS: dict[str, Any] = {
    "generic": {
        "type": "article.published",
        "data": {"id": "1", "title": "T", "url": "https://a.example/1", "published_at": WRITTEN},
    },
    "ghost": {
        "post": {"current": {"id": "1", "title": "T", "status": "published", "published_at": WRITTEN}, "previous": {}}
    },
    "wordpress": {
        "post_id": 1,
        "post": {"post_title": "T", "post_status": "publish", "post_date": WRITTEN.replace("T", " ")},
    },
    "drupal": {
        "entity": {
            "uuid": [{"value": "u"}],
            "status": [{"value": True}],
            "title": [{"value": "T"}],
            "published_at": [{"value": WRITTEN}],
        }
    },
    "strapi": {
        "event": "entry.publish",
        "uid": "api::article.article",
        "entry": {"id": 1, "title": "T", "publishedAt": WRITTEN},
    },
    "contentful": {
        "sys": {"type": "Entry", "id": "e", "publishedVersion": 1},
        "fields": {"title": {"kk": "T"}, "date": {"kk": WRITTEN}},
    },
    "sanity": {"_id": "s", "title": "T", "publishedAt": WRITTEN},
    "superdesk": {
        "guid": "g",
        "type": "text",
        "headline": "T",
        "embargoed": WRITTEN,
        "firstpublished": "2026-11-20T00:00:00Z",
    },
}
ANSWERS: dict[str, Any] = {
    "directus": {"data": {"id": 1, "title": "T", "date_published": WRITTEN}},
    "storyblok": {"story": {"id": 1, "content": {"component": "article", "title": "T", "published_at": WRITTEN}}},
    "prismic": {"results": [{"id": "p", "data": {"title": "T", "date": WRITTEN}}]},
}


def options_of(kind: str) -> SourceOptions:
    own = {"site_url": "https://a.example"} if kind == "directus" else {}
    return ADAPTERS[kind].OPTIONS(timezone=ALMATY, **own)


def test_every_kind_is_looked_at():
    assert DOCUMENTS.keys() | ANSWERS.keys() == ADAPTERS.keys() - {"feed"}


@pytest.mark.parametrize("kind", sorted(DOCUMENTS))
def test_a_delivery_s_time_without_a_zone_is_the_source_s(kind):
    news = ADAPTERS[kind].parse(json.dumps(DOCUMENTS[kind]).encode(), options_of(kind), {})
    assert isinstance(news, ParsedDelivery)
    assert news.draft.published_at == MEANT


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_so_is_that_of_what_the_cms_was_asked_for(kind):
    fetch = ADAPTERS[kind].TRAITS.fetch
    assert fetch is not None
    news = fetch.read(json.dumps(ANSWERS[kind]).encode(), "k", {}, options_of(kind))
    assert isinstance(news, ParsedDelivery)
    assert news.draft.published_at == MEANT


def published_at(written: str) -> datetime | None:
    item = f"<item><title>T</title><link>https://a.example/1</link><pubDate>{written}</pubDate></item>"
    rss = f"<rss version='2.0'><channel>{item}</channel></rss>"
    return read_xml(rss.encode(), "https://a.example/feed", "", options_of("feed")).items[0].published_at


@pytest.mark.parametrize("written", [WRITTEN, RFC_822, "2026-11-21 18:30:00"])
def test_so_are_those_of_feeds(written):
    assert published_at(written) == MEANT


def test_and_those_of_json_feeds_and_pages():
    document = {
        "items": [{"id": "1", "url": "https://a.example/1", "date_published": WRITTEN, "date_modified": WRITTEN}]
    }
    (item,) = read_json_feed(document, "https://a.example/feed", options_of("feed")).items
    assert (item.published_at, item.updated_at) == (MEANT, MEANT)
    page = f'<meta property="article:published_time" content="{WRITTEN}">'.encode()
    assert read_page(page, "", "https://a.example/1", zone_of(ALMATY))["published_at"] == "2026-11-21T13:30:00.000Z"


@pytest.mark.parametrize("written", [f"{RFC_822} +0500", "Sat, 21 Nov 2026 13:30:00 GMT", "2026-11-21T13:30:00Z"])
def test_a_zone_that_is_written_counts(written):
    assert published_at(written) == MEANT
