"""After an outage more than one page of a list is new: all of it is found, within bounds, and taken once."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from app.articles.feeds import polls
from app.articles.feeds.further_pages import MOST_PAGES
from app.articles.feeds.rest_api import page_url
from app.articles.models import Article
from app.articles.schemas_feeds import FeedRead
from app.kit.clock import utcnow
from tests.articles.conftest import all_rows, count_rows
from tests.articles.feeds.site import change_feed, feed_row, new_feed, poll_now

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

    def unpublish(self, *numbers):
        self.numbers = [number for number in self.numbers if number not in numbers]

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
    monkeypatch.setattr("app.articles.feeds.further_pages.BETWEEN_PAGES_SECONDS", 0)


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


async def test_what_one_poll_cannot_read_the_next_ones_find_to_the_last_article(place, site):
    cms = await start(place, site, "ghost")
    cms.publish(*range(100, 200))
    feed = await poll_now(place)
    assert (await count_rows(place, Article), len(listed(site))) == (5 * MOST_PAGES, 1 + MOST_PAGES)
    assert (feed.backlog_page, feed.etag, feed.body_sha256) == (MOST_PAGES + 1, "", "")
    assert FeedRead.of(feed).is_behind
    # Meanwhile two pages more are new, and the head of the list is gone: nothing of that loses an article.
    cms.publish(*range(200, 210))
    cms.unpublish(209, 208, 199)
    for _ in range(4):
        feed = await poll_now(place)
    articles = await all_rows(place, Article)
    assert sorted(article.title for article in articles) == sorted(f"T{number}" for number in range(100, 208))
    assert (feed.backlog_page, feed.backlog_since, feed.taken) == (None, None, 108)
    assert not FeedRead.of(feed).is_behind
    before = len(listed(site))
    await poll_now(place)
    assert len(listed(site)) - before == 1, "what is known costs one question"


async def test_a_page_that_fails_later_and_a_death_in_between_cost_no_article(place, site, monkeypatch):
    cms = await start(place, site, "strapi")
    cms.publish(*range(100, 160))
    with monkeypatch.context() as patch:
        patch.setattr(polls, "record_outcomes", _dies)
        with pytest.raises(_Death):
            await poll_now(place)
    assert await count_rows(place, Article) == 5 * MOST_PAGES
    cms.fails = {11: 503}
    feed = await poll_now(place)
    assert (feed.backlog_page, feed.failures, await count_rows(place, Article)) == (11, 0, 5 * MOST_PAGES)
    cms.fails = {}
    feed = await poll_now(place)
    assert (feed.backlog_page, await count_rows(place, Article)) == (None, 60)


class Paged:
    """A feed of 5 items a page, that says in a form of its own where the next ones stand."""

    def __init__(self, site, form, word="paged"):
        self.site, self.form, self.word, self.leads_to = site, form, word, {}
        site.answer = self.answer

    async def answer(self, request):
        page = int(request.query.get(self.word) or 1)
        stories = self.site.stories[(page - 1) * 5 : page * 5]
        if page > 1 and not stories:
            return web.Response(status=404)
        more = self.leads_to.get(page, f"?{self.word}={page + 1}") if len(self.site.stories) > page * 5 else ""
        return getattr(self, self.form)(stories, more)

    def rss(self, stories, more):
        link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{more}"/>' if more else ""
        return self._channel(stories, link)

    def rss_of_wordpress(self, stories, _more):
        return self._channel(stories, "<generator>https://wordpress.org/?v=6.1.9</generator>")

    def _channel(self, stories, head):
        items = "".join(story.item(self.site.url) for story in stories)
        body = f"<rss version='2.0'><channel><title>Aimaq</title>{head}{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")

    def atom(self, stories, more):
        link = f'<link rel="next" href="{more}"/>' if more else ""
        items = "".join(
            f"<entry><id>urn:{story.number}</id><title>T{story.number}</title><updated>{story.at.isoformat()}</updated>"
            f'<link rel="alternate" href="{self.site.url}/news/{story.number}"/><content>Text.</content></entry>'
            for story in stories
        )
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Aimaq</title>{link}{items}</feed>'
        return web.Response(text=body, content_type="application/atom+xml")


@pytest.mark.parametrize(
    ("kind", "form"), [("wordpress", "rss"), ("feed", "rss_of_wordpress"), ("feed", "rss"), ("feed", "atom")]
)
async def test_a_feed_is_walked_back_by_its_own_pages(place, site, kind, form):
    feed = Paged(site, form)
    for number in range(7):
        site.publish(number, at=datetime.now(UTC) - timedelta(hours=1))
    await new_feed(place, site.feed, kind=kind)
    await poll_now(place)
    assert len(listed(site)) == 1, "what it is first seen with is no news, however many pages that has"
    for number in range(100, 112):
        site.publish(number)
    await poll_now(place)
    assert await count_rows(place, Article) == 12
    assert [request.query.get(feed.word) for request in listed(site)] == [None, None, "2", "3"]
    await poll_now(place)
    assert (await count_rows(place, Article), len(listed(site))) == (12, 5), "what is known costs one question"


async def test_what_one_poll_cannot_read_of_linked_pages_the_next_ones_find(place, site):
    feed = Paged(site, "atom")
    site.publish(1, at=datetime.now(UTC) - timedelta(hours=1))
    await new_feed(place, site.feed)
    await poll_now(place)
    for number in range(100, 200):
        site.publish(number)
    row = await poll_now(place)
    assert (await count_rows(place, Article), len(listed(site))) == (5 * MOST_PAGES, 1 + MOST_PAGES)
    assert (row.backlog_page, row.backlog_url) == (MOST_PAGES + 1, f"{site.feed}?paged={MOST_PAGES}")
    # Meanwhile a page and more is new, and some of what stood in front is gone.
    for number in range(200, 207):
        site.publish(number)
    site.stories = [story for story in site.stories if story.number not in {206, 199, 198}]
    for _ in range(4):
        row = await poll_now(place)
    told = sorted(article.title for article in await all_rows(place, Article))
    assert told == sorted(f"T{number}" for number in range(100, 206)), feed
    assert (row.backlog_page, row.backlog_since, row.backlog_url) == (None, None, "")


async def test_pages_that_are_larger_than_a_bite_are_taken_whole(place, site, monkeypatch):
    monkeypatch.setattr("app.articles.feeds.polls.MOST_AT_ONCE", 3)
    monkeypatch.setattr("app.articles.feeds.further_pages.MOST_PER_PAGE", 2)
    Paged(site, "rss")
    site.publish(1, at=datetime.now(UTC) - timedelta(hours=1))
    await new_feed(place, site.feed)
    await poll_now(place)
    for number in range(100, 114):
        site.publish(number)
    for _ in range(9):
        row = await poll_now(place)
    assert (await count_rows(place, Article), row.backlog_page) == (14, None)


@pytest.mark.parametrize("leads_to", ["?paged=1", "http://10.0.0.1/feed", "/news/1"])
async def test_a_link_to_no_further_page_ends_the_walk(place, site, leads_to):
    feed = Paged(site, "atom")
    feed.leads_to[2] = leads_to
    site.publish(1, at=datetime.now(UTC) - timedelta(hours=1))
    await new_feed(place, site.feed)
    await poll_now(place)
    for number in range(100, 112):
        site.publish(number)
    row = await poll_now(place)
    assert (await count_rows(place, Article), row.failures, row.backlog_page) == (10, 0, None)
    assert len(listed(site)) <= 4


async def test_a_read_token_goes_to_the_typed_address_alone(place, site):
    Paged(site, "rss").leads_to[1] = "/ghost/api/content/posts/"
    site.publish(1, at=datetime.now(UTC) - timedelta(hours=1))
    await new_feed(place, site.feed, kind="ghost", read_token="0123456789abcdef0123456789")
    await poll_now(place)
    for number in range(100, 107):
        site.publish(number)
    await poll_now(place)
    asked = [request for request in listed(site) if request.path.startswith("/ghost/")]
    assert len(asked) == 1
    assert "key" not in asked[0].query


async def test_a_backlog_of_what_is_no_news_any_more_is_given_up(place, site):
    cms = await start(place, site, "ghost")
    cms.publish(*range(100, 160))
    await poll_now(place)
    await change_feed(place, backlog_since=utcnow() - timedelta(hours=25))
    feed = await poll_now(place)
    assert (feed.backlog_page, await count_rows(place, Article)) == (None, 5 * MOST_PAGES)


class _Death(Exception):
    pass


async def _dies(_app, outcomes):
    # It is called every second, also while the poll goes on.
    if outcomes:
        raise _Death


async def test_pages_are_asked_for_only_while_they_are_news(place, site):
    cms = await start(place, site, "ghost")
    cms.numbers.clear()
    cms.publish(*range(300, 320), ago=timedelta(days=3))
    cms.publish(*range(400, 403))
    before = len(listed(site))
    await poll_now(place)
    assert (len(listed(site)) - before, await count_rows(place, Article)) == (1, 3)


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
    cms.fails = {}
    await poll_now(place)
    assert (await count_rows(place, Article), (await feed_row(place)).backlog_page) == (24, None)


def test_an_address_that_names_its_own_page_is_asked_for_that_alone():
    assert page_url("wordpress", "https://a.example/wp-json/wp/v2/posts?categories=3", 2) == (
        "https://a.example/wp-json/wp/v2/posts?categories=3&page=2"
    )
    assert page_url("strapi", "https://a.example/api/articles?x[y]=1", 3) == (
        "https://a.example/api/articles?x[y]=1&pagination[page]=3"
    )
    for kind, url in [
        ("wordpress", "https://a.example/feed?paged=2"), ("feed", "https://a.example/wp-json/wp/v2/posts"),
        ("feed", "https://a.example/feed"), ("ghost", "https://a.example/rss/"),
        ("wordpress", "https://a.example/wp-json/wp/v2/posts?offset=50"),
        ("strapi", "https://a.example/api/articles?pagination[start]=0"),
    ]:  # fmt: skip
        assert page_url(kind, url, 2) is None


def listed(site):
    return [request for request in site.asked if not request.path.startswith("/news/")]
