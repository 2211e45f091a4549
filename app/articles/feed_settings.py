"""A source's feed: set, changed, taken away, and read for those who look at it."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import fields
from app.articles.feed_limits import MOST_POLL_MINUTES
from app.articles.models import Source
from app.articles.models_feeds import FeedItem, SourceFeed
from app.articles.rules import SourceRules, read_rules
from app.articles.websub.book import leave_hubs
from app.errors import Invalid
from app.kit.clock import utcnow
from app.messages import feeds as said


async def find_feed(session: AsyncSession, source_id: str) -> SourceFeed | None:
    """Find a source's feed."""
    return await session.get(SourceFeed, source_id)


async def feeds_of(session: AsyncSession, source_ids: Iterable[str]) -> dict[str, SourceFeed]:
    """Find the feeds of these sources, by the source's id."""
    query = select(SourceFeed).where(col(SourceFeed.source_id).in_(list(source_ids)))
    return {feed.source_id: feed for feed in (await session.exec(query)).all()}


async def keep_feed(
    session: AsyncSession,
    source: Source,
    *,
    url: str | None = None,
    poll_minutes: int | None = None,
    max_age_hours: int | None = None,
) -> None:
    """Set what is given; None stays as it is, and an empty address takes the feed away. Raises Invalid.

    A feed at another address begins anew: what stands in it when it is first read is no news.
    """
    feed = await find_feed(session, source.id)
    address = None if url is None else _checked(url)
    if address == "":
        await forget_feed(session, source.id)
        return
    if feed is None:
        if address is None:
            if poll_minutes is not None:
                raise Invalid(said.NO_FEED_ADDRESS)
            return
        feed = SourceFeed(source_id=source.id, url=address)
    elif address is not None and address != feed.url:
        await leave_hubs(session, source.id)
        feed = _begun_anew(feed, address)
    if poll_minutes is not None:
        feed.poll_minutes = _within(poll_minutes, MOST_POLL_MINUTES, Invalid(said.POLL_MINUTES))
    if max_age_hours is not None:
        feed.max_age_hours = max_age_hours
    # Whoever is polling it now asks as it was before: what he finds does not count.
    feed.lease, feed.next_poll_at = None, utcnow()
    session.add(feed)
    await session.flush()


async def forget_feed(session: AsyncSession, source_id: str) -> None:
    """Take a source's feed away, with all that is remembered of it; its hub is told."""
    await leave_hubs(session, source_id)
    for table in (SourceFeed, FeedItem):
        await session.exec(sa.delete(table).where(col(table.source_id) == source_id))


def rules_of(source: Source, feed: SourceFeed | None) -> SourceRules:
    """Give a source's rules with the age that its feed goes by."""
    rules = read_rules(source.rules)
    return rules if feed is None or rules.is_age_set else rules.model_copy(update={"max_age_hours": feed.max_age_hours})


def told_of(feed: SourceFeed | None) -> dict[str, Any]:
    """Say of a feed what an editor has set."""
    if feed is None:
        return {}
    return {"feed_url": feed.url, "poll_minutes": feed.poll_minutes, "max_age_hours": feed.max_age_hours}


def _begun_anew(feed: SourceFeed, address: str) -> SourceFeed:
    feed.url = address
    feed.baseline_at = feed.last_success_at = feed.last_poll_at = None
    feed.etag = feed.last_modified = feed.body_sha256 = feed.problem = feed.backlog_url = ""
    feed.problem_message = feed.backlog_page = feed.backlog_since = None
    feed.failures = feed.items = 0
    return feed


def _checked(url: str) -> str:
    url = url.strip()
    if url and fields.http_url(url) is None:
        raise Invalid(said.FEED_ADDRESS)
    return url


def _within(value: int, most: int, refusal: Invalid) -> int:
    if not 1 <= value <= most:
        raise refusal
    return value
