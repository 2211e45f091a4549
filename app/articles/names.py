"""What an article is called beside its id: a webhook and a feed may name one article in two ways."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters.base import ParsedDelivery
from app.articles.models import ArticleName
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.http.addresses import FetchRefused, complete_url
from app.resources import Resources

_OF_CAMPAIGNS = re.compile(r"utm_.*|ns_.*|fbclid|gclid|yclid|mc_[a-z]+|ito|rss|cmp|ref|from", re.IGNORECASE)
_MOST_FIELDS = 100


def url_name(url: str) -> str:
    """Give what all spellings of an article's address have in common; "" for none that could be one.

    Scheme, `www.`, a slash at the end, a fragment and what campaigns add make no other article.
    """
    try:
        parts = urlsplit(complete_url(url))
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port else ""
    except (FetchRefused, ValueError):
        return ""
    own = sorted((name, value) for name, value in query if not _OF_CAMPAIGNS.fullmatch(name))
    path = unquote(parts.path).rstrip("/")
    # The front page is no article's: feeds that link to it name nothing by it.
    return _hashed(f"url\n{host}{port}{path}?{urlencode(own)}") if path or own else ""


def id_name(external_id: str) -> str:
    """Give the name that an article has by its sender's id."""
    return _hashed(f"id\n{external_id}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


async def settle_name(resources: Resources, source_id: str, news: ParsedDelivery, *, by_feed: bool) -> ParsedDelivery:
    """Give what is told of an article the id under which the source's other way in has told of it.

    Whoever is first to name an address decides, also among processes. Within one way in the sender's ids hold: it may
    have several articles at one address.
    """
    names = [id_name(news.external_id)]
    if address := url_name(news.draft.url):
        names.append(address)
    async with resources.read() as session:
        known = await _find(session, source_id, names)
    if not (set(names) - known.keys()):
        return _named(news, known, names, by_feed=by_feed)
    async with resources.transaction() as session:
        # The address first: only whoever has that knows to which article its sender's id leads.
        await _claim(session, source_id, names[1:], news.external_id, by_feed=by_feed)
        known = await _find(session, source_id, names)
        named = _named(news, known, names, by_feed=by_feed)
        await _claim(session, source_id, names[:1], named.external_id, by_feed=by_feed)
    return named


def _named(news: ParsedDelivery, known: dict[str, ArticleName], names: list[str], *, by_feed: bool) -> ParsedDelivery:
    of_id, of_url = known.get(names[0]), known.get(names[1]) if len(names) > 1 else None
    if of_id is not None and of_id.external_id != news.external_id:
        return replace(news, external_id=of_id.external_id)
    if of_url is not None and of_url.is_by_feed != by_feed:
        return replace(news, external_id=of_url.external_id)
    return news


async def _find(session: AsyncSession, source_id: str, names: Iterable[str]) -> dict[str, ArticleName]:
    query = select(ArticleName).where(ArticleName.source_id == source_id, col(ArticleName.name).in_(list(names)))
    return {row.name: row for row in (await session.exec(query)).all()}


async def _claim(
    session: AsyncSession, source_id: str, names: Iterable[str], external_id: str, *, by_feed: bool
) -> None:
    table, now = ArticleName.__table__, utcnow()  # type: ignore[attr-defined]
    for name in names:
        row = {
            "source_id": source_id,
            "name": name,
            "external_id": external_id,
            "is_by_feed": by_feed,
            "created_at": now,
        }
        await session.exec(insert_into(session.get_bind().dialect.name, table).values(**row).on_conflict_do_nothing())
