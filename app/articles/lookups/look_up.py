"""Asking a CMS for an article of which a delivery told no more than that something happened to it, or not all."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import Fetch, IgnoredDelivery, ParsedDelivery, Question, SourceOptions
from app.articles.feeds.fetching import PageUnreadable, open_reader
from app.articles.intake.arrivals import Arrival, Envelope
from app.articles.intake.batches import hand_in
from app.articles.intake.gaps import draft_in
from app.articles.intake.merge import rank
from app.articles.intake.proofs import PAGE, is_on_site, proof_site
from app.articles.intake.refusals import note_refusal
from app.articles.intake.thin_deliveries import LOOK_UP, REREAD, read_told
from app.articles.large_bodies import run_for
from app.articles.models import ArticleLookup, Source
from app.articles.models_feeds import SourceFeed
from app.articles.names import settle_name
from app.articles.senders import OpenedSource, open_source, reveal
from app.errors import AppError
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.kit.http.addresses import FetchRefused
from app.kit.http.fetch import Fetcher, FetchFailed, FetchLimits
from app.messages import feeds, refusals
from app.messages.message import Message
from app.resources import Resources

log = structlog.get_logger(__name__)

_WAITS = (10, 30, 60, 300, 900, 1800)
_LONGEST_WAIT = 3600
_GIVEN_UP_AFTER = timedelta(hours=24)
_TOLD_AFTER = 3
"""After so many failures in a row, a minute or two, what the delivery said by itself has to do."""
_MOST_AT_ONCE = 200
_LIMITS = FetchLimits(max_bytes=10 * 1024 * 1024, seconds=20.0)
_NOT_FOUND = "not_found"
_GONE = frozenset({_NOT_FOUND, "not_served"})
_OUT_OF_REACH = frozenset({"unreachable", "host_unknown", "timeout", "stalled", "certificate"})


class ArticleNotFetched(AppError):
    """The CMS did not give an article that it told of."""

    status_code = 502
    code = "article_not_fetched"
    title = refusals.NOT_FETCHED


class _NotThere(Exception):
    """The CMS says that it has no such article."""


async def wake_due(resources: Resources) -> int:
    """Wake workers for what is due: a wake-up may have been lost, and what failed is tried again."""
    query = select(ArticleLookup.id).where(col(ArticleLookup.next_attempt_at) <= utcnow()).limit(_MOST_AT_ONCE)
    async with resources.read() as session:
        due = (await session.exec(query)).all()
    await resources.queue.wake_all([(LOOK_UP, (lookup_id,)) for lookup_id in due])
    return len(due)


async def look_up(resources: Resources, lookup_id: str) -> None:
    """Ask once, and hand in what comes of it. What fails is asked again for a day, and stands on the source's card."""
    claimed = await _claim(resources, lookup_id)
    if claimed is None:
        return
    lookup, source = claimed
    fetch, is_of_page = _fetch_of(source.kind), PAGE in lookup.named
    if (fetch is None and not is_of_page) or not source.enabled or source.deleted_at is not None:
        await _done(resources, lookup)
        return
    known = open_source(source, resources)
    try:
        news: ParsedDelivery | IgnoredDelivery | None
        if fetch is None or is_of_page:
            news = await _ask_page(resources, lookup, known.options)
        else:
            news = await _ask(resources, fetch, lookup, source, known.options)
    except _NotThere:
        await _failed(resources, lookup, known, refusals.NOT_FETCHED)
    except FetchRefused as error:
        await _failed(resources, lookup, known, error.advice)
    except FetchFailed as error:
        await _failed(resources, lookup, known, error.message, is_out_of_reach=error.code in _OUT_OF_REACH)
    except AppError as error:
        await _failed(resources, lookup, known, error.message)
    else:
        await _hand_in(resources, lookup, known, news)


def _fetch_of(kind: str) -> Fetch | None:
    return ADAPTERS[kind].TRAITS.fetch if kind in ADAPTERS else None


def _is_told_enough(source: OpenedSource, lookup: ArticleLookup, *, is_out_of_reach: bool) -> bool:
    """Tell whether what a delivery says may count by itself, where it was asked for in vain.

    What is not signed does so only while nothing at all answers: whoever sends it may name what cannot be answered.
    """
    if PAGE in lookup.named:
        return False
    fetch = _fetch_of(source.kind)
    return is_out_of_reach or fetch is None or not fetch.is_proof


async def _claim(resources: Resources, lookup_id: str) -> tuple[ArticleLookup, Source] | None:
    """Take a lookup that is due, and set when it is next: whoever dies with it in hand delays it, and loses nothing."""
    now = utcnow()
    async with resources.transaction() as session:
        row = await session.get(ArticleLookup, lookup_id)
        if row is None or row.next_attempt_at > now:
            return None
        wait = _WAITS[row.attempts] if row.attempts < len(_WAITS) else _LONGEST_WAIT
        condition = (col(ArticleLookup.id) == lookup_id, col(ArticleLookup.next_attempt_at) == row.next_attempt_at)
        values = {"attempts": row.attempts + 1, "next_attempt_at": now + max(timedelta(seconds=wait), _lease())}
        taken = await session.exec(sa.update(ArticleLookup).where(*condition).values(**values))
        source = await session.get(Source, row.source_id)
        if taken.rowcount != 1 or source is None:
            return None
        session.expunge_all()
    return row, source


def _lease() -> timedelta:
    return timedelta(seconds=_LIMITS.seconds + 10)


async def _ask(
    resources: Resources, fetch: Fetch, lookup: ArticleLookup, source: Source, options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Ask the CMS. None where asking later may help. Raises _NotThere where it knows of no such article."""
    question = fetch.ask(lookup.named, options, _token(resources, source))
    answer, problem = await _download(resources, question)
    news = await run_for(answer or b"", fetch.read, answer, lookup.external_id, lookup.named, options)
    if news is None and problem == _NOT_FOUND:
        raise _NotThere
    return news


async def _ask_page(resources: Resources, lookup: ArticleLookup, options: SourceOptions) -> ParsedDelivery | None:
    """Ask the article's page, whose words count in place of the delivery's. Raises PageUnreadable."""
    url, site, told = lookup.named[PAGE], proof_site(options), read_told(lookup.told or {})
    if not is_on_site(url, site):
        raise PageUnreadable(feeds.PAGE_ELSEWHERE)
    async with open_reader(resources) as reader:
        page = draft_in(await reader.page(url, options, is_right=lambda found: is_on_site(found, site)), url)
    if not page.title:
        return None
    # What keeps an article from being posted counts, whoever says it.
    draft = replace(
        page,
        category=page.category or options.category,
        language=page.language or options.language,
        is_paywalled=page.is_paywalled or told.draft.is_paywalled,
        is_wanted=told.draft.is_wanted,
        is_declined=told.draft.is_declined,
    )
    return replace(told, draft=draft)


def _token(resources: Resources, source: Source) -> str:
    if not source.read_token_encrypted:
        return ""
    try:
        return reveal(source, resources.keyring, "read_token_encrypted")
    except Undecryptable:
        return ""


async def _download(resources: Resources, question: Question) -> tuple[bytes | None, str]:
    """Download what the CMS says, by the rules for strangers' addresses; None and why where it shows nothing."""
    allowed = resources.settings.fetch_allow_hosts
    with tempfile.TemporaryDirectory(prefix="newsreel-lookup-") as folder:
        target = Path(folder) / "answer"
        async with Fetcher(allowed, limits=_LIMITS, accept="application/json") as fetcher:
            try:
                await fetcher.fetch(question.url, target, headers=question.headers)
            except (FetchFailed, FetchRefused) as error:
                if error.code in _GONE:
                    return None, error.code
                raise
        return await asyncio.to_thread(target.read_bytes), ""


async def _hand_in(
    resources: Resources, lookup: ArticleLookup, source: OpenedSource, news: ParsedDelivery | IgnoredDelivery | None
) -> None:
    if news is None:
        await _failed(resources, lookup, source, refusals.NOT_FETCHED)
        return
    await _take(resources, lookup, source, news)


async def _take(
    resources: Resources, lookup: ArticleLookup, source: OpenedSource, news: ParsedDelivery | IgnoredDelivery
) -> None:
    if isinstance(news, ParsedDelivery):
        news = replace(news, is_reread=REREAD in lookup.named)
        revision = rank(_not_later(news.revision, lookup.asked_at)) if news.revision else lookup.revision
        envelope = Envelope(lookup.delivery_id, lookup.digest, revision)
        if await _has_feed(resources, source.id):
            news = await settle_name(resources, source.id, news, by_feed=False)
        await hand_in(resources, Arrival(source.id, source.since, news, envelope, source.rules, may_ask_page=True))
    await _done(resources, lookup)


async def _has_feed(resources: Resources, source_id: str) -> bool:
    async with resources.read() as session:
        return await session.get(SourceFeed, source_id) is not None


def _not_later(revision: datetime, asked_at: datetime) -> datetime:
    return min(revision, max(asked_at, utcnow()))


async def _done(resources: Resources, lookup: ArticleLookup) -> None:
    """Forget a lookup, unless a newer delivery asks for the same article."""
    same = (col(ArticleLookup.id) == lookup.id, col(ArticleLookup.asked_at) == lookup.asked_at)
    async with resources.transaction() as session:
        await session.exec(sa.delete(ArticleLookup).where(*same))


async def _failed(
    resources: Resources, lookup: ArticleLookup, source: OpenedSource, why: Message, *, is_out_of_reach: bool = False
) -> None:
    note_refusal(resources, source, source.slug, ArticleNotFetched(why))
    is_told_enough = _is_told_enough(source, lookup, is_out_of_reach=is_out_of_reach)
    if is_told_enough and lookup.told is not None and lookup.attempts >= _TOLD_AFTER:
        await _take(resources, lookup, source, read_told(lookup.told))
        return
    if utcnow() - lookup.asked_at > _GIVEN_UP_AFTER:
        log.error("lookup_given_up", source=source.slug, article=lookup.external_id, attempts=lookup.attempts)
        await _done(resources, lookup)
