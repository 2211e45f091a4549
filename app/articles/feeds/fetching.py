"""Fetching a feed or a page, and having it read in a limited process: whatever a stranger serves costs no more."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.articles.adapters.base import SourceOptions
from app.articles.feeds.rest_api import asked_url
from app.errors import AppError
from app.kit.http.addresses import FetchRefused
from app.kit.http.fetch import Fetched, Fetcher, FetchFailed, FetchLimits
from app.kit.ids import new_id
from app.kit.sandbox.pool import ProcessPool, TaskError, TaskLimits
from app.messages import feeds as said
from app.messages.kinds import Address
from app.messages.message import Message
from app.resources import Resources

FEED_LIMITS = FetchLimits(max_bytes=20 * 1024 * 1024, seconds=25.0, stall_seconds=10.0)
PAGE_LIMITS = FetchLimits(max_bytes=5 * 1024 * 1024, seconds=8.0, stall_seconds=5.0)
_FEEDS = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9,"
    " text/xml;q=0.8, */*;q=0.1"
)
_PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_MOST_CONNECTIONS = 100
_TASK = TaskLimits(memory_bytes=1024 * 1024 * 1024, cpu_seconds=20, seconds=50.0, file_bytes=64 * 1024 * 1024)

readers = ProcessPool("app.articles.feeds.child:read_feed", size=2, limits=_TASK, environment={"MALLOC_ARENA_MAX": "2"})
page_readers = ProcessPool(
    "app.articles.feeds.child:read_page", size=1, limits=_TASK, environment={"MALLOC_ARENA_MAX": "2"}
)


class FeedUnreadable(AppError):
    """The feed was not there, or is none. `retry_after`: how many seconds its server wants to be left alone for."""

    status_code = 422
    code = "feed_unreadable"
    title = said.FEED_UNREADABLE

    def __init__(self, reason: str, message: Message, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after


class PageUnreadable(AppError):
    """An article's page could not be had. `is_final`: asking again would change nothing."""

    status_code = 422
    code = "page_unreadable"
    title = said.PAGE_UNREADABLE

    def __init__(self, message: Message, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask for: the address as the editor wrote it, and what is known of the answer before."""

    kind: str
    url: str
    token: str = field(default="", repr=False)
    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server gave; `path` is None where nothing has changed."""

    fetched: Fetched
    path: Path | None
    body_sha256: str

    @property
    def charset(self) -> str:
        found = _CHARSET.search(self.fetched.headers.get("Content-Type", ""))
        return found[1] if found else ""

    def validators(self) -> Mapping[str, str]:
        headers = self.fetched.headers
        return {
            "etag": _kept(headers.get("ETag", ""), 1000),
            "last_modified": _kept(headers.get("Last-Modified", ""), 200),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a feed: its items, as `child.read_feed` writes them. For the rest see `reading.Feed`."""

    items: Sequence[dict[str, Any]]
    title: str = ""
    hub: str = ""
    topic: str = ""
    next_page: str = ""
    is_wordpress: bool = False


class Reader:
    """Fetches and reads feeds and pages. Use it as an async context manager: its connections and files end with it."""

    def __init__(self, feeds: Fetcher, pages: Fetcher, folder: Path) -> None:
        self._feeds = feeds
        self._pages = pages
        self._folder = folder

    async def ask(self, asked: Asked) -> Answer:
        """Fetch a feed, unless it is still the same. Raises FeedUnreadable."""
        url, headers = asked_url(asked.kind, asked.url, asked.token)
        target = self._folder / new_id()
        try:
            fetched = await self._feeds.fetch(url, target, headers=headers, conditions=asked.conditions)
        except FetchFailed as error:
            raise FeedUnreadable(error.code, error.message, retry_after=error.retry_after) from None
        except FetchRefused as error:
            raise FeedUnreadable(error.code, error.advice) from None
        if fetched.is_unchanged:
            return Answer(fetched, None, asked.body_sha256)
        digest = await asyncio.to_thread(_digest, target)
        if digest == asked.body_sha256:
            target.unlink()
            return Answer(fetched, None, digest)
        return Answer(fetched, target, digest)

    async def read(
        self, answer: Answer, kind: str, options: SourceOptions, *, known: Mapping[str, str], drafts: int
    ) -> Found:
        """Read what was fetched, and give the articles of up to `drafts` of the items that are not known so.

        Raises FeedUnreadable.
        """
        assert answer.path is not None
        path, lines, digests = answer.path, answer.path.with_suffix(".items"), answer.path.with_suffix(".known")
        try:
            await asyncio.to_thread(digests.write_text, json.dumps(known))
            result = await readers.run(
                feed=str(path),
                answer=str(lines),
                kind=kind,
                options=options.model_dump(mode="json"),
                address=_without_query(answer.fetched.url),
                charset=answer.charset,
                known=str(digests),
                drafts=drafts,
            )
            if "problem" in result:
                raise _no_feed(result)
            items = await asyncio.to_thread(_read_lines, lines)
        except TaskError:
            # A bomb, or the library broke down on it: the process is gone, and nothing else.
            raise FeedUnreadable("feed_too_heavy", said.FEED_TOO_HEAVY) from None
        finally:
            for file in (path, lines, digests):
                file.unlink(missing_ok=True)
        return Found(**{**result, "items": items})

    async def page(
        self, url: str, options: SourceOptions, *, is_right: Callable[[str], bool] = lambda _url: True
    ) -> dict[str, Any]:
        """Read what a page says of an article of a source with these options. Raises PageUnreadable.

        `is_right` is asked about the address at which the page was found in the end.
        """
        target = self._folder / new_id()
        try:
            fetched = await self._pages.fetch(url, target)
            if not is_right(fetched.url):
                raise PageUnreadable(said.PAGE_ELSEWHERE)
            answer = Answer(fetched, target, "")
            return await page_readers.run(
                page=str(target), charset=answer.charset, address=fetched.url, timezone=options.timezone or "UTC"
            )
        except FetchFailed as error:
            raise PageUnreadable(error.message) from None
        except FetchRefused as error:
            raise PageUnreadable(error.advice, is_final=True) from None
        except TaskError:
            raise PageUnreadable(said.PAGE_TOO_HEAVY, is_final=True) from None
        finally:
            target.unlink(missing_ok=True)


@asynccontextmanager
async def open_reader(resources: Resources) -> AsyncIterator[Reader]:
    """Open what fetches feeds and pages for a while, by the rules for strangers' addresses."""
    allowed = resources.settings.fetch_allow_hosts
    with TemporaryDirectory(prefix="newsreel-feeds-", ignore_cleanup_errors=True) as folder:
        async with (
            Fetcher(
                allowed, limits=FEED_LIMITS, accept=_FEEDS, connections=_MOST_CONNECTIONS, takes_packed=True
            ) as feeds,
            Fetcher(allowed, limits=PAGE_LIMITS, accept=_PAGES, takes_packed=True) as pages,
        ):
            yield Reader(feeds, pages, Path(folder))


def _no_feed(result: Mapping[str, Any]) -> FeedUnreadable:
    if result["problem"] == "feed_too_large":
        return FeedUnreadable("feed_too_large", said.FEED_TOO_LARGE)
    hint = str(result.get("hint") or "")
    return FeedUnreadable("no_feed", said.page_names_feed(Address(hint)) if hint else said.NO_FEED)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as lines:
        return [json.loads(line) for line in lines]


def _without_query(url: str) -> str:
    # What reads needs the address for its beginning alone, and a token may stand behind it.
    return url.partition("?")[0]


def _kept(value: str, most: int) -> str:
    """Keep a validator to send it again, unless it is one that no server needs."""
    with suppress(UnicodeEncodeError):
        value.encode("latin-1")
        return value if len(value) <= most and value.isprintable() else ""
    return ""
