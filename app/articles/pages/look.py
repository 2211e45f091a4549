"""Looking at the pages of articles of which their CMS told little, and handing in what they have."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery
from app.articles.feeds.fetching import PageUnreadable, open_reader
from app.articles.intake.arrivals import Arrival, Envelope
from app.articles.intake.batches import hand_in
from app.articles.intake.gaps import draft_in, draft_now, filled, gaps_in
from app.articles.intake.wanted_pages import HANDED_OUT, LOOK_AT_PAGE
from app.articles.models import Article, ArticlePage, Source
from app.articles.rules import SourceRules, read_left_out, read_rules, write_left_out
from app.articles.senders import open_source
from app.kit.clock import rfc3339, utcnow
from app.kit.http.downloads import MediaPlaces
from app.messages.message import pack
from app.resources import Resources

log = structlog.get_logger(__name__)

FILLED = "page.read"
# A site that is built anew with each article shows it some minutes after its CMS has told of it.
_WAITS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10))
_LEASE = timedelta(seconds=60)
_NO_PLACE = timedelta(seconds=5)
_BEGUN_WITHIN = timedelta(seconds=60)
_MOST_AT_ONCE = 200
_GOES_ON_SECONDS = 10.0
"""For so long one job goes on with a source's pages: far less than a job may take, and then others have their turn."""
_MOST_TRIED = 4
"""Pages that are tried where other workers take the first ones of the same source."""
_IN_TURN = (col(ArticlePage.is_awaited).desc(), col(ArticlePage.next_attempt_at), col(ArticlePage.id))
"""Posts wait for some pages, and for half a minute at most."""


class _Looks:
    """The pages that this process is asking for: few of one site at a time, and none waits in a worker."""

    def __init__(self) -> None:
        self.places = MediaPlaces(16, per_source=2)


@dataclass(frozen=True, slots=True)
class _Look:
    """A page that is to be read now, its article, and the article's source."""

    page: ArticlePage
    article: Article
    source: Source


async def wake_due_pages(app: Resources) -> int:
    """Wake workers for pages that are due, some of each source; a wake-up may have been lost.

    They are due again once their jobs should have begun: else each sweep would ask for the same ones, and the jobs of
    a burst would keep all others waiting.
    """
    now = utcnow()
    turn = sa.func.row_number().over(partition_by=col(Article.source_id), order_by=_IN_TURN)
    due = (
        sa.select(col(ArticlePage.id).label("id"), turn.label("turn"))
        .join(Article, col(Article.id) == col(ArticlePage.article_id))
        .where(col(ArticlePage.next_attempt_at) <= now)
        .subquery()
    )
    some = sa.select(due.c.id).where(due.c.turn <= HANDED_OUT).order_by(due.c.turn).limit(_MOST_AT_ONCE)
    is_due = (col(ArticlePage.id).in_(some), col(ArticlePage.next_attempt_at) <= now)
    due_at = now + _BEGUN_WITHIN
    claim = sa.update(ArticlePage).where(*is_due).values(next_attempt_at=due_at).returning(col(ArticlePage.id))
    async with app.transaction() as session:
        claimed = [row.id for row in await session.exec(claim)]
    await app.queue.wake_all([(LOOK_AT_PAGE, (page_id, rfc3339(due_at))) for page_id in claimed])
    return len(claimed)


async def look_at_page(app: Resources, page_id: str, due_at: str = "") -> None:
    """Read one page, and fill in what the CMS left out. What fails is tried four times, and said at the article.

    `due_at` is when it is due again, as the sweep that handed it out has set it. What else is due of its source is
    read after it, for some seconds: of a burst a worker is told of the first ones only.
    """
    until = monotonic() + _GOES_ON_SECONDS
    look = await _claim(app, page_id, due_at)
    while look is not None and await _read(app, look) and monotonic() < until:
        look = await _claim_next(app, look.source.id)


async def _read(app: Resources, look: _Look) -> bool:
    """Read the page that was claimed; tell whether its source may be asked for more."""
    article, source = look.article, look.source
    if not source.enabled or source.deleted_at is not None or not gaps_in(draft_now(article), _rules(source)):
        await _conclude(app, look, next_attempt_at=None)
        return True
    with app.parts.of(_Looks).places.take(source.id) as is_taken:
        if not is_taken:
            await _write(app, look, attempts=look.page.attempts, next_attempt_at=utcnow() + _NO_PLACE)
            return False
        try:
            async with open_reader(app) as reader:
                told = await reader.page(article.url, open_source(source, app).options)
        except PageUnreadable as error:
            await _failed(app, look, error)
            return False
    names = await _hand_in(app, look, told)
    if not names:
        await _note_heard(app, article.id)
    await _conclude(app, look, next_attempt_at=None, read_at=utcnow(), filled=names, problem="", problem_message=None)
    return True


async def _claim_next(app: Resources, source_id: str) -> _Look | None:
    is_due = (col(ArticlePage.next_attempt_at) <= utcnow(), Article.source_id == source_id)
    query = select(ArticlePage.id).join(Article, col(Article.id) == col(ArticlePage.article_id))
    async with app.read() as session:
        page_ids = (await session.exec(query.where(*is_due).order_by(*_IN_TURN).limit(_MOST_TRIED))).all()
    for page_id in page_ids:
        # Whoever reads another page of the source may take the same one.
        if look := await _claim(app, page_id, ""):
            return look
    return None


async def _claim(app: Resources, page_id: str, due_at: str) -> _Look | None:
    """Take a page that is due, and set when it is next: whoever dies with it in hand delays it, and loses nothing."""
    now = utcnow()
    query = select(ArticlePage, Article, Source).where(
        ArticlePage.id == page_id, ArticlePage.article_id == Article.id, Article.source_id == Source.id
    )
    async with app.transaction() as session:
        found = (await session.exec(query)).first()
        if found is None or found[0].next_attempt_at is None:
            return None
        if found[0].next_attempt_at > now and rfc3339(found[0].next_attempt_at) != due_at:
            return None
        page, article, source = found
        condition = (col(ArticlePage.id) == page_id, col(ArticlePage.next_attempt_at) == page.next_attempt_at)
        values = {"attempts": page.attempts + 1, "next_attempt_at": now + _LEASE}
        session.expunge_all()
        taken = await session.exec(sa.update(ArticlePage).where(*condition).values(**values))
    return _Look(page, article, source) if taken.rowcount == 1 else None


async def _hand_in(app: Resources, look: _Look, told: Mapping[str, Any]) -> list[str]:
    """Hand in what the page has, and name what was empty before."""
    article, page = look.article, look.page
    before = draft_now(article)
    draft = draft_in(told, article.url)
    names = [name for name in ArticleDraft.__slots__ if getattr(filled(before, draft), name) != getattr(before, name)]
    if names:
        digest = await asyncio.to_thread(_digest, told)
        news = ParsedDelivery(
            EventKind.updated, FILLED, article.external_id, draft, article.revision, only_if_known=True, only_fills=True
        )
        envelope = Envelope(f"page:{page.id}:{page.attempts}:{digest[:16]}", digest, article.revision)
        await hand_in(app, Arrival(look.source.id, look.source.created_at, news, envelope, _rules(look.source)))
    return names


async def _note_heard(app: Resources, article_id: str) -> None:
    """Say at the rules' verdict that the page was heard, also where it adds nothing: an editor need not wonder."""
    is_it = col(Article.id) == article_id
    async with app.transaction() as session:
        left_out = (await session.exec(select(Article.left_out).where(is_it).with_for_update())).first()
        if left_out:
            heard = write_left_out(replace(one, with_page=True) for one in read_left_out(left_out))
            await session.exec(sa.update(Article).where(is_it).values(left_out=heard))


def _rules(source: Source) -> SourceRules | None:
    return read_rules(source.rules) if source.rules else None


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


async def _failed(app: Resources, look: _Look, error: PageUnreadable) -> None:
    page = look.page
    is_over = error.is_final or page.attempts >= len(_WAITS)
    next_attempt_at: datetime | None = None if is_over else utcnow() + _WAITS[page.attempts]
    log.warning("page_unreadable", source=look.source.slug, article_id=look.article.id, attempts=page.attempts + 1,
                why=str(error.message))  # fmt: skip
    told = {"problem": str(error.message)[:1000], "problem_message": pack(error.message)}
    await _conclude(app, look, next_attempt_at=next_attempt_at, **told)


async def _conclude(app: Resources, look: _Look, **values: Any) -> None:
    """Write down what came of it: from now on no post waits for the page."""
    await _write(app, look, is_awaited=False, **values)


async def _write(app: Resources, look: _Look, **values: Any) -> None:
    """Change the page's row, unless the CMS has told of the article anew meanwhile."""
    same = (col(ArticlePage.id) == look.page.id, col(ArticlePage.asked_at) == look.page.asked_at)
    async with app.transaction() as session:
        await session.exec(sa.update(ArticlePage).where(*same).values(**values))
