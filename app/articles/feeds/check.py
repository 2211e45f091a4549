"""Looking at a source's feed once, to say what it would take: nothing is stored, and nothing is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from app.articles.feed_limits import Verdict
from app.articles.feed_settings import find_feed
from app.articles.feeds.fetching import open_reader
from app.articles.feeds.polls import asked_of, options_of
from app.articles.feeds.seen_items import Memory
from app.articles.models import Article, Source
from app.articles.models_feeds import SourceFeed
from app.articles.sources import get_source
from app.errors import Invalid
from app.kit.clock import utcnow
from app.messages import feeds as said
from app.resources import Resources

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """An item of the feed, and what would become of it."""

    external_id: str
    url: str
    title: str
    excerpt: str
    images: Sequence[str]
    published_at: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """What stands in a feed now."""

    title: str
    items: int
    shown: Sequence[Checked]


async def check_feed(app: Resources, source_id: str) -> FeedCheck:
    """Fetch a source's feed and look. Raises NotFound, Invalid where it has none, or FeedUnreadable."""
    async with app.read() as session:
        source = await get_source(session, source_id)
        feed = await find_feed(session, source_id)
    if feed is None:
        raise Invalid(said.NO_FEED_ADDRESS)
    asked = replace(asked_of(app, source, feed), etag="", last_modified="", body_sha256="")
    now = utcnow()
    async with open_reader(app) as reader:
        answer = await reader.ask(asked)
        found = await reader.read(answer, source.kind, options_of(app, source), known={}, drafts=MOST_SHOWN)
    memory = await Memory.read(app, source.id, now)
    await memory.recall(app, found.items)
    shown = [told for told in found.items if told["draft"] is not None]
    known = await _told_before(app, source, [told["external_id"] for told in shown])
    rows = [_checked(told, _verdict(told, feed, memory, known, now)) for told in shown]
    return FeedCheck(found.title, len(found.items), rows)


def _verdict(told: Mapping[str, Any], feed: SourceFeed, memory: Memory, known: set[str], now: datetime) -> Verdict:
    if feed.baseline_at is None:
        return Verdict.baseline
    if memory.knows(told) or told["external_id"] in known:
        return Verdict.known
    at = told["published_at"] or told["updated_at"]
    is_old = at is not None and now - datetime.fromisoformat(at) > timedelta(hours=feed.max_age_hours)
    return Verdict.too_old if is_old else Verdict.new


async def _told_before(app: Resources, source: Source, ids: Sequence[str]) -> set[str]:
    query = select(Article.external_id).where(Article.source_id == source.id, col(Article.external_id).in_(ids))
    async with app.read() as session:
        return set((await session.exec(query)).all())


def _checked(told: Mapping[str, Any], verdict: Verdict) -> Checked:
    draft = told["draft"]
    return Checked(
        external_id=told["external_id"],
        url=draft["url"],
        title=draft["title"],
        excerpt=draft["excerpt"][:500],
        images=[image["url"] for image in draft["images"] if "problem" not in image],
        published_at=datetime.fromisoformat(told["published_at"]) if told["published_at"] else None,
        verdict=verdict,
    )
