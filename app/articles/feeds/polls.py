"""Asking the feeds whose time has come: each by one worker, and none of them for longer than it deserves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import SourceOptions
from app.articles.feeds.fetching import Asked, FeedUnreadable, Reader, open_reader
from app.articles.feeds.further_pages import MOST_PER_PAGE, Backlog, Walk, backlog_columns, has_further_pages
from app.articles.feeds.rest_api import page_url
from app.articles.feeds.schedule import after_failure, after_success
from app.articles.feeds.seen_items import Memory
from app.articles.feeds.take_in import MOST_AT_ONCE, Taken, take_in
from app.articles.models import Source
from app.articles.models_feeds import SourceFeed
from app.articles.senders import reveal
from app.articles.websub.book import want_hub
from app.articles.websub.offers import hub_of
from app.articles.websub.pings import pinged_since
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.kit.failpoints import reach
from app.kit.http.downloads import FairSlots
from app.kit.ids import new_id
from app.messages.message import pack
from app.resources import Resources

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
"""Longer than a poll can take: whoever dies in it delays the next one by this, and loses nothing."""
_LONGEST_POLL_SECONDS = 100.0
_MOST_UNDER_WAY = 100
_WRITTEN_EVERY_SECONDS = 1.0
_AT_ONCE = timedelta(0)
_NOT_SEEN = {"etag": "", "last_modified": "", "body_sha256": ""}


class _Polls:
    """What this process is asking. A host is asked for two feeds at a time, and a page slows nobody else down."""

    def __init__(self) -> None:
        self.under_way = 0
        self.slots = FairSlots(50, per_host=2, per_source=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A feed that this worker polls, as it was when it was claimed."""

    feed: SourceFeed
    source: Source
    at: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a poll changes in its feed's row; of `added` the numbers are added."""

    claimed: Claimed
    values: Mapping[str, Any] = field(default_factory=dict)


async def poll_due(app: Resources) -> int:
    """Poll the feeds that are due, and tell how many. May run on every worker at once, and may be missed."""
    own = app.parts.of(_Polls)
    claimed = await _claim(app, _MOST_UNDER_WAY - own.under_way)
    if not claimed:
        return 0
    own.under_way += len(claimed)
    try:
        async with open_reader(app) as reader:
            pending = {asyncio.create_task(_poll(app, own, one, reader)) for one in claimed}
            while pending:
                done, pending = await asyncio.wait(pending, timeout=_WRITTEN_EVERY_SECONDS)
                await record_outcomes(app, [outcome for task in done if (outcome := task.result()) is not None])
    finally:
        own.under_way -= len(claimed)
    return len(claimed)


async def _claim(app: Resources, most: int) -> list[Claimed]:
    """Take feeds that are due, and set when they are next: the lease of whoever dies with them in hand."""
    now = utcnow()
    is_due = (col(SourceFeed.next_poll_at) <= now, col(Source.enabled).is_(True), col(Source.deleted_at).is_(None))
    of_source = col(Source.id) == col(SourceFeed.source_id)
    query = select(SourceFeed.source_id).join(Source, of_source).where(*is_due).order_by(col(SourceFeed.next_poll_at))
    async with app.read() as session:
        due = (await session.exec(query.limit(max(most, 0)))).all() if most > 0 else []
    if not due:
        return []
    lease = new_id()
    mine = (col(SourceFeed.source_id).in_(list(due)), col(SourceFeed.next_poll_at) <= now)
    async with app.transaction() as session:
        values = {"lease": lease, "next_poll_at": now + LEASE}
        await session.exec(sa.update(SourceFeed).where(*mine).values(**values))
    async with app.read() as session:
        rows = await session.exec(select(SourceFeed, Source).join(Source, of_source).where(SourceFeed.lease == lease))
        return [Claimed(feed, source, now) for feed, source in rows.all()]


async def _poll(app: Resources, own: _Polls, claimed: Claimed, reader: Reader) -> _Outcome | None:
    """Poll one feed. None where it is to be tried again once its lease is over."""
    feed, source = claimed.feed, claimed.source
    host = urlsplit(feed.url).hostname or ""
    try:
        async with own.slots.take(host, source.id), asyncio.timeout(_LONGEST_POLL_SECONDS):
            return await _ask(app, claimed, reader)
    except FeedUnreadable as error:
        log.warning("feed_unreadable", source=source.slug, reason=error.reason, failures=feed.failures + 1)
        return _failed(claimed, error)
    except Exception:
        # Of the database, most likely: it is nothing that the feed is to blame for.
        log.exception("poll_failed", source=source.slug)
        return None


async def _ask(app: Resources, claimed: Claimed, reader: Reader) -> _Outcome:
    feed, source = claimed.feed, claimed.source
    asked, options = asked_of(app, source, feed), options_of(app, source)
    answer = await reader.ask(asked)
    reach("feeds.fetched")
    now = utcnow()
    interval = timedelta(minutes=feed.poll_minutes)
    wait = after_success(interval, answer.fetched.headers)
    well = {"failures": 0, "problem": "", "problem_message": None, "last_poll_at": now, "last_success_at": now}
    if answer.path is None:
        return _Outcome(claimed, {**well, "next_poll_at": now + wait})
    memory = await Memory.read(app, source.id, now)
    # A first look remembers what is there, and needs nobody's article.
    is_list = page_url(source.kind, feed.url, 2) is not None
    drafts = (MOST_PER_PAGE if is_list else MOST_AT_ONCE) if feed.baseline_at else 0
    found = await reader.read(answer, source.kind, options, known=memory.digests, drafts=drafts)
    items = len(found.items)
    await want_hub(app, source.id, hub_of(answer.fetched.headers, found.hub, found.topic, feed.url))
    left = None
    if has_further_pages(asked, found):
        found, left = await Walk(app, reader, asked, memory, feed, options, now).read((answer, found))
        await _keep_backlog(app, claimed, left)
    taken = await take_in(app, source, feed, found, memory, reader, options, now)
    values = {**well, "items": items, **_counted(claimed, taken, now), **backlog_columns(left)}
    if taken.is_cut:
        return _Outcome(claimed, {**values, "next_poll_at": now + _AT_ONCE})
    # Unchanged or not, the next poll goes on with what this one has left.
    kept = _NOT_SEEN if left else {**answer.validators(), "body_sha256": answer.body_sha256}
    return _Outcome(claimed, {**values, **kept, "next_poll_at": now + wait})


async def _keep_backlog(app: Resources, claimed: Claimed, left: Backlog | None) -> None:
    """Write down what is left before the rest is known: nobody who dies in between would be missed there."""
    if left is None or left == Backlog.of(claimed.feed):
        return
    # Also where somebody has changed the feed's settings meanwhile: what is found is known all the same.
    same = (col(SourceFeed.source_id) == claimed.feed.source_id, col(SourceFeed.url) == claimed.feed.url)
    async with app.transaction() as session:
        await session.exec(sa.update(SourceFeed).where(*same).values(**backlog_columns(left)))


def asked_of(app: Resources, source: Source, feed: SourceFeed) -> Asked:
    """Say what is asked of a source's feed, with the token that is for it."""
    token = ""
    if source.read_token_encrypted:
        try:
            token = reveal(source, app.keyring, "read_token_encrypted")
        except Undecryptable:
            log.warning("read_token_lost", source=source.slug)
    return Asked(source.kind, feed.url, token, feed.etag, feed.last_modified, feed.body_sha256)


def options_of(app: Resources, source: Source) -> SourceOptions:
    """Read a source's options as the intake does."""
    options = ADAPTERS[source.kind].OPTIONS.model_validate(source.options)
    return options.model_copy(update={"timezone": options.timezone or app.settings.timezone})


def _counted(claimed: Claimed, taken: Taken, now: datetime) -> dict[str, Any]:
    feed, source = claimed.feed, claimed.source
    values: dict[str, Any] = {"too_old": feed.too_old + taken.too_old}
    if taken.is_baseline:
        values["baseline_at"] = feed.baseline_at or now
    if taken.news:
        heard, since = source.last_delivery_at, feed.unheard_since
        goes_on = since is not None and (heard is None or heard < since)
        values |= {
            "taken": feed.taken + taken.news,
            "last_taken_at": now,
            "taken_unheard": (feed.taken_unheard if goes_on else 0) + taken.news,
            "unheard_since": since if goes_on else now,
        }
    return values


def _failed(claimed: Claimed, error: FeedUnreadable) -> _Outcome:
    feed, now = claimed.feed, utcnow()
    failures = feed.failures + 1
    wait = after_failure(timedelta(minutes=feed.poll_minutes), failures, error.retry_after)
    told = {"problem": str(error.message)[:1000], "problem_message": pack(error.message)}
    return _Outcome(claimed, {**told, "failures": failures, "last_poll_at": now, "next_poll_at": now + wait})


async def record_outcomes(app: Resources, outcomes: Sequence[_Outcome]) -> None:
    """Write down what came of polls, in one transaction, unless the feed was changed meanwhile."""
    if not outcomes:
        return
    table = SourceFeed.__table__  # type: ignore[attr-defined]
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for outcome in outcomes:
        feed = outcome.claimed.feed
        row = {**outcome.values, "lease": None, "of": feed.source_id, "under": feed.lease}
        by_columns.setdefault(tuple(sorted(row)), []).append(row)
    mine = (table.c.source_id == sa.bindparam("of"), table.c.lease == sa.bindparam("under"))
    async with app.transaction() as session:
        connection = await session.connection()
        for rows in by_columns.values():
            await connection.execute(sa.update(table).where(*mine), rows)
        began = min(outcome.claimed.at for outcome in outcomes)
        pinged = pinged_since([outcome.claimed.feed.source_id for outcome in outcomes], began)
        again = sa.update(table).where(table.c.source_id.in_(pinged), table.c.lease.is_(None))
        await connection.execute(again.values(next_poll_at=utcnow()))
    reach("feeds.recorded")
