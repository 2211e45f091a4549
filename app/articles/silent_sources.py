"""Sources from which nothing comes any more: noticed, and told once for each silence."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import Article, Source
from app.articles.models_feeds import SourceFeed
from app.jobs import job
from app.kit.clock import rfc3339, utcnow
from app.outbox.emit import emit, somebody_hears
from app.outbox.models import EventType
from app.outbox.queries import was_told
from app.resources import Resources

SILENT_RATIO = 2.0
"""From here on a silence is odd."""
_ARTICLES_LOOKED_AT = 1000
_FEWEST_ARTICLES = 10
_ONE_BURST_SECONDS = 300.0
_SHORTEST_HISTORY_SECONDS = 3 * 86400.0
_FEWEST_UNHEARD = 2
_PATIENCE = timedelta(minutes=10)
"""So much later than the feed a webhook may come: some senders repeat."""


async def silences(session: AsyncSession, now: datetime) -> AsyncIterator[tuple[Source, float]]:
    """Compare each source's silence with its usual gap: above 2 something may be wrong on the way from the CMS.

    The usual gap is the second longest among its last articles, so that nights count and one outage does not. Before a
    source was heard for some days nobody knows its nights; and a hundred articles in a minute are one sign of life.
    """
    in_use = select(Source).where(col(Source.deleted_at).is_(None), col(Source.enabled).is_(True))
    for source in (await session.exec(in_use.order_by(col(Source.id)))).all():
        of_source = select(Article.received_at).where(Article.source_id == source.id)
        newest = (await session.exec(of_source.order_by(col(Article.id).desc()).limit(_ARTICLES_LOOKED_AT))).all()
        gap = _usual_gap(newest)
        if gap is not None:
            yield source, (now - max(newest[0], source.last_delivery_at or newest[0])).total_seconds() / gap


async def silent_beside_feed(session: AsyncSession, now: datetime) -> Sequence[Source]:
    """List the sources whose feed has told of articles, and whose webhook has told of none of them in a while.

    A webhook that was never heard may not be set up at all: then there is nothing that fell silent.
    """
    query = select(Source).join(SourceFeed, col(SourceFeed.source_id) == col(Source.id))
    is_silent = (
        col(Source.deleted_at).is_(None),
        col(Source.enabled).is_(True),
        col(Source.last_delivery_at) < col(SourceFeed.unheard_since),
        col(SourceFeed.unheard_since) < now - _PATIENCE,
        col(SourceFeed.taken_unheard) >= _FEWEST_UNHEARD,
    )
    return (await session.exec(query.where(*is_silent).order_by(col(Source.id)))).all()


def _usual_gap(newest_first: Sequence[datetime]) -> float | None:
    gaps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(newest_first))
    apart = [gap for gap in gaps if gap > _ONE_BURST_SECONDS]
    # Times are not strictly in order: what counts is how long all of it took.
    is_known = len(apart) + 1 >= _FEWEST_ARTICLES and sum(gaps) >= _SHORTEST_HISTORY_SECONDS
    return apart[-2] if is_known else None


@job("articles.watch_sources", timeout=60)
async def watch_sources(app: Resources) -> None:
    """Note each source that has fallen silent, and tell of it once until it is heard of again.

    A missed run costs its interval.
    """
    now = utcnow()
    async with app.read() as session:
        found = {source.id: (source, ratio > SILENT_RATIO) async for source, ratio in silences(session, now)}
        found |= {source.id: (source, True) for source in await silent_beside_feed(session, now)}
        is_told = await somebody_hears(session, EventType.source_silent)
    async with app.transaction() as session:
        for source, is_silent in found.values():
            await _note(session, source, now if is_silent else None)
    for source, is_silent in found.values():
        if is_silent and is_told:
            await _tell(app, source)


async def list_silent_sources(session: AsyncSession, *, limit: int) -> Sequence[Source]:
    """List the sources in use whose silence was noticed and lasts, the longest first."""
    lasts = sa.or_(col(Source.last_delivery_at).is_(None), col(Source.last_delivery_at) <= col(Source.silent_since))
    query = select(Source).where(
        col(Source.silent_since).is_not(None), lasts, col(Source.enabled).is_(True), col(Source.deleted_at).is_(None)
    )
    return (await session.exec(query.order_by(col(Source.silent_since), col(Source.id)).limit(limit))).all()


async def _note(session: AsyncSession, source: Source, silent_since: datetime | None) -> None:
    """Write down since when a silence is known; a page cannot compare a thousand sources each time it is shown."""
    heard_since = source.silent_since and source.last_delivery_at and source.last_delivery_at > source.silent_since
    if (silent_since is None) is (source.silent_since is None) and not heard_since:
        return
    row = sa.update(Source).where(col(Source.id) == source.id)
    await session.exec(row.values(silent_since=silent_since))


async def _tell(app: Resources, source: Source) -> None:
    subject, heard_at = f"source:{source.id}", source.last_delivery_at or source.created_at
    async with app.transaction() as session:
        if not await was_told(session, EventType.source_silent, subject, since=heard_at):
            data = {"source_id": source.id, "source": source.name, "last_heard_at": rfc3339(heard_at)}
            await emit(session, EventType.source_silent, subject=subject, data=data)
