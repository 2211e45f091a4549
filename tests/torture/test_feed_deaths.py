"""A webhook killed at every step with a feed beside it: no article is missed, and none is doubled."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.articles.intake.batches import plan_with
from app.articles.models import Article
from app.config import Settings
from app.kit.clock import utcnow
from app.kit.failpoints import ENVIRONMENT
from app.posts.models import Post
from app.posts.plan.planner import PostPlanner
from app.resources import Resources, open_resources
from tests.articles.feeds.site import Site, change_feed, new_feed, open_site, poll_now
from tests.builders import make_account
from tests.builders_articles import generic_delivery
from tests.functional.stack import PATIENCE_SECONDS
from tests.support.nursery import Nursery

POINTS = (
    "intake.read",  # nothing is known of the delivery, and the CMS sends it once
    "intake.verified",  # it is known to be right, and not stored
    "intake.committed",  # it is stored, and nobody was told
    "intake.enqueued",
    "feeds.fetched",  # the webhook was taken; the feed is read, and nothing is done with it
    "feeds.read",
    "feeds.recorded",
)
WITHOUT_WEBHOOK = (
    "feeds.fetched",
    "feeds.read",
    "feeds.named",  # the article has its name, and is not stored
    "intake.committed",  # it is stored, and the feed's memory does not know it
    "feeds.handed_in",
    "feeds.recorded",
)


_MOST_LIVES = 5


class Life:
    """One source with a webhook and a feed, and processes that die with them in hand."""

    def __init__(self, app: Resources, site: Site, folder: Path, nursery: Nursery) -> None:
        self.app = app
        self.site = site
        self.folder = folder
        self.nursery = nursery
        self.made: Any = None
        self.number = 100

    async def strike(self, point: str, *, has_webhook: bool) -> None:
        """Publish one article, and let the process that takes it die at a point."""
        self.number += 1
        number = self.number
        self.site.publish(number)
        sample = generic_delivery(self.made.secret, id=f"cms-{number}", title="T", url=f"{self.site.url}/news/{number}")
        delivery = {"headers": sample.headers, "body": sample.body.decode()} if has_webhook else None
        (self.folder / "delivery.json").write_text(json.dumps(delivery))
        armed = self.folder / "armed"
        armed.mkdir(exist_ok=True)
        (armed / point).write_text("kill")
        settings = self.app.settings
        environment = {
            **os.environ,
            ENVIRONMENT: str(armed),
            "FEED_LIFE_DATABASE": settings.database_url.get_secret_value(),
            "FEED_LIFE_KEY": settings.secret_key.get_secret_value(),
            "FEED_LIFE_SITE": self.site.host,
        }
        ended = 0
        # On a busy machine a poll may end before it comes to the point, and the next one comes by.
        for _ in range(_MOST_LIVES):
            await change_feed(self.app, next_poll_at=utcnow() - timedelta(seconds=1))
            child = self.nursery.spawn(
                self.made.source.slug, str(self.folder / "delivery.json"), environment=environment,
                log=self.folder / "lives.log", entry="tests.torture.feed_life",
            )  # fmt: skip
            if (ended := await asyncio.to_thread(child.wait, PATIENCE_SECONDS)) != 0:
                break
        assert ended == -signal.SIGKILL, f"{point}\n{(self.folder / 'lives.log').read_text()[-3000:]}"

    async def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Count the articles by their address, and the posts by their article."""
        articles: dict[str, int] = {}
        posts: dict[str, int] = {}
        async with self.app.read() as session:
            for article in (await session.exec(select(Article))).all():
                articles[article.url] = articles.get(article.url, 0) + 1
            for post in (await session.exec(select(Post))).all():
                posts[str(post.article_id)] = posts.get(str(post.article_id), 0) + 1
        return articles, posts


@pytest.fixture
async def life(settings: Settings, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Life]:
    async with (
        open_site() as site,
        open_resources(settings.model_copy(update={"fetch_allow_hosts": (site.host,)})) as app,
    ):
        plan_with(app, PostPlanner())
        async with app.transaction() as session:
            await make_account(session)
        opened = Life(app, site, tmp_path, nursery)
        site.publish(1)
        opened.made = await new_feed(app, site.feed, kind="generic")
        # A busy machine may not have read it in time, and what is first seen is no news.
        for _ in range(20):
            if (await poll_now(app)).baseline_at is not None:
                break
        yield opened


@pytest.mark.timeout(0)
async def test_no_article_is_missed_or_doubled_wherever_the_process_dies(life: Life, runs: int):
    for _ in range(runs):
        for point in POINTS:
            await life.strike(point, has_webhook=True)
        for point in WITHOUT_WEBHOOK:
            await life.strike(point, has_webhook=False)
    await poll_now(life.app, times=3)
    articles, posts = await life.counts()
    published = {f"{life.site.url}/news/{number}" for number in range(101, life.number + 1)}
    assert set(articles) == published
    assert set(articles.values()) == {1}
    assert (len(posts), set(posts.values())) == (len(published), {1})
