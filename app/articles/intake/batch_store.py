"""What a batch of deliveries does to the database: new articles first, then the known ones, in a few statements."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.articles.intake.arrivals import Arrival
from app.articles.intake.merge import CHANGEABLE, Merged, NewArticle, is_duplicate, is_live, merge, new_row
from app.articles.intake.store import Envelope, event_row
from app.articles.intake.turns import Receipt
from app.articles.models import Article, Delivery
from app.jobs import Call
from app.kit.bulk import Rows, find_keys, insert_family, insert_rows, lock_rows

_ARTICLES: sa.Table = SQLModel.metadata.tables["articles"]
_EVENTS: sa.Table = SQLModel.metadata.tables["article_events"]
_KEY = ("source_id", "external_id")
_CHANGE = sa.update(_ARTICLES).where(_ARTICLES.c.id == sa.bindparam("known_id"))
_NOTHING_NEW = frozenset({Delivery.duplicate, Delivery.stale})


@dataclass(slots=True)
class Step:
    """What a step of the batch has stored: the answers, and the jobs to be woken. It counts once it is committed."""

    receipts: dict[Arrival, Receipt] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)


class Batch:
    """One batch, stored in two steps; what is left after them goes its own way."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals
        self._planner = arrivals[0].planner
        self._seen = _Seen()

    def store_new(self, connection: sa.Connection) -> Step:
        """Insert the articles that are not there yet and all that goes with them, in one statement."""
        step, news = Step(), self._find_new(connection)
        if not news:
            return step
        plan = self._planner.plan_new(connection, [new for _, new in news if new.merged.is_turn])
        notes = [event_row(new.article.id, one.news, one.envelope, new.merged.outcome) for one, new in news]
        articles = Rows(_ARTICLES, [vars(new.article) for _, new in news])
        inserted = insert_family(connection, articles, *plan.rows, Rows(_EVENTS, notes))
        for arrival, new in news:
            article_id = new.article.id
            if article_id in inserted:
                ids = plan.post_ids.get(article_id, [])
                step.receipts[arrival] = Receipt(article_id, ids, duplicate=False, outcome=new.merged.outcome)
                step.calls += plan.calls.get(article_id, ())
                self._seen.add(article_id, arrival.envelope.delivery_id, arrival.envelope.digest)
        return step

    def _find_new(self, connection: sa.Connection) -> list[tuple[Arrival, NewArticle]]:
        first: dict[tuple[str, ...], Arrival] = {}
        for arrival in self._arrivals:
            if not arrival.news.only_if_known:
                first.setdefault(arrival.key, arrival)
        # A conflict waits for whoever is just changing the row in the way, perhaps for long; a look before does not.
        known = find_keys(connection, _ARTICLES, _KEY, list(first)) if first else set()
        # In the same order in every process: each waits for the keys that another is just inserting.
        return [(first[key], _new_article(first[key])) for key in sorted(first.keys() - known)]

    def store_known(self, connection: sa.Connection, rest: list[Arrival]) -> Step:
        """Merge the other deliveries into the articles that are known; leave out those that go their own way."""
        known = _lock(connection, {arrival.key for arrival in rest})
        self._seen.read(connection, [one.article.id for one in known.values()], rest)
        for arrival in rest:
            if arrival.key in known:
                known[arrival.key].weigh(arrival, self._seen)
        edited = [one.article.id for one in known.values() if one.is_edited and not one.is_turn]
        apart = self._planner.renew(connection, edited) if edited else set()
        together = [one for one in known.values() if not one.is_turn and one.article.id not in apart]
        if changes := [one.changes() for one in together if one.is_changed()]:
            connection.execute(_CHANGE, changes)
        told = sorted(one.article.id for one in together if one.article.state_revision is not None)
        posts = self._planner.list_posts(connection, told) if told else {}
        insert_rows(connection, _EVENTS, [event for one in together for event in one.events])
        step = Step()
        for one in together:
            step.receipts |= one.receipts(posts.get(one.article.id, []))
        return step


class _Seen:
    """The deliveries that came before, as far as they may be the same as one of the batch."""

    def __init__(self) -> None:
        self._ids: set[tuple[str, str | None]] = set()
        self._digests: set[tuple[str, str]] = set()

    def add(self, article_id: str, delivery_id: str | None, digest: str) -> None:
        self._ids.add((article_id, delivery_id))
        self._digests.add((article_id, digest))

    def read(self, connection: sa.Connection, article_ids: Sequence[str], arrivals: Iterable[Arrival]) -> None:
        """Add what the database knows of these articles."""
        envelopes = [arrival.envelope for arrival in arrivals]
        is_same = sa.or_(
            _EVENTS.c.body_sha256.in_({envelope.digest for envelope in envelopes}),
            _EVENTS.c.delivery_id.in_({envelope.delivery_id for envelope in envelopes} - {None}),
        )
        query = sa.select(_EVENTS.c.article_id, _EVENTS.c.delivery_id, _EVENTS.c.body_sha256)
        for row in connection.execute(query.where(_EVENTS.c.article_id.in_(article_ids), is_same)):
            self.add(*row)

    def has_id(self, article_id: str, envelope: Envelope) -> bool:
        return envelope.delivery_id is not None and (article_id, envelope.delivery_id) in self._ids

    def has_bytes(self, article_id: str, envelope: Envelope) -> bool:
        return (article_id, envelope.digest) in self._digests


@dataclass(slots=True)
class _Known:
    """An article that was there before, and what the batch's deliveries do to it.

    `is_turn`: one of them starts or ends its being posted, so that they all go their own way. `is_edited`: its posts
    must hear of it.
    """

    article: Article
    before: dict[str, Any]
    weighed: list[tuple[Arrival, Merged]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    is_turn: bool = False
    is_edited: bool = False

    def weigh(self, arrival: Arrival, seen: _Seen) -> None:
        """Merge one delivery into the article."""
        article, envelope = self.article, arrival.envelope
        # The same delivery again, perhaps signed anew: what it says was already weighed when it first came.
        if seen.has_id(article.id, envelope):
            self.weighed.append((arrival, Merged(Delivery.duplicate, is_turn=False)))
            return
        merged = merge(article, arrival.news, envelope.revision, source_since=arrival.source.since)
        self.weighed.append((arrival, merged))
        self.is_turn |= merged.is_turn
        self.is_edited |= merged.outcome is Delivery.updated and is_live(article)
        if not (merged.outcome in _NOTHING_NEW and seen.has_bytes(article.id, envelope)):
            self.events.append(event_row(article.id, arrival.news, envelope, merged.outcome))
            seen.add(article.id, envelope.delivery_id, envelope.digest)

    def is_changed(self) -> bool:
        return vars(self.article) != self.before

    def changes(self) -> dict[str, Any]:
        """Give the values of the statement that writes the article."""
        return {"known_id": self.article.id} | {name: getattr(self.article, name) for name in CHANGEABLE}

    def receipts(self, post_ids: list[str]) -> dict[Arrival, Receipt]:
        """Make the answers to the deliveries."""
        return {
            arrival: Receipt(
                self.article.id,
                post_ids,
                duplicate=is_duplicate(arrival.news, merged, is_new=False),
                outcome=merged.outcome,
            )
            for arrival, merged in self.weighed
        }


def _new_article(arrival: Arrival) -> NewArticle:
    row = new_row(arrival.source.id, arrival.news, arrival.envelope.revision)
    since = arrival.source.since
    merged = merge(row, arrival.news, arrival.envelope.revision, source_since=since, is_new=True)
    return NewArticle(row, merged, arrival.traceparent)


def _lock(connection: sa.Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], _Known]:
    """Lock the articles that nobody else has locked: to wait for one would make all the others wait."""
    found = [row._asdict() for row in lock_rows(connection, _ARTICLES, _KEY, sorted(keys))]
    return {
        (row["source_id"], row["external_id"]): _Known(cast("Article", SimpleNamespace(**row)), row) for row in found
    }
