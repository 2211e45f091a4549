"""After an outage more than one page of a REST address is new: all of it is found, within bounds, and taken once."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from app.articles.feeds.further import MOST_PAGES
from app.articles.feeds.rest import page_url
from app.articles.models import Article
from tests.articles.conftest import all_rows, count_rows
from tests.articles.feeds.site import feed_row, new_feed, poll_now

PATHS = {
    "wordpress": "/wp-json/wp/v2/posts",
    "ghost": "/ghost/api/content/posts/",
    "strapi": "/api/articles",
}


class Cms:
    """A CMS's list of articles, the newest first: each kind in its own form, 5 a page."""

    def __init__(self, kind, site):
        self.kind, self.site, self.numbers, self.fails = kind, site, [], {}
        self.at = {}
        site.handle_more = self.handle

    def publish(self, *numbers, ago=timedelta(0)):
        for number in numbers:
            self.numbers.insert(0, number)
            self.at[number] = datetime.now(UTC) - ago

    def one(self, number):
        at, url = self.at[number].strftime("%Y-%m-%dT%H:%M:%S"), f"{self.site.url}/news/{number}"
        if self.kind == "wordpress":
            return {
                "id": number, "date_gmt": at, "modified_gmt": at, "link": url, "status": "publish", "type": "post",
                "title": {"rendered": f"T{number}"}, "content": {"rendered": "<p>Text.</p>"},
            }  # fmt: skip
        if self.kind == "ghost":
            return {"id": str(number), "title": f"T{number}", "url": url, "html": "<p>Text.</p>",
                    "published_at": f"{at}.000Z", "updated_at": f"{at}.000Z"}  # fmt: skip
        return {"documentId": f"d{number}", "title": f"T{number}", "url": url, "body": "Text.",
                "publishedAt": f"{at}.000Z", "updatedAt": f"{at}.000Z"}  # fmt: skip

    async def handle(self, request):
        page = int(request.query.get("page") or request.query.get("pagination[page]") or 1)
        if page in self.fails:
            return web.Response(status=self.fails[page])
        items = [self.one(number) for number in self.numbers[(page - 1) * 5 : page * 5]]
        if self.kind == "wordpress":
            if page > 1 and not items:
                return web.Response(status=400)
            return web.Response(text=json.dumps(items), content_type="application/json")
        key = "posts" if self.kind == "ghost" else "data"
        return web.Response(text=json.dumps({key: items}), content_type="application/json")


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch):
    monkeypatch.setattr("app.articles.feeds.further._BETWEEN_PAGES_SECONDS", 0)


async def start(place, site, kind):
    cms = Cms(kind, site)
    cms.publish(1, 2, 3, 4, 5, 6, 7)
    await new_feed(place, f"{site.url}{PATHS[kind]}", kind=kind)
    await poll_now(place)
    assert len(site.asked) == 1
    return cms


@pytest.mark.parametrize("kind", sorted(PATHS))
async def test_all_that_was_published_in_an_outage_is_found(place, site, kind):
    cms = await start(place, site, kind)
    cms.publish(*range(100, 118))
    feed = await poll_now(place)
    titles = [article.title for article in await all_rows(place, Article)]
    assert titles == [f"T{number}" for number in range(100, 118)], "the oldest first"
    pages = [request.query.get("page") or request.query.get("pagination[page]") for request in listed(site)]
    assert pages == [None, None, "2", "3", "4"]
    await poll_now(place)
    assert (await count_rows(place, Article), feed.taken) == (18, 18)
    assert len(listed(site)) == 6, "what is known costs one question"


async def test_pages_are_asked_for_within_bounds_and_only_while_they_are_news(place, site):
    cms = await start(place, site, "ghost")
    cms.publish(*range(100, 200))
    await poll_now(place)
    assert (await count_rows(place, Article), len(listed(site))) == (5 * MOST_PAGES, 1 + MOST_PAGES)
    cms.numbers.clear()
    cms.publish(*range(300, 320), ago=timedelta(days=3))
    cms.publish(*range(400, 403))
    before = len(listed(site))
    await poll_now(place)
    assert (len(listed(site)) - before, await count_rows(place, Article)) == (1, 5 * MOST_PAGES + 3)


async def test_a_page_that_fails_costs_no_article(place, site):
    cms = await start(place, site, "wordpress")
    cms.publish(*range(100, 112))
    cms.fails = {2: 503}
    feed = await poll_now(place)
    assert (await count_rows(place, Article), feed.failures) == (0, 1)
    cms.fails = {}
    feed = await poll_now(place)
    assert (await count_rows(place, Article), feed.failures) == (12, 0)
    # Where it goes on for long, the first page's news are not held up for the others.
    cms.publish(*range(200, 212))
    cms.fails = {2: 503}
    for _ in range(4):
        await poll_now(place)
    assert (await count_rows(place, Article), (await feed_row(place)).failures) == (17, 0)


def test_an_address_that_names_its_own_page_is_asked_for_that_alone():
    assert page_url("wordpress", "https://a.example/wp-json/wp/v2/posts?categories=3", 2) == (
        "https://a.example/wp-json/wp/v2/posts?categories=3&page=2"
    )
    assert page_url("strapi", "https://a.example/api/articles?x[y]=1", 3) == (
        "https://a.example/api/articles?x[y]=1&pagination[page]=3"
    )
    for kind, url in [
        ("wordpress", "https://a.example/feed"), ("feed", "https://a.example/wp-json/wp/v2/posts"),
        ("wordpress", "https://a.example/wp-json/wp/v2/posts?offset=50"),
        ("strapi", "https://a.example/api/articles?pagination[start]=0"),
    ]:  # fmt: skip
        assert page_url(kind, url, 2) is None


def listed(site):
    return [request for request in site.asked if not request.path.startswith("/news/")]
