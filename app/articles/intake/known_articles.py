"""Articles that were there before a batch, and what its arrivals do to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.articles.adapters.base import ParsedDelivery
from app.articles.intake.arrivals import Arrival, ArticleChange, Envelope, Receipt
from app.articles.intake.merge import CHANGEABLE, Merged, is_duplicate, is_live, merge
from app.articles.models import Article, Delivery
from app.kit.clock import utcnow
from app.kit.ids import new_id

_EVENTS: sa.Table = SQLModel.metadata.tables["article_events"]
_NOTHING_NEW = frozenset({Delivery.duplicate, Delivery.stale})


class SeenBefore:
    """The arrivals that came before, as far as they may be the same as one of the batch."""

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
class KnownArticle:
    """An article that was there before, `before` being its row then, and what the batch's arrivals do to it.

    `is_turn`: one of them starts or ends its being posted. `is_edited`: its posts must hear of it.
    """

    article: Article
    before: dict[str, Any]
    weighed: list[tuple[Arrival, Merged]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    is_turn: bool = False
    is_edited: bool = False

    def weigh(self, arrival: Arrival, seen: SeenBefore) -> None:
        """Merge one arrival into the article."""
        article, envelope = self.article, arrival.envelope
        # The same delivery again, perhaps signed anew: what it says was already weighed when it first came.
        if seen.has_id(article.id, envelope):
            self.weighed.append((arrival, Merged(Delivery.duplicate, is_turn=False)))
            return
        merged = merge(article, arrival.news, envelope.revision, source_since=arrival.since)
        self.weighed.append((arrival, merged))
        self.is_turn |= merged.is_turn
        self.is_edited |= merged.outcome is Delivery.updated and is_live(article)
        if not (merged.outcome in _NOTHING_NEW and seen.has_bytes(article.id, envelope)):
            self.events.append(event_row(article.id, arrival.news, envelope, merged.outcome))
            seen.add(article.id, envelope.delivery_id, envelope.digest)

    @property
    def takes_steps(self) -> bool:
        """Tell whether its posts must hear of these arrivals one after the other."""
        return self.is_turn and len(self.weighed) > 1

    @property
    def is_news(self) -> bool:
        """Tell whether its content, or its being posted, is another than before."""
        return self.is_turn or self.is_edited

    def change(self) -> ArticleChange:
        """Say what its posts must hear of; not for one that `takes_steps`."""
        arrival, merged = self.weighed[0]
        edited_or_not = Delivery.updated if self.is_edited else Delivery.duplicate
        delivery = merged.outcome if self.is_turn else edited_or_not
        filling = [one.news.only_fills for one, _ in self.weighed]
        return ArticleChange(
            self.article, delivery, traceparent=arrival.traceparent, rules=arrival.rules, is_filled=all(filling),
            with_page=any(filling),
        )  # fmt: skip

    def is_changed(self) -> bool:
        return vars(self.article) != self.before

    def values(self) -> dict[str, Any]:
        """Give the values of the statement that writes the article."""
        return {"known_id": self.article.id} | {name: getattr(self.article, name) for name in CHANGEABLE}

    def receipts(self, post_ids: list[str]) -> dict[Arrival, Receipt]:
        """Make the answers to the arrivals."""
        return {
            arrival: Receipt(
                self.article.id,
                post_ids,
                duplicate=is_duplicate(arrival.news, merged, is_new=False),
                outcome=merged.outcome,
            )
            for arrival, merged in self.weighed
        }


def event_row(article_id: str, news: ParsedDelivery, envelope: Envelope, outcome: Delivery) -> dict[str, Any]:
    """Make the row that notes an arrival."""
    return {
        "id": new_id(),
        "article_id": article_id,
        "delivery_id": envelope.delivery_id,
        "type": news.type[:64],
        "outcome": outcome,
        "revision": envelope.revision,
        "body_sha256": envelope.digest,
        "received_at": utcnow(),
    }
