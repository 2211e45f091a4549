"""The further pages of a list of articles: after an outage the first one does not reach back to what is known.

A CMS's list in JSON has numbered pages, and so has WordPress's RSS; any other feed has those that it links to itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog

from app.articles.adapters.base import SourceOptions
from app.articles.feeds.fetching import Answer, Asked, FeedUnreadable, Found, Reader
from app.articles.feeds.rest_api import page_url
from app.articles.feeds.seen_items import Memory
from app.articles.models_feeds import SourceFeed
from app.resources import Resources

log = structlog.get_logger(__name__)

MOST_PAGES = 10
"""Of one poll. At 50 articles a page, more than most newsrooms publish while nobody could ask."""
MOST_PAGES_BACK = 200
"""Of all polls together that walk back through one outage."""
MOST_PER_PAGE = 100
BETWEEN_PAGES_SECONDS = 0.5
"""Out of politeness to whoever serves the feed."""
_LONGEST_WALK_SECONDS = 40.0
_PATIENT_FAILURES = 3
_PAGES_TOLD = "X-WP-TotalPages"
# WordPress answers 400 behind its last page; and what a link leads to need be no feed, and no public address.
_NOT_THERE = frozenset({"not_served", "not_found", "no_feed", "address_odd", "address_ip", "address_port",
                        "address_scheme", "address_private"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Backlog:
    """Pages that nobody has read yet: from this one on, behind what was first seen at `since` or later.

    `url`: the page before it, where only that says where this one stands.
    """

    page: int
    since: datetime
    url: str = ""

    @classmethod
    def of(cls, feed: SourceFeed) -> "Backlog | None":
        """Read what an earlier poll left; None for nothing."""
        if not feed.backlog_page or not feed.backlog_since:
            return None
        return cls(feed.backlog_page, feed.backlog_since, feed.backlog_url)


def backlog_columns(backlog: Backlog | None) -> Mapping[str, Any]:
    """Give the columns in which it is kept."""
    if backlog is None:
        return {"backlog_page": None, "backlog_since": None, "backlog_url": ""}
    return {"backlog_page": backlog.page, "backlog_since": backlog.since, "backlog_url": backlog.url}


def has_further_pages(asked: Asked, found: Found) -> bool:
    """Tell whether what was read may have older items on pages of their own."""
    return bool(_numbered(asked, found, 2) or found.next_page)


def _numbered(asked: Asked, found: Found, page: int) -> str:
    return page_url("wordpress" if found.is_wordpress else asked.kind, asked.url, page) or ""


@dataclass(slots=True)
class Walk:
    """One poll's way back through the pages of a list, of which it reads no more than `MOST_PAGES`."""

    app: Resources
    reader: Reader
    asked: Asked
    memory: Memory
    feed: SourceFeed
    options: SourceOptions
    now: datetime
    items: list[dict[str, Any]] = field(default_factory=list)
    pages: int = 1
    last_page: int = MOST_PAGES_BACK
    first: Found = field(default_factory=lambda: Found([]))
    began_at: float = field(default_factory=monotonic)

    async def read(self, first: tuple[Answer, Found]) -> tuple[Found, Backlog | None]:
        """Give what stands on the first page, and on those behind it as far back as nothing is known and all is fresh.

        What this poll cannot read is given as well: the next one goes on there. Raises FeedUnreadable for a page behind
        the first that fails, because nothing of this poll is known yet, and the next one can find it all. Where that
        goes on, what the pages before have is better than nothing.
        """
        answer, found = first
        self.items, self.last_page = list(found.items), min(_pages_told(answer), MOST_PAGES_BACK)
        self.first = found
        if self.feed.baseline_at is None:
            return found, None
        before = Backlog.of(self.feed)
        since = before.since if before else self.now
        left = await self._go(found, 1, since, is_first=True)
        if left is None and before is not None:
            left = await self._go_on(before)
        unique = {told["key"]: told for told in reversed(self.items)}
        return replace(found, items=list(unique.values())[::-1]), left

    async def _go_on(self, before: Backlog) -> Backlog | None:
        """Go on where an earlier poll stopped. What was published since has moved its pages further back."""
        if self.now - before.since > timedelta(hours=self.feed.max_age_hours):
            # All that stands there was published before, and is no news any more.
            log.warning("feed_pages_left_out", source_id=self.feed.source_id, page=before.page)
            return None
        # One page before: what was taken from the list has moved them the other way.
        page = max(before.page - 1, 1)
        address = before.url or _numbered(self.asked, self.first, page)
        if not address:
            return None
        try:
            found = await self._page(address, page)
        except _IsOver:
            return None
        except FeedUnreadable as error:
            return self._left(before.page, before.since, before.url, error)
        return await self._go(found, page, before.since, before.url)

    async def _go(
        self, found: Found, page: int, since: datetime, url: str = "", *, is_first: bool = False
    ) -> Backlog | None:
        """Walk back from a page that was read. What came to be known since then does not end it, but for the first."""
        while True:
            await self.memory.recall(self.app, found.items)
            is_cut = any(told["draft"] is None and not self.memory.knows(told) for told in found.items)
            if is_cut and is_first and page == 1:
                return None  # It is asked for at once again, and what is behind it then.
            numbered = _numbered(self.asked, self.first, page + 1)
            following = numbered or found.next_page
            if not is_cut and not (following and self._goes_on(found.items, None if is_first else since)):
                return None
            last_read = "" if numbered else url or self.asked.url
            if is_cut or self.pages >= MOST_PAGES or monotonic() - self.began_at > _LONGEST_WALK_SECONDS:
                return self._left(page + 1, since, last_read)
            seen = {told["key"] for told in self.items}
            try:
                found = await self._page(following, page + 1)
            except _IsOver:
                return None
            except FeedUnreadable as error:
                if is_first and self.feed.failures < _PATIENT_FAILURES:
                    raise
                return self._left(page + 1, since, last_read, error)
            if all(told["key"] in seen for told in found.items):
                return None  # A circle of links, or a cache that does not look at the page's number.
            page, url = page + 1, following

    async def _page(self, address: str, page: int) -> Found:
        """Read one page. Raises FeedUnreadable, and _IsOver behind the last one."""
        if page > self.last_page:
            raise _IsOver
        await asyncio.sleep(BETWEEN_PAGES_SECONDS)
        self.pages += 1
        # A link may lead anywhere: the read token is for the address that an editor has typed.
        token = self.asked.token if page_url(self.asked.kind, self.asked.url, page) == address else ""
        try:
            answer = await self.reader.ask(Asked(self.asked.kind, address, token))
            found = await self.reader.read(
                answer, self.asked.kind, self.options, known=self.memory.digests, drafts=MOST_PER_PAGE
            )
        except FeedUnreadable as error:
            if error.reason in _NOT_THERE:
                raise _IsOver from None
            raise
        self.items += found.items
        return found

    def _left(self, page: int, since: datetime, url: str, error: FeedUnreadable | None = None) -> Backlog:
        reason = error.reason if error else "enough_for_one_poll"
        log.warning("feed_pages_left", source_id=self.feed.source_id, page=page, reason=reason)
        return Backlog(page, since, url)

    def _goes_on(self, items: Sequence[dict[str, Any]], since: datetime | None) -> bool:
        """Tell whether there may be news behind a page: its last item was not known, and is young enough to be news."""
        if not items:
            return False
        last = items[-1]
        at = last["published_at"] or last["updated_at"]
        is_fresh = at is not None and self.now - datetime.fromisoformat(at) <= timedelta(hours=self.feed.max_age_hours)
        is_known = self.memory.knows(last) and (since is None or self.memory.item(last).first_seen_at < since)
        return is_fresh and not is_known


class _IsOver(Exception):
    """The list has no such page."""


def _pages_told(answer: Answer) -> int:
    told = answer.fetched.headers.get(_PAGES_TOLD, "").strip()
    return int(told[:6]) if told.isascii() and told.isdigit() else MOST_PAGES_BACK
