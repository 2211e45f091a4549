"""Deliveries that wait are stored together: one transaction, one wait for the disk and one trip to Redis for them all.

What is usual is done here: articles that are new, and deliveries that tell nothing new. What changes an article that is
known goes its own way, and so does every delivery of a batch that fails: one bad delivery spoils none of the others.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
import structlog
from sqlmodel import Session, SQLModel, col, select

from app.articles.adapters.base import ParsedDelivery
from app.articles.known import KnownSource
from app.articles.landing import LONGEST_TURN_SECONDS, Landing, Receipt
from app.articles.merge import Merged, NewArticle, merge, new_row
from app.articles.models import Article, ArticleEvent, Delivery
from app.articles.store import Envelope, event_row
from app.db import Database, is_away
from app.jobs import Call
from app.kit.bulk import insert_rows
from app.resources import Resources

log = structlog.get_logger(__name__)

Mark = tuple[str, str | None, str]
"""By what a delivery is known again: its article, the CMS's id for it, the digest of its bytes."""

_MOST = 200
_NOTHING_NEW = frozenset({Delivery.duplicate, Delivery.stale})
_ARTICLES: sa.Table = SQLModel.metadata.tables["articles"]
_EVENTS: sa.Table = SQLModel.metadata.tables["article_events"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The posts of new articles, and the jobs to be woken for them."""

    post_ids: dict[str, list[str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)


class BatchPlanner(Protocol):
    """What a batch needs of the posts. Called on a plain connection: quick, and no outside call."""

    def plan_new(self, connection: sa.Connection, news: Sequence[NewArticle]) -> Plan:
        """Plan the posts of articles that were not known until now and are to be posted."""

    def list_posts(self, connection: sa.Connection, article_ids: Sequence[str]) -> dict[str, list[str]]:
        """List the ids of all posts of each article, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A delivery that waits for its turn, and the answer that it waits for. None: it must go its own way."""

    source: KnownSource
    news: ParsedDelivery
    envelope: Envelope
    planner: BatchPlanner
    landing: Landing
    traceparent: str | None
    answer: asyncio.Future[Receipt | None]

    @property
    def key(self) -> tuple[str, str]:
        return self.source.id, self.news.external_id


@dataclass(slots=True)
class _Queue:
    waiting: list[Arrival] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None
    wakes: set[asyncio.Task[None]] = field(default_factory=set)


_queues: WeakKeyDictionary[Database, _Queue] = WeakKeyDictionary()


async def land_together(resources: Resources, arrival: Arrival) -> Receipt | None:
    """Store a delivery with whatever others wait; None when it must go its own way. Raises what the database raises."""
    queue = _queues.setdefault(resources.db, _Queue())
    queue.waiting.append(arrival)
    if queue.writer is None:
        queue.writer = asyncio.create_task(_write(resources, queue))
    return await arrival.answer


async def _write(resources: Resources, queue: _Queue) -> None:
    try:
        while queue.waiting:
            planner = queue.waiting[0].planner
            batch = [arrival for arrival in queue.waiting if arrival.planner == planner][:_MOST]
            taken = set(map(id, batch))
            queue.waiting = [arrival for arrival in queue.waiting if id(arrival) not in taken]
            await _land(resources, queue, batch)
    finally:
        queue.writer = None


async def _land(resources: Resources, queue: _Queue, batch: list[Arrival]) -> None:
    work = _Batch(batch)
    try:
        async with asyncio.timeout(LONGEST_TURN_SECONDS):
            await resources.db.run(work.store)
    except Exception as error:
        if not is_away(error) and not isinstance(error, TimeoutError):
            log.exception("batch_failed", deliveries=len(batch), error=type(error).__name__)
        _give_up(batch, error)
        return
    for arrival in batch:
        if receipt := work.receipts.get(arrival):
            arrival.landing.land(receipt)
    # The next batch need not wait for Redis.
    wake = asyncio.create_task(_wake(resources, work, batch))
    queue.wakes.add(wake)
    wake.add_done_callback(queue.wakes.discard)


def _give_up(batch: list[Arrival], error: Exception) -> None:
    for arrival in batch:
        if arrival.answer.done():
            continue
        if is_away(error) or isinstance(error, TimeoutError):
            arrival.answer.set_exception(error)
        else:
            arrival.answer.set_result(None)


async def _wake(resources: Resources, work: "_Batch", batch: list[Arrival]) -> None:
    try:
        await resources.queue.wake_all(work.calls)
    except Exception:
        # The data is committed: an error answer now would invite a duplicate. The sweeps find the rows without us.
        log.exception("wake_failed", jobs=len(work.calls))
    for arrival in batch:
        if not arrival.answer.done():
            arrival.answer.set_result(work.receipts.get(arrival))


class _Batch:
    """One batch, stored within one transaction; its receipts count once that has committed."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals
        self._planner = arrivals[0].planner
        self._events: list[dict[str, object]] = []
        self._marks: set[Mark] = set()
        self.receipts: dict[Arrival, Receipt] = {}
        self.calls: list[Call] = []

    def store(self, connection: sa.Connection) -> None:
        """Store what can be stored together."""
        rest = self._store_new(connection)
        known = self._weigh(connection, rest) if rest else {}
        insert_rows(connection, _EVENTS, self._events)
        if known:
            self._answer_known(connection, known)

    def _store_new(self, connection: sa.Connection) -> list[Arrival]:
        """Insert the articles that are not there yet; return the other deliveries."""
        first: dict[tuple[str, str], tuple[Arrival, NewArticle]] = {}
        for arrival in self._arrivals:
            if not arrival.news.only_if_known and arrival.key not in first:
                first[arrival.key] = arrival, _new_article(arrival)
        # In the same order in every process: each waits for the keys that another is just inserting.
        rows = [vars(new.article) for _, (_, new) in sorted(first.items())]
        inserted = insert_rows(connection, _ARTICLES, rows, key=("source_id", "external_id"))
        mine = [(arrival, new) for arrival, new in first.values() if new.article.id in inserted]
        plan = self._planner.plan_new(connection, [new for _, new in mine if new.merged.is_turn])
        self.calls = plan.calls
        for arrival, new in mine:
            self._note(arrival, new.article.id, new.merged)
            ids = plan.post_ids.get(new.article.id, [])
            self.receipts[arrival] = Receipt(new.article.id, ids, duplicate=False, outcome=new.merged.outcome)
        return [arrival for arrival in self._arrivals if arrival not in self.receipts]

    def _weigh(self, connection: sa.Connection, rest: list[Arrival]) -> dict[Arrival, tuple[Article, Delivery]]:
        """Merge deliveries for known articles, as far as they tell nothing new."""
        done: dict[Arrival, tuple[Article, Delivery]] = {}
        with Session(connection, autoflush=False, expire_on_commit=False) as session:
            articles = _lock(session, {arrival.key for arrival in rest})
            seen = self._marks | _list_seen(session, [article.id for article in articles.values()], rest)
            for arrival in rest:
                article = articles.get(arrival.key)
                if article is None:
                    continue
                is_repeated, is_noted = _compare(article.id, arrival.envelope, seen)
                merged = _merge_plain(session, article, arrival, is_repeated=is_repeated)
                if merged is None:
                    # From here on this article's deliveries go their own way: the session no longer knows its row.
                    del articles[arrival.key]
                    continue
                done[arrival] = article, merged.outcome
                if not (is_repeated or is_noted):
                    self._note(arrival, article.id, merged)
                    seen |= self._marks
        return done

    def _answer_known(self, connection: sa.Connection, known: dict[Arrival, tuple[Article, Delivery]]) -> None:
        told = sorted({article.id for article, _ in known.values() if article.state_revision is not None})
        posts = self._planner.list_posts(connection, told) if told else {}
        for arrival, (article, outcome) in known.items():
            self.receipts[arrival] = Receipt(article.id, posts.get(article.id, []), duplicate=True, outcome=outcome)

    def _note(self, arrival: Arrival, article_id: str, merged: Merged) -> None:
        self._events.append(event_row(article_id, arrival.news, arrival.envelope, merged.outcome))
        self._marks.add((article_id, arrival.envelope.delivery_id, arrival.envelope.digest))


def _new_article(arrival: Arrival) -> NewArticle:
    row = new_row(arrival.source.id, arrival.news, arrival.envelope.revision)
    since = arrival.source.since
    merged = merge(row, arrival.news, arrival.envelope.revision, source_since=since, is_new=True)
    return NewArticle(row, merged, arrival.traceparent)


def _lock(session: Session, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Article]:
    """Lock the articles that nobody else has locked: to wait for one would make all the others wait."""
    key = sa.tuple_(col(Article.source_id), col(Article.external_id))
    query = select(Article).where(key.in_(sorted(keys))).with_for_update(key_share=True, skip_locked=True)
    return {(article.source_id, article.external_id): article for article in session.exec(query)}


def _list_seen(session: Session, article_ids: list[str], rest: list[Arrival]) -> set[Mark]:
    """List the deliveries that came before for these articles, as far as they may be the same as one of the rest."""
    is_same = sa.or_(
        col(ArticleEvent.body_sha256).in_({arrival.envelope.digest for arrival in rest}),
        col(ArticleEvent.delivery_id).in_({arrival.envelope.delivery_id for arrival in rest} - {None}),
    )
    query = select(ArticleEvent.article_id, ArticleEvent.delivery_id, ArticleEvent.body_sha256)
    return set(session.exec(query.where(col(ArticleEvent.article_id).in_(article_ids), is_same)))


def _compare(article_id: str, envelope: Envelope, seen: set[Mark]) -> tuple[bool, bool]:
    """Tell whether the CMS's delivery id was seen for this article, and whether these bytes were."""
    mine = [mark for mark in seen if mark[0] == article_id]
    is_repeated = envelope.delivery_id is not None and any(mark[1] == envelope.delivery_id for mark in mine)
    return is_repeated, any(mark[2] == envelope.digest for mark in mine)


def _merge_plain(session: Session, article: Article, arrival: Arrival, *, is_repeated: bool) -> Merged | None:
    """Merge a delivery that tells nothing new; None, and nothing is changed, when it tells more."""
    # The same delivery again, perhaps signed anew: what it says was already weighed when it first came.
    if is_repeated:
        return Merged(Delivery.duplicate, is_turn=False)
    merged = merge(article, arrival.news, arrival.envelope.revision, source_since=arrival.source.since)
    if merged.is_turn or merged.outcome not in _NOTHING_NEW:
        session.expunge(article)
        return None
    session.flush()
    return merged
