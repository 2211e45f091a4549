"""What a batch of arrivals does to the database: new articles first, then the known ones, in a few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.articles.intake.arrivals import Arrival, ArticleChange, ArticlePlanner, Move, Plan, Receipt
from app.articles.intake.known_articles import KnownArticle, SeenBefore, event_row
from app.articles.intake.merge import Merged, is_live, merge, new_row
from app.articles.intake.wanted_pages import PAGES, ask_again, page_row, tell_of_pages
from app.articles.models import Article, Delivery
from app.articles.rules import write_left_out
from app.kit.bulk import Rows, find_keys, insert_family, insert_rows, lock_rows
from app.kit.bursts import Bursts
from app.queue import JobCall

_ARTICLES: sa.Table = SQLModel.metadata.tables["articles"]
_EVENTS: sa.Table = SQLModel.metadata.tables["article_events"]
_KEY = ("source_id", "external_id")
_CHANGE = sa.update(_ARTICLES).where(_ARTICLES.c.id == sa.bindparam("known_id"))
_OF_NO_USE = Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason="the article is not published")


@dataclass(slots=True)
class Step:
    """What a step has stored: the answers, and what is to be done for the posts. It counts once it is committed."""

    receipts: dict[Arrival, Receipt] = field(default_factory=dict)
    calls: list[JobCall] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)


class Batch:
    """Arrivals that are stored together; what has no answer after both steps is to be stored alone.

    Alone, an arrival waits for whoever holds its article, and may move posts. Others would all have to wait for that.
    """

    def __init__(
        self, planner: ArticlePlanner, page_bursts: Bursts, arrivals: Sequence[Arrival], *, is_alone: bool = False
    ) -> None:
        self._planner = planner
        self._page_bursts = page_bursts
        self._rest = list(arrivals)
        self._is_alone = is_alone
        self._seen = SeenBefore()

    def store_alone(self, connection: sa.Connection) -> Step:
        """Take whichever step the arrival needs."""
        step = self.store_new(connection)
        return self.store_known(connection) if self._rest else step

    def store_new(self, connection: sa.Connection) -> Step:
        """Insert the articles that are not there yet and all that goes with them, in one statement."""
        step, new = Step(), self._find_new(connection)
        if not new:
            return step
        changes = [change for _, change, merged in new if merged.is_turn]
        plan = self._planner.plan(connection, changes) if changes else Plan()
        notes = [event_row(change.article.id, one.news, one.envelope, merged.outcome) for one, change, merged in new]
        pages = _wanted_pages((change.article, [one]) for one, change, _ in new)
        _note_left_out(plan, [change.article for _, change, _ in new])
        articles = Rows(_ARTICLES, [vars(change.article) for _, change, _ in new])
        inserted = insert_family(connection, articles, *plan.rows, Rows(_EVENTS, notes), Rows(PAGES, pages))
        asked = {page["article_id"]: page["id"] for page in pages if page["article_id"] in inserted}
        sources = {change.article.id: change.article.source_id for _, change, _ in new}
        step.calls += tell_of_pages(asked, sources, self._page_bursts)
        for arrival, change, merged in new:
            article_id = change.article.id
            if article_id in inserted:
                ids = plan.post_ids.get(article_id, [])
                step.receipts[arrival] = Receipt(article_id, ids, duplicate=False, outcome=merged.outcome)
                step.calls += plan.calls.get(article_id, ())
                self._seen.add(article_id, arrival.envelope.delivery_id, arrival.envelope.digest)
        return self._answered(step)

    def _find_new(self, connection: sa.Connection) -> list[tuple[Arrival, ArticleChange, Merged]]:
        first: dict[tuple[str, ...], Arrival] = {}
        for arrival in self._rest:
            if not arrival.news.only_if_known:
                first.setdefault(arrival.key, arrival)
        # A conflict waits for whoever is just changing the row in the way, perhaps for long; a look before does not.
        known = find_keys(connection, _ARTICLES, _KEY, list(first)) if first else set()
        # In the same order in every process: each waits for the keys that another is just inserting.
        return [_new_article(first[key]) for key in sorted(first.keys() - known)]

    def store_known(self, connection: sa.Connection) -> Step:
        """Merge the other arrivals into the articles that are known; leave out those that must be stored alone."""
        step, known = Step(), [one for one in self._weigh(connection) if not one.takes_steps]
        changes = [one.change() for one in known]
        plan = self._planner.plan(connection, changes) if changes else Plan()
        together = [one for one in known if self._is_alone or one.article.id not in plan.moves]
        _note_left_out(plan, [one.article for one in together])
        if written := [one.values() for one in together if one.is_changed()]:
            connection.execute(_CHANGE, written)
        post_ids = self._insert_planned(connection, plan, changes)
        insert_rows(connection, _EVENTS, [event for one in together for event in one.events])
        pages = _wanted_pages((one.article, [arrival for arrival, _ in one.weighed]) for one in together if one.is_news)
        sources = {one.article.id: one.article.source_id for one in together}
        step.calls += tell_of_pages(ask_again(connection, pages), sources, self._page_bursts)
        for one in together:
            step.receipts |= one.receipts(post_ids.get(one.article.id, []))
            step.calls += plan.calls.get(one.article.id, ())
        step.moves += plan.moves.values() if self._is_alone else ()
        if self._is_alone and not known:
            step.receipts |= {arrival: _OF_NO_USE for arrival in self._rest if arrival.news.only_if_known}
        return self._answered(step)

    def _weigh(self, connection: sa.Connection) -> list[KnownArticle]:
        """Lock the known articles, those that others hold left out among others, and merge what is told of them."""
        keys = sorted({arrival.key for arrival in self._rest})
        found = lock_rows(connection, _ARTICLES, _KEY, keys, skips_locked=not self._is_alone)
        known: dict[tuple[str, str], KnownArticle] = {}
        for row in map(sa.Row._asdict, found):
            known[row["source_id"], row["external_id"]] = KnownArticle(cast("Article", SimpleNamespace(**row)), row)
        self._seen.read(connection, [one.article.id for one in known.values()], self._rest)
        for arrival in self._rest:
            if arrival.key in known:
                known[arrival.key].weigh(arrival, self._seen)
        return list(known.values())

    def _insert_planned(
        self, connection: sa.Connection, plan: Plan, changes: Iterable[ArticleChange]
    ) -> dict[str, list[str]]:
        """Insert what is planned for the posts of known articles, and give the ids of the posts of each."""
        for notes in plan.notes:
            insert_rows(connection, notes.table, notes.rows)
        if not plan.rows or not plan.rows[0].rows:
            return plan.post_ids
        if len(insert_family(connection, *plan.rows)) == len(plan.rows[0].rows):
            return plan.post_ids
        # A person has made one of these posts by hand meanwhile.
        told = [replace(change, delivery=Delivery.duplicate) for change in changes]
        return self._planner.plan(connection, told).post_ids

    def _answered(self, step: Step) -> Step:
        self._rest = [arrival for arrival in self._rest if arrival not in step.receipts]
        return step


def _new_article(arrival: Arrival) -> tuple[Arrival, ArticleChange, Merged]:
    row = new_row(arrival.source_id, arrival.news, arrival.envelope.revision)
    merged = merge(row, arrival.news, arrival.envelope.revision, source_since=arrival.since, is_new=True)
    change = ArticleChange(
        row, merged.outcome, is_new=True, traceparent=arrival.traceparent, wishes=arrival.wishes, rules=arrival.rules
    )
    return arrival, change, merged


def _wanted_pages(told: Iterable[tuple[Article, Sequence[Arrival]]]) -> list[dict[str, Any]]:
    """Make rows that ask for the pages of articles that are to be posted, and of which little was told."""
    rows = []
    for article, arrivals in told:
        asking = next((one for one in arrivals if one.may_ask_page), None)
        if asking is not None and is_live(article) and (row := page_row(article, asking.rules)) is not None:
            rows.append(row)
    return rows


def _note_left_out(plan: Plan, articles: Iterable[Article]) -> None:
    for article in articles:
        if (left_out := plan.left_out.get(article.id)) is not None:
            article.left_out = write_left_out(left_out) or None
