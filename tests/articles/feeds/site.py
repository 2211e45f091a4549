"""A news site on a real socket: its feed, its pages, and how rude it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from sqlmodel import select

from app.articles.feeds.polls import poll_due
from app.articles.models_feeds import SourceFeed
from app.articles.rules import SourceRules
from app.articles.schemas import SourceCreate
from app.articles.sources import NewSecret, create_source
from app.kit.clock import utcnow
from app.resources import Resources

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Story:
    """An article as the site has it."""

    number: int
    title: str = ""
    body: str = "<p>Мәтін.</p>"
    at: datetime | None = field(default_factory=lambda: datetime.now(UTC))
    guid: str = ""
    extra: str = ""

    def item(self, site: str) -> str:
        date = f"<pubDate>{format_datetime(self.at)}</pubDate>" if self.at else ""
        guid = self.guid or f"{site}/?p={self.number}"
        return (
            f"<item><title>{escape(self.title or f'Жаңалық {self.number}')}</title>"
            f"<link>{site}/news/{self.number}</link><guid isPermaLink='false'>{escape(guid)}</guid>{date}"
            f"<description>{escape(self.body)}</description>{self.extra}</item>"
        )


class Site:
    """What it publishes, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.stories: list[Story] = []
        self.pages: dict[str, str] = {}
        self.answer: Answer | None = None
        self.handle_more: Answer | None = None
        self.headers: dict[str, str] = {}
        self.has_etag = True
        self.asked: list[web.Request] = []
        self.bodies = 0

    @property
    def host(self) -> str:
        return self.url.partition("//")[2]

    @property
    def feed(self) -> str:
        return f"{self.url}/feed"

    def publish(self, number: int, **changes: Any) -> Story:
        story = Story(number, **changes)
        self.stories.insert(0, story)
        return story

    def rss(self) -> str:
        items = "".join(story.item(self.url) for story in self.stories)
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Aimaq</title>'
            f"<link>{self.url}/</link><language>kk</language>{items}</channel></rss>"
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        if request.path in self.pages:
            return web.Response(text=self.pages[request.path], content_type="text/html")
        if self.handle_more is not None and not request.path.startswith("/news/"):
            return await self.handle_more(request)
        if request.path != "/feed":
            return web.Response(status=404)
        if self.answer is not None:
            return await self.answer(request)
        body = self.rss().encode()
        etag = f'"{hash(body)}"'
        if self.has_etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=self.headers)
        self.bodies += 1
        own = {"ETag": etag} if self.has_etag else {}
        return web.Response(body=body, content_type="application/rss+xml", headers={**own, **self.headers})


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        port = runner.addresses[0][1]
        site.url = f"http://127.0.0.1:{port}"
        yield site
    finally:
        await runner.cleanup()


async def new_feed(
    resources: Resources, url: str, *, kind: str = "feed", poll_minutes: int = 5, max_age_hours: int = 24, **more: Any
) -> NewSecret:
    wanted = SourceCreate(
        name="Aimaq News",
        kind=kind,
        feed_url=url,
        poll_minutes=poll_minutes,
        rules=SourceRules(max_age_hours=max_age_hours),
        **more,
    )
    async with resources.transaction() as session:
        return await create_source(session, resources.keyring, wanted)


async def poll_now(resources: Resources, *, times: int = 1) -> SourceFeed:
    """Poll, as if its time had come, and give how the feed fares."""
    for _ in range(times):
        await change_feed(resources, next_poll_at=utcnow() - timedelta(seconds=1))
        await poll_due(resources)
    return await feed_row(resources)


async def feed_row(resources: Resources) -> SourceFeed:
    async with resources.read() as session:
        return (await session.exec(select(SourceFeed))).one()


async def change_feed(resources: Resources, **changes: Any) -> None:
    async with resources.transaction() as session:
        for feed in (await session.exec(select(SourceFeed))).all():
            for name, value in changes.items():
                setattr(feed, name, value)
            session.add(feed)
