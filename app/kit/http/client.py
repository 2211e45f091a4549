"""Outgoing HTTP: the one place where clients are built, and a call with a deadline and a limit on the answer."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
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

_Raw = tuple[int, Mapping[str, str], bytes]
"""Status, headers, and the body as it came."""

_KEEPALIVE_SECONDS = 20.0
_LONGEST_RETRY_AFTER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A request with a whole body and no options: a twentieth of what an `httpx.Request` costs to make."""

    method: str
    address: str
    headers: Mapping[str, str]
    content: bytes | None = None

    @property
    def url(self) -> httpx.URL:
        return _url(self.address)

    def in_full(self) -> httpx.Request:
        return httpx.Request(self.method, self.url, headers=self.headers, content=self.content)


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
        transport=_Transport(max_connections, ssl_context or trusted_authorities(), timeout),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "newsreel", "Accept-Encoding": "identity"},
    )


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificates that whoever we call must be signed by; one megabyte, once for a process."""
    return httpx.create_ssl_context(trust_env=False)


async def fetch_answer(
    client: httpx.AsyncClient,
    request: httpx.Request | PlainRequest,
    *,
    deadline: float,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Answer:
    """Send a request and read its whole answer within `deadline` seconds, or raise an `httpx.RequestError`.

    The deadline is for the whole call: httpx's timeouts start anew with every byte, so a server that drips could hold a
    call for ever. The limit counts unpacked bytes, because a kilobyte of gzip can become a megabyte.

    A client of `build_client` is passed by: of what httpx does between `send` and its transport (redirects, cookies,
    authentication, hooks, a response that streams) nothing is wanted, and it costs as much again as the call.
    """
    transport = client._transport_for_url(request.url)
    try:
        async with asyncio.timeout(deadline):
            if isinstance(transport, _Transport):
                status, headers, raw = await transport.fetch(request, max_bytes)
            else:
                status, headers, raw = await _fetch_through(client, _in_full(request), max_bytes)
    except TimeoutError:
        raise DeadlineExceeded(f"no complete answer within {deadline:g} s", request=_in_full(request)) from None
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding in {"", "identity"} or not raw:
        return Answer(status, headers, raw)
    return Answer(status, headers, _unpack(raw, encoding, max_bytes, _in_full(request)))


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


def _in_full(request: httpx.Request | PlainRequest) -> httpx.Request:
    return request.in_full() if isinstance(request, PlainRequest) else request


async def _fetch_through(client: httpx.AsyncClient, request: httpx.Request, max_bytes: int) -> _Raw:
    response = await client.send(request, stream=True, follow_redirects=False)
    try:
        # The stream itself, not aiter_bytes(): that unpacks whole chunks, and 16 KB of gzip can hold 16 MB.
        assert isinstance(response.stream, httpx.AsyncByteStream)
        raw = await _read(response.stream, max_bytes)
    finally:
        await response.aclose()
    return response.status_code, response.headers, raw


async def _read(chunks: AsyncIterable[bytes], max_bytes: int) -> bytes:
    received = bytearray()
    async for chunk in chunks:
        received += chunk
        if len(received) > max_bytes:
            raise AnswerTooLarge(f"the answer is larger than {max_bytes} bytes")
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

    def __init__(self, max_connections: int, ssl_context: ssl.SSLContext, timeout: httpx.Timeout) -> None:
        self._open = partial(_open_session, max_connections, ssl_context)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._timeout = _timeout(**timeout.as_dict())

    async def fetch(self, request: httpx.Request | PlainRequest, max_bytes: int) -> _Raw:
        """Send a request and read its whole answer, as it came."""
        begun = self._begin_plain(request) if isinstance(request, PlainRequest) else self._begin(request)
        try:
            async with begun as response:
                return response.status, response.headers, await _read(response.content.iter_any(), max_bytes)
        except httpx.RequestError as error:
            error.request = _in_full(request)
            raise
        except TRANSLATED as error:
            raise translate(error, _in_full(request)) from None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._begin(request)
        except TRANSLATED as error:
            raise translate(error, request) from None
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Stream(response, request), request=request
        )

    def _begin(self, request: httpx.Request) -> Any:
        is_fresh = bool(request.extensions.get("fresh_connection"))
        if is_fresh:
            request.headers["Connection"] = "close"
        wait = request.extensions.get("timeout")
        return self._session(is_fresh=is_fresh).request(
            request.method,
            _address(str(request.url)),
            headers=request.headers.multi_items(),
            data=_body(request),
            timeout=_timeout(**wait) if wait else self._timeout,
            **_AS_IT_IS,
        )

    def _begin_plain(self, request: PlainRequest) -> Any:
        return self._session(is_fresh=False).request(
            request.method,
            _address(request.address),
            headers=request.headers,
            data=request.content,
            timeout=self._timeout,
            **_AS_IT_IS,
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


def _timeout(connect: float | None, read: float | None, pool: float | None, **_: object) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read, connect=pool)


_AS_IT_IS: dict[str, Any] = {"allow_redirects": False, "auto_decompress": False, "compress": False}
_url = lru_cache(maxsize=64)(httpx.URL)


@lru_cache(maxsize=64)
def _address(text: str) -> URL:
    return URL(text, encoded=True)


def _open_session(
    max_connections: int, ssl_context: ssl.SSLContext, *, force_close: bool = False
) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=max_connections,
        ssl=ssl_context,
        force_close=force_close,
        keepalive_timeout=None if force_close else _KEEPALIVE_SECONDS,
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
