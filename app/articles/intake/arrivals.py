"""Deliveries that wait to be stored together, and what is asked of the posts then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from app.articles.adapters.base import ParsedDelivery
from app.articles.intake.merge import NewArticle
from app.articles.intake.store import Envelope
from app.articles.intake.turns import Landing, Receipt
from app.articles.senders import KnownSource
from app.jobs import Call
from app.kit.bulk import Rows


@dataclass(frozen=True, slots=True)
class Plan:
    """The posts of new articles, and the jobs to be woken for them, by their article; and the rows that make them so.

    The rows go in together with those of the articles: what belongs to an article that somebody else was first to store
    is left out.
    """

    post_ids: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, list[Call]] = field(default_factory=dict)
    rows: list[Rows] = field(default_factory=list)


class BatchPlanner(Protocol):
    """What a batch needs of the posts. Called on a plain connection: quick, and no outside call."""

    def plan_new(self, connection: sa.Connection, news: Sequence[NewArticle]) -> Plan:
        """Plan the posts of articles that seem to be new and are to be posted. Reads, and writes nothing itself."""

    def renew(self, connection: sa.Connection, article_ids: Sequence[str]) -> set[str]:
        """Tell the posts of articles that their articles' content changed.

        Of an article whose posts need more than a line in their timelines nothing is changed, and its id returned: it
        goes the other way, by `article_changed`.
        """

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
