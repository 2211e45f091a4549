"""Downloading a file from an address that a stranger wrote, without being led into our own network.

aiohttp asks our resolver and connects to what it answers, to nothing else, so that the address that was checked is the
address that is used: neither a redirect nor a name that changes its mind comes between. httpx-secure, which looks made
for this, opens and closes a probe connection to the address *before* it judges it (2.0.0, `_AddressPolicy._resolve`),
and so knocks on every door that an attacker names.
"""

import asyncio
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from app.kit.http.addresses import PUBLIC_PORTS, AllowedOrigins, FetchRefused, check_url
from app.kit.http.client import retry_after_seconds, trusted_authorities
from app.kit.http.resolver import CheckedResolver
from app.messages import downloading
from app.messages.message import Message

_CHUNK = 64 * 1024
_FROM_THE_LOOP = 32 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
# Many image services choose the format by this header: what needs the least work stands first.
_PICTURES = "image/jpeg,image/png;q=0.9,image/webp;q=0.9,image/*;q=0.8,*/*;q=0.1"
VIDEOS = "video/mp4,video/quicktime;q=0.9,video/*;q=0.8,*/*;q=0.1"
# Object stores repeat whatever the uploader had written there (aws-chunked, utf-8, none) over a plain file.
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_HEADERS = {
    "User-Agent": "Newsreel",
    # httpx and aiohttp unpack without limit; 300 KB of gzip hold 300 MB. So nothing packed is asked for, or taken.
    "Accept-Encoding": "identity",
}


class FetchFailed(Exception):
    """The download did not work this time; it may work later. The message is for an editor.

    `retry_after`: how many seconds the server asked to be left alone for.
    """

    def __init__(self, code: str, message: Message, *, retry_after: float | None = None) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """`seconds` are for the whole download, redirects included: a server that drips defeats a timeout per read.

    `stall_seconds` end a long one early in which nothing arrives any more.
    """

    max_bytes: int = 20 * 1024 * 1024
    seconds: float = 20.0
    stall_seconds: float | None = None
    connect_seconds: float = 5.0
    redirects: int = 3
    ports: frozenset[int] = PUBLIC_PORTS


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete download, or the word that there is nothing new (`is_unchanged`): then there is no file."""

    url: str
    size: int
    headers: Mapping[str, str] = field(default_factory=dict)
    is_unchanged: bool = False


class Fetcher:
    """Downloads files by the rules above. Use it as an async context manager; it keeps connections alive meanwhile."""

    def __init__(
        self,
        allow_hosts: Iterable[str] = (),
        *,
        limits: FetchLimits = FetchLimits(),
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        accept: str = _PICTURES,
        connections: int = 16,
        takes_packed: bool = False,
    ) -> None:
        """`takes_packed`: gzip is saved as it comes, for whoever unpacks it within limits."""
        self._accept = accept
        self._connections = connections
        self._refused = frozenset() if takes_packed else _CODINGS
        self._allowed = AllowedOrigins(allow_hosts)
        self._limits = limits
        self._resolver = resolver
        self._ssl = ssl_context
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = CheckedResolver(self._resolver or ThreadedResolver(), self._allowed)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=resolver, ssl=self._ssl or trusted_authorities(), limit=self._connections
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={**_HEADERS, "Accept": self._accept},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._limits.connect_seconds, sock_read=self._limits.stall_seconds
            ),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def fetch(
        self,
        address: str,
        target: Path,
        *,
        headers: Mapping[str, str] | None = None,
        conditions: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Download `address` into the new file `target`, which is gone again when this raises.

        `headers` go to the origin of `address` alone, and not to where a redirect leads. With `conditions`, such as
        If-None-Match, which go everywhere, the server may answer that nothing has changed.
        Raises FetchRefused (never try again), FetchFailed (may work later), and OSError when the disk does not take it.
        """
        url = check_url(address, self._allowed, ports=self._limits.ports)
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(url, target, headers or {}, conditions or {})
        except BaseException as error:
            target.unlink(missing_ok=True)  # noqa: ASYNC240 - a moment, and it must happen even when cancelled
            if isinstance(error, aiohttp.SocketTimeoutError):
                raise FetchFailed("stalled", downloading.STALLED) from None
            if isinstance(error, TimeoutError):
                raise FetchFailed("timeout", downloading.timed_out(seconds=self._limits.seconds)) from None
            if isinstance(error, aiohttp.ClientError):
                raise translate_error(error) from None
            raise

    async def _follow(
        self, url: URL, target: Path, headers: Mapping[str, str], conditions: Mapping[str, str]
    ) -> Fetched:
        assert self._session is not None
        origin = url.origin()
        for _ in range(self._limits.redirects + 1):
            sent = {**(headers if url.origin() == origin else {}), **conditions}
            async with self._session.get(url, allow_redirects=False, headers=sent) as response:
                if response.status == 304 and conditions:
                    return Fetched(str(url), 0, response.headers, is_unchanged=True)
                if response.status not in _REDIRECTS:
                    _check_answer(response, self._limits.max_bytes, self._refused)
                    size = await _save(response, target, self._limits.max_bytes)
                    return Fetched(str(url), size, response.headers)
                url = self._next_hop(url, response.headers.get("Location"))
        raise FetchRefused("redirects", downloading.leads_on(count=self._limits.redirects))

    def _next_hop(self, url: URL, location: str | None) -> URL:
        if not location:
            raise FetchRefused("redirects", downloading.LEADS_NOWHERE)
        try:
            following = str(url.join(URL(location, encoded=location.isascii() and " " not in location)))
        except ValueError:
            raise FetchRefused("redirects", downloading.LEADS_ASTRAY) from None
        next_url = check_url(following, self._allowed, ports=self._limits.ports)
        if url.scheme == "https" and next_url.scheme == "http":
            raise FetchRefused("redirects", downloading.LEADS_TO_HTTP)
        return next_url


def _check_answer(response: aiohttp.ClientResponse, max_bytes: int, refused: frozenset[str]) -> None:
    status = response.status
    if status >= 500 or status in _PASSING:
        wait = retry_after_seconds(response.headers)
        raise FetchFailed("server_error", downloading.server_error(status=str(status)), retry_after=wait)
    # A file that was published a moment ago may not have reached every machine of a content network yet, and object
    # stores say 403 for what is not there.
    if status == 404:
        raise FetchFailed("not_found", downloading.not_found(status=str(status)))
    if status in {401, 403}:
        raise FetchFailed("not_served", downloading.not_served(status=str(status)))
    if status == 410:
        raise FetchRefused("not_found", downloading.not_found(status=str(status)))
    if status != 200:
        raise FetchRefused("not_served", downloading.not_served(status=str(status)))
    named = ",".join(response.headers.getall("Content-Encoding", ())).lower().split(",")
    if not refused.isdisjoint(name.strip() for name in named):
        raise FetchRefused("packed", downloading.PACKED)
    if (response.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)


async def _save(response: aiohttp.ClientResponse, target: Path, max_bytes: int) -> int:
    size = 0
    # Written from the loop: a chunk goes to the page cache, which takes less time than the hop to a thread. Of a large
    # file the kernel makes the writer wait for the disk in the end, and the loop must not.
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            if size <= _FROM_THE_LOOP:
                _write(descriptor, chunk)
            else:
                await asyncio.to_thread(_write, descriptor, chunk)
    finally:
        os.close(descriptor)
    if size == 0:
        raise FetchFailed("empty", downloading.EMPTY)
    return size


def _write(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _too_large(max_bytes: int) -> FetchRefused:
    return FetchRefused("too_large", downloading.too_large(size=max_bytes // (1024 * 1024)))


def translate_error(error: aiohttp.ClientError) -> FetchFailed:
    """Say in words for people why a request came to nothing."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return FetchFailed("certificate", downloading.CERTIFICATE)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchFailed("host_unknown", downloading.HOST_UNKNOWN)
    if isinstance(error, aiohttp.ClientConnectionError):
        return FetchFailed("unreachable", downloading.UNREACHABLE)
    return FetchFailed("broken_answer", downloading.BROKEN)
