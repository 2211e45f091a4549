"""Outgoing HTTP: the one place where clients are built, and a call with a deadline and a limit on the answer."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache, partial
from http.cookiejar import CookieJar
from typing import Any

import aiohttp
import httpx
from yarl import URL

from app.kit.clock import utcnow
from app.kit.http.failures import TRANSLATED, AnswerTooLarge, AnswerUnreadable, DeadlineExceeded, translate

DEFAULT_TIMEOUT = httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=10.0)
DEFAULT_MAX_BYTES = 2 * 1024 * 1024
FRESH_CONNECTION: dict[str, object] = {"fresh_connection": True}
"""Pass as a request's `extensions`: it gets a connection of its own, closed afterwards.

A kept-alive connection may be closed by the server in the moment when we write, and then nobody knows whether the
request was read. For calls that must not be repeated, that doubt is worth one handshake.
"""

_KEEPALIVE_SECONDS = 20.0
_LONGEST_RETRY_AFTER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: unpacked and within its limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def build_client(
    *,
    max_connections: int = 100,
    timeout: httpx.Timeout = DEFAULT_TIMEOUT,
    ssl_context: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """Build a client that follows no redirect, keeps no cookie and reads no proxy, netrc or CA from the environment.

    It speaks through aiohttp, because httpx's own pool rescans all its connections at every request: some hundred calls
    under way at once are enough to fill a processor core. Its errors are httpx's, and say truly whether the request may
    have been sent: see `http_failures.surely_unsent`.
    """
    return httpx.AsyncClient(
        transport=_Transport(max_connections, ssl_context or trusted_authorities()),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        cookies=_NoCookies(),
        headers={"User-Agent": "newsreel", "Accept-Encoding": "identity"},
    )


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificates that whoever we call must be signed by; one megabyte, once for a process."""
    return httpx.create_ssl_context(trust_env=False)


async def fetch_answer(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    deadline: float,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Answer:
    """Send a request and read its whole answer within `deadline` seconds, or raise an `httpx.RequestError`.

    The deadline is for the whole call: httpx's timeouts start anew with every byte, so a server that drips could hold a
    call for ever. The limit counts unpacked bytes, because a kilobyte of gzip can become a megabyte.
    """
    try:
        async with asyncio.timeout(deadline):
            response = await client.send(request, stream=True)
            try:
                raw = await _read(response, max_bytes)
            finally:
                await response.aclose()
    except TimeoutError:
        raise DeadlineExceeded(f"no complete answer within {deadline:g} s", request=request) from None
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if raw and encoding not in {"", "identity"}:
        raw = _unpack(raw, encoding, max_bytes, request)
    return Answer(response.status_code, response.headers, raw)


def retry_after_seconds(headers: Mapping[str, str], *, now: Callable[[], datetime] = utcnow) -> float | None:
    """Read Retry-After, in seconds or as a date, cut to between 0 s and one day; `None` where it is missing or odd."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    # The stream itself, not aiter_bytes(): that unpacks whole chunks, and 16 KB of gzip can hold 16 MB.
    assert isinstance(response.stream, httpx.AsyncByteStream)
    received = bytearray()
    async for chunk in response.stream:
        received += chunk
        if len(received) > max_bytes:
            raise AnswerTooLarge(f"the answer is larger than {max_bytes} bytes", request=response.request)
    return bytes(received)


def _unpack(raw: bytes, encoding: str, max_bytes: int, request: httpx.Request) -> bytes:
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise AnswerUnreadable("the answer has an encoding that was not asked for", request=request)
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        unpacked = unpacker.decompress(raw, max_bytes + 1)
    except zlib.error:
        raise AnswerUnreadable("the answer cannot be unpacked", request=request) from None
    if len(unpacked) > max_bytes:
        raise AnswerTooLarge(f"the answer unpacks to more than {max_bytes} bytes", request=request)
    if not unpacker.eof:
        raise AnswerUnreadable("the answer ends in the middle of its packed data", request=request)
    return unpacked


class _NoCookies(CookieJar):
    """Keeps none: the next call may be another account's."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Look for none, either: that takes longer than the call."""


class _Stream(httpx.AsyncByteStream):
    """An answer's body whose errors are translated."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except TRANSLATED as error:
            raise translate(error, self._request) from None

    async def aclose(self) -> None:
        try:
            await self._response.__aexit__(None, None, None)
        except TRANSLATED as error:
            raise translate(error, self._request) from None


class _Transport(httpx.AsyncBaseTransport):
    """aiohttp with httpx's errors, and a second pool whose connections are never used twice."""

    def __init__(self, max_connections: int, ssl_context: ssl.SSLContext) -> None:
        self._open = partial(_open_session, max_connections, ssl_context)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_fresh = bool(request.extensions.get("fresh_connection"))
        if is_fresh:
            request.headers["Connection"] = "close"
        wait = request.extensions.get("timeout") or {}
        try:
            response = await self._session(is_fresh=is_fresh).request(
                request.method,
                _address(str(request.url)),
                headers=request.headers.multi_items(),
                data=_body(request),
                timeout=_timeout(wait.get("connect"), wait.get("read"), wait.get("pool")),
                allow_redirects=False,
            )
        except httpx.RequestError as error:
            error.request = request
            raise
        except TRANSLATED as error:
            raise translate(error, request) from None
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Stream(response, request), request=request
        )

    def _session(self, *, is_fresh: bool) -> aiohttp.ClientSession:
        # Not before there is a loop: clients are built where none runs.
        session = self._sessions.get(is_fresh)
        if session is None:
            session = self._sessions[is_fresh] = self._open(force_close=is_fresh)
        return session

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()


def _body(request: httpx.Request) -> Any:
    try:
        return request.content or None
    except httpx.RequestNotRead:
        # A body that streams: aiohttp frames it by itself, or by the Content-Length that stands there.
        request.headers.pop("Transfer-Encoding", None)
        return request.stream


@lru_cache(maxsize=64)
def _timeout(connect: float | None, read: float | None, pool: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read, connect=pool)


@lru_cache(maxsize=64)
def _address(text: str) -> URL:
    return URL(text, encoded=True)


async def _never_twice(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET, PUT or DELETE anew where a kept connection was cut.

    It does so by itself, past every limit of calls, for errors of its own alone (3.14, `ClientSession._request`).
    """
    try:
        return await handler(request)
    except TRANSLATED as error:
        raise translate(error) from None


def _open_session(
    max_connections: int, ssl_context: ssl.SSLContext, *, force_close: bool = False
) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=max_connections,
        ssl=ssl_context,
        force_close=force_close,
        keepalive_timeout=None if force_close else _KEEPALIVE_SECONDS,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_never_twice,),
        auto_decompress=False,
        trust_env=False,
    )
