"""Taking in what a CMS sends: verify, parse, store once, plan the posts, answer; and reading articles."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Protocol, runtime_checkable

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import ClockSkew, IgnoredDelivery, ParsedDelivery, Verified
from app.articles.decode import FORM, UnsupportedContent
from app.articles.intake.admission import Admission, admit
from app.articles.intake.arrivals import Arrival, BatchPlanner
from app.articles.intake.batch import land_together
from app.articles.intake.merge import is_duplicate, is_live, rank
from app.articles.intake.store import Envelope, Stored, store_delivery
from app.articles.intake.turns import LONGEST_TURN_SECONDS, MOST_UNDER_WAY, Landing, Receipt, wait_for
from app.articles.large_bodies import run_for
from app.articles.models import Article, ArticleEvent, ArticleState, Delivery
from app.articles.senders import KnownSource, identify
from app.articles.sources import note_delivery
from app.db import after_commit
from app.errors import AppError, NotFound, TooManyRequests
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.paging import Page, paginate
from app.kit.tracing import traceparent
from app.messages import refusals
from app.resources import Resources

log = structlog.get_logger(__name__)


class IntakeUnavailable(TooManyRequests):
    """The delivery could not be stored. Like too many requests, it says when to come back."""

    status_code = 503
    code = "intake_unavailable"
    title = refusals.NOT_STORED

    def __init__(self) -> None:
        super().__init__(retry_after=5)


@runtime_checkable
class ArticlePlanner(BatchPlanner, Protocol):
    """What the intake needs of the posts."""

    async def article_changed(self, session: AsyncSession, article: Article, delivery: Delivery) -> list[str]:
        """Plan the posts of an article within its delivery's transaction; return the ids of all its posts.

        `created`, `republished`: the article is to be posted; make the posts that are missing, and `republished` brings
        back what an unpublishing cancelled. `updated`: its content changed; never a reason for a new post.
        `unpublished`: cancel what TikTok was not given yet. `duplicate`: change nothing. No other value is passed.
        Called with the article locked: quick, and no outside call.
        """


_running: set[asyncio.Task[Receipt]] = set()


async def look_up(resources: Resources, slug: str, headers: Mapping[str, str]) -> Admission:
    """See from the headers whose delivery this is, before its body is read. Raises IntakeUnavailable."""
    try:
        return await admit(resources, slug, headers)
    except Exception as error:  # noqa: BLE001 - it is logged there
        raise _unavailable(slug, error) from None


async def receive(
    resources: Resources,
    slug: str,
    headers: Mapping[str, str],
    body: bytes,
    planner: ArticlePlanner,
    admission: Admission | None = None,
) -> Receipt:
    """Take in one delivery. Raises SignatureRefused, BadRequest, Invalid, UnsupportedContent or IntakeUnavailable.

    The work goes on when it takes too long, or when the sender hangs up: many senders never repeat a delivery, and one
    that does gets a duplicate's answer. What is on disk is answered as such, even while a lost Redis keeps us waiting.
    """
    if len(_running) >= MOST_UNDER_WAY:
        raise IntakeUnavailable
    landing = Landing(resources)
    task = asyncio.create_task(_take_in(resources, slug, headers, body, planner, landing, admission))
    _running.add(task)
    task.add_done_callback(_finished)
    await wait_for(task, landing)
    if landing.receipt is not None:
        return landing.receipt
    if not task.done():
        log.warning("delivery_unfinished", source=slug)
        task.add_done_callback(partial(_tell_end, slug))
        raise IntakeUnavailable
    try:
        return task.result()
    except AppError:
        raise
    except Exception as error:  # noqa: BLE001 - it is logged there
        raise _unavailable(slug, error) from None


def _unavailable(slug: str, error: Exception) -> IntakeUnavailable:
    """Log what kept us from taking a delivery in.

    Whatever it was is our trouble: a 4xx or a 2xx would end the attempts of a sender that repeats. While the database
    is away, a traceback per delivery would only bury the cause.
    """
    is_outage = isinstance(error, OSError | OperationalError | InterfaceError | PoolTimeout)
    log.error("delivery_failed", source=slug, error=type(error).__name__, exc_info=None if is_outage else error)
    return IntakeUnavailable()


async def settle_deliveries(seconds: float) -> None:
    """Let what its sender no longer waits for be stored before the process ends: many senders never repeat it."""
    if _running:
        await asyncio.wait(set(_running), timeout=seconds)


def _finished(task: asyncio.Task[Receipt]) -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()


def _tell_end(slug: str, task: asyncio.Task[Receipt]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is None and not task.cancelled():
        log.info("delivery_finished_late", source=slug)
    else:
        log.error("delivery_failed_late", source=slug, error=type(error).__name__)


async def _take_in(
    resources: Resources,
    slug: str,
    headers: Mapping[str, str],
    body: bytes,
    planner: ArticlePlanner,
    landing: Landing,
    admission: Admission | None,
) -> Receipt:
    reach("intake.read")
    admission = admission or await admit(resources, slug, headers)
    known = admission.source, admission.is_fresh
    try:
        source, verified = await identify(resources, slug, known, headers, body, utcnow())
    except ClockSkew as skew:
        log.warning("clock skew", source=slug, seconds=round(skew.seconds), cure="check the clocks of both machines")
        raise
    reach("intake.verified")
    adapter = ADAPTERS[source.kind]
    _require_readable(headers, takes_forms=adapter.TRAITS.takes_forms)
    news = await run_for(body, adapter.parse, body, source.options, headers)
    if isinstance(news, IgnoredDelivery):
        receipt = Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason=news.reason)
    else:
        digest = await run_for(body, lambda: hashlib.sha256(body).hexdigest())
        envelope = Envelope(verified.delivery_id, digest, _revision(news, verified))
        answer: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()
        arrival = Arrival(source, news, envelope, planner, landing, traceparent(), answer)
        receipt = await land_together(resources, arrival) or await _keep(
            resources, source, news, envelope, planner, landing
        )
    await note_delivery(resources, source.id)
    meters.deliveries.count(source.kind, receipt.outcome)
    return receipt


def _require_readable(headers: Mapping[str, str], *, takes_forms: bool) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if takes_forms and kind == FORM:
        return
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedContent


def _revision(news: ParsedDelivery, verified: Verified) -> datetime:
    """Give the delivery's place in the CMS's clock.

    A time in the future would win over whatever comes until then: the signature's time is the better one, and where
    that is ahead as well, our own.
    """
    now = utcnow()
    return rank(news.revision if news.revision is not None and news.revision <= now else min(verified.at, now))


async def _keep(
    resources: Resources,
    source: KnownSource,
    news: ParsedDelivery,
    envelope: Envelope,
    planner: ArticlePlanner,
    landing: Landing,
) -> Receipt:
    async with landing, asyncio.timeout(LONGEST_TURN_SECONDS), resources.transaction() as session:
        receipt: Receipt | None = None

        async def on_disk() -> None:
            reach("intake.committed")
            landing.land(receipt)

        # Before the planner's own hooks, which wake the workers and may wait for Redis.
        after_commit(session, on_disk)
        stored = await store_delivery(session, source, news, envelope)
        receipt = await _receipt(session, stored, news, planner)
    reach("intake.enqueued")
    return receipt


async def _receipt(
    session: AsyncSession, stored: Stored | None, news: ParsedDelivery, planner: ArticlePlanner
) -> Receipt:
    if stored is None:
        reason = "the article is not published"
        return Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason=reason)
    outcome = stored.merged.outcome
    post_ids: list[str] = []
    if stored.merged.is_turn or (outcome is Delivery.updated and is_live(stored.article)):
        post_ids = await planner.article_changed(session, stored.article, outcome)
    elif not stored.is_new and stored.article.state_revision is not None:
        post_ids = await planner.article_changed(session, stored.article, Delivery.duplicate)
    return Receipt(
        stored.article.id, post_ids, duplicate=is_duplicate(news, stored.merged, is_new=stored.is_new), outcome=outcome
    )


async def list_articles(
    session: AsyncSession,
    *,
    source_id: str | None = None,
    state: ArticleState | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Article]:
    """List articles, newest first, without their text."""
    query = select(Article).options(defer(Article.text, raiseload=True))  # type: ignore[arg-type]
    if source_id:
        query = query.where(col(Article.source_id) == source_id)
    if state:
        query = query.where(col(Article.state) == state)
    return await paginate(session, query, col(Article.id), limit=limit, cursor=cursor)


async def get_article(session: AsyncSession, article_id: str) -> Article:
    """Get one article. Raises NotFound."""
    # PostgreSQL refuses a text with NUL, and a path may hold one.
    article = None if "\0" in article_id else await session.get(Article, article_id)
    if article is None:
        raise NotFound(refusals.NO_ARTICLE, code="article_not_found")
    return article


async def list_article_events(session: AsyncSession, article_id: str) -> list[ArticleEvent]:
    """List an article's deliveries in the order of their arrival."""
    query = select(ArticleEvent).where(col(ArticleEvent.article_id) == article_id).order_by(col(ArticleEvent.id))
    return list((await session.exec(query)).all())
