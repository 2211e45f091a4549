"""Whatever a server does, a poll ends, costs little, stands on the card, and harms no other feed."""

import asyncio
import gzip
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from app.articles.feed_limits import FeedState, state_of
from app.articles.feeds import fetching
from app.articles.models import Article
from app.kit.http.fetch import FetchLimits
from app.resources import open_resources
from tests.articles.conftest import count_rows
from tests.articles.feeds.site import Story, new_feed, poll_now

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss ['
    + '<!ENTITY a "' + "ha" * 500 + '">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 100}">' for before, name in zip("abcde", "bcdef", strict=True))
    + ']><rss version="2.0"><channel><item><title>&f;</title><link>https://x.example/1</link></item></channel></rss>'
).encode()  # fmt: skip
STOLEN = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><item><title>&x;</title><link>https://x.example/1</link></item></channel></rss>"""
DEEP = b"<rss version='2.0'><channel>" + b"<item>" * 200_000


@pytest.fixture
async def impatient(monkeypatch):
    """Limits that a test can wait for, in the same code."""
    monkeypatch.setattr(fetching, "FEED_LIMITS", FetchLimits(max_bytes=300_000, seconds=1.5, stall_seconds=1.0))


async def failing(place):
    feed = await poll_now(place)
    assert (state_of(feed), await count_rows(place, Article)) == (FeedState.failing, 0)
    return feed.problem


def give(body: bytes, **more):
    async def answer(_request):
        return web.Response(body=body, content_type="application/xml", **more)

    return answer


async def endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"<item>" * 2000)


async def slow(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.1)


async def silent(_request):
    await asyncio.sleep(30)
    return web.Response()


async def huge(_request):
    return web.Response(headers={"Content-Length": str(200 * 1024 * 1024)})


async def loop(_request):
    return web.Response(status=302, headers={"Location": "/feed"})


async def to_the_inside(_request):
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})


@pytest.mark.parametrize("answer", [endless, slow, silent, huge, loop, to_the_inside], ids=lambda one: one.__name__)
async def test_rude_servers_are_left(place, site, impatient, answer):
    site.answer = answer
    await new_feed(place, site.feed)
    assert await failing(place)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><head><link rel='alternate' type='application/rss+xml' href='/rss.xml'></head></html>", "/rss.xml"),
        (b"<html><body>Not found</body></html>", "no feed"),
        (b'{"error": "no"}', "no feed"),
        (b"[" * 100_000, "no feed"),
        (b"\x00\xff" * 500, "no feed"),
        (b"/etc/passwd", "no feed"),
        (b"file:///etc/passwd", "no feed"),
    ],
    ids=["page", "no page", "json", "deep json", "bytes", "path", "file"],
)
async def test_what_is_no_feed_is_said_to_be_none(place, site, body, said):
    site.answer = give(body)
    await new_feed(place, site.feed)
    assert said in await failing(place)


@pytest.mark.parametrize("body", [BOMB, STOLEN, DEEP], ids=["bomb", "stolen", "deep"])
async def test_bombs_burst_in_a_process_of_their_own(place, site, body):
    await new_feed(place, site.feed)
    await poll_now(place)
    site.answer = give(body)
    feed = await poll_now(place)
    async with place.read() as session:
        from sqlmodel import select

        titles = [article.title for article in (await session.exec(select(Article))).all()]
    assert all(len(title) < 6000 and "root:" not in title for title in titles)
    site.answer = None
    site.publish(9)
    feed = await poll_now(place)
    assert state_of(feed) is FeedState.working
    assert f"{site.url}/news/9" in [article.url for article in await articles(place)]


async def test_packed_feeds_are_unpacked_within_limits(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    site.publish(1)
    body = site.rss().encode()
    site.answer = give(gzip.compress(body))
    await poll_now(place)
    site.stories.insert(0, Story(2))
    site.answer = give(gzip.compress(site.rss().encode()), headers={"Content-Encoding": "gzip"})
    await poll_now(place)
    assert await count_rows(place, Article) == 2
    site.answer = give(gzip.compress(b" " * (65 * 1024 * 1024)))
    feed = await poll_now(place)
    assert "64 MB" in feed.problem


async def test_private_addresses_are_not_asked(settings, site):
    async with open_resources(settings) as resources:
        await new_feed(resources, site.feed)
        feed = await poll_now(resources)
    assert (state_of(feed), site.asked) == (FeedState.failing, [])
    # A newsroom's own server may well stand there: the problem says which setting would allow it.
    assert f"NEWSREEL_FETCH_ALLOW_HOSTS={urlsplit(site.feed).netloc} would allow it" in feed.problem


async def test_a_hostile_page_changes_nothing_but_that_it_is_not_used(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    site.publish(1)
    site.pages["/news/1"] = "<div " * 100_000 + "<script type='application/ld+json'>" + "[" * 100_000
    await poll_now(place)
    (article,) = await articles(place)
    assert (article.state, article.images) == ("published", [])


async def articles(place):
    from tests.articles.conftest import all_rows

    return await all_rows(place, Article)
