"""What is told of an article, whoever tells it: a delivery, a feed's item, an article by hand. And what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters.base import ParsedDelivery
from app.articles.models import Article, Delivery
from app.articles.rules import LeftOutBy, SourceRules
from app.kit.bulk import Rows
from app.kit.tracing import traceparent
from app.messages.message import Message
from app.queue import JobCall


@dataclass(frozen=True, slots=True)
class Envelope:
    """What tells one arrival from another: the sender's id for it, its bytes' SHA-256, its place in the sender's clock.

    `revision` is as `merge.rank` gives it.
    """

    delivery_id: str | None
    digest: str
    revision: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to an arrival. `duplicate`: it told nothing new, or published again what is published."""

    article_id: str | None
    post_ids: list[str]
    duplicate: bool
    outcome: Delivery
    reason: str = ""


def _new_answer() -> asyncio.Future[Receipt]:
    return asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True)
class Wish:
    """The post that a person wants of an article, for one account, in place of what its settings would plan.

    `columns` are those of its row that the person has decided, `why` the first line of its timeline.
    """

    account_id: str
    mode: str
    planned_mode: str
    why: Message
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Something told of an article, and the answer that comes once it is on disk.

    `since`: what the source had published before then is its archive, and no news. `wishes`: for which accounts the
    article was written, by hand; None: for those that want what comes, and that the source's `rules` let have it.
    `may_ask_page`: the article's own page may be asked for what is left out here.
    """

    source_id: str
    since: datetime
    news: ParsedDelivery
    envelope: Envelope
    rules: SourceRules | None = None
    wishes: Sequence[Wish] | None = None
    may_ask_page: bool = False
    traceparent: str | None = field(default_factory=traceparent)
    answer: asyncio.Future[Receipt] = field(default_factory=_new_answer)

    @property
    def key(self) -> tuple[str, str]:
        return self.source_id, self.news.external_id


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article as arrivals left it, and what they did to it.

    `created`, `republished`: it is to be posted; make the posts that are missing, and `republished` brings back what an
    unpublishing cancelled. `updated`: its content changed; never a reason for a new post. `unpublished`: cancel what
    TikTok was not given yet. `duplicate`: change nothing. No other value is passed. `is_new`: it has no posts yet.
    `wishes`: the posts that a person wants of it, and no others. `is_filled`: nothing changed but what had been empty.
    `with_page`: the article's own page has just told of it, so that the source's rules may judge otherwise.
    """

    article: Article
    delivery: Delivery
    is_new: bool = False
    traceparent: str | None = None
    wishes: Sequence[Wish] | None = None
    rules: SourceRules | None = None
    is_filled: bool = False
    with_page: bool = False


Move = Callable[[AsyncSession], Awaitable[None]]
"""Changes the state of posts, in the transaction that stores their article."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What changes of articles mean to their posts, by the articles' ids.

    `rows` are new posts and what belongs to them, `notes` lines in the timelines of posts that are there: they go in
    together with those of the articles. Of an article that somebody else was first to store, its rows are left out.
    An article in `moves` has no rows: it is stored by itself, and then moved. `left_out`: what the source's rules say
    of each article that was to be posted.
    """

    post_ids: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, list[JobCall]] = field(default_factory=dict)
    rows: Sequence[Rows] = ()
    notes: Sequence[Rows] = ()
    moves: dict[str, Move] = field(default_factory=dict)
    left_out: dict[str, Sequence[LeftOutBy]] = field(default_factory=dict)


class ArticlePlanner(Protocol):
    """What the intake needs of the posts."""

    def plan(self, connection: sa.Connection, changes: Sequence[ArticleChange]) -> Plan:
        """Say what these changes mean to posts, and list all posts of each article. Reads, and writes nothing itself.

        Called in the transaction that stores the articles, which are locked, each of them named once: quick, and no
        outside call.
        """
