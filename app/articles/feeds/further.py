"""The further pages of a CMS's list of articles: after an outage the first one does not reach back to what is known."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.articles.adapters.base import SourceOptions
from app.articles.feeds.fetching import Answer, Asked, FeedUnreadable, Found, Reader
from app.articles.feeds.memory import Memory
from app.articles.feeds.rest import page_url
from app.articles.models import SourceFeed
from app.resources import Resources

log = structlog.get_logger(__name__)

MOST_PAGES = 10
"""At 50 articles a page, more than a newsroom publishes while nobody could ask."""
MOST_PER_PAGE = 100
_BETWEEN_PAGES_SECONDS = 0.5
_PATIENT_FAILURES = 3
_PAGES_TOLD = "X-WP-TotalPages"


async def read_further(
    app: Resources,
    reader: Reader,
    asked: Asked,
    first: tuple[Answer, Found],
    memory: Memory,
    feed: SourceFeed,
    options: SourceOptions,
    now: datetime,
) -> Found:
    """Give what stands on the first page, and on those behind it as far back as nothing is known and all is fresh.

    A further page that cannot be read fails the poll: what stands there would never be found, because the first page is
    known from then on. Where that goes on, what the pages before have is better than nothing. Raises FeedUnreadable.
    """
    answer, found = first
    items, page = list(found.items), 1
    while await _goes_on(app, found.items, memory, feed, now):
        page += 1
        address = page_url(asked.kind, asked.url, page)
        if address is None or page > _pages_told(answer):
            break
        if page > MOST_PAGES:
            log.warning("feed_pages_left_out", source_id=feed.source_id, pages=MOST_PAGES)
            break
        await asyncio.sleep(_BETWEEN_PAGES_SECONDS)
        try:
            behind = await reader.ask(replace(asked, url=address, etag="", last_modified="", body_sha256=""))
            found = await reader.read(behind, asked.kind, options, known=memory.digests, drafts=MOST_PER_PAGE)
        except FeedUnreadable as error:
            # WordPress answers 400 behind its last page.
            if error.reason in {"not_served", "not_found"} or feed.failures >= _PATIENT_FAILURES:
                log.warning("feed_page_unread", source_id=feed.source_id, page=page, reason=error.reason)
                break
            raise
        items += found.items
    return replace(first[1], items=list({told["key"]: told for told in reversed(items)}.values())[::-1])


async def _goes_on(
    app: Resources, items: Sequence[dict[str, Any]], memory: Memory, feed: SourceFeed, now: datetime
) -> bool:
    """Tell whether there may be news behind a page: its last item is not known, and young enough to be news."""
    if not items or feed.baseline_at is None:
        return False
    last = items[-1]
    await memory.recall(app, [last])
    at = last["published_at"] or last["updated_at"]
    is_fresh = at is not None and now - datetime.fromisoformat(at) <= timedelta(hours=feed.max_age_hours)
    return is_fresh and not memory.knows(last)


def _pages_told(answer: Answer) -> int:
    told = answer.fetched.headers.get(_PAGES_TOLD, "").strip()
    return int(told[:6]) if told.isascii() and told.isdigit() else MOST_PAGES + 1
