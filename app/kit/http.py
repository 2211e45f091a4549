"""Outgoing HTTP: the one place where clients are built, and a call with a deadline and a limit on the answer."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from app.kit.clock import utcnow

DEFAULT_TIMEOUT = httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=10.0)
DEFAULT_MAX_BYTES = 2 * 1024 * 1024
FRESH_CONNECTION: dict[str, object] = {"fresh_connection": True}
"""Pass as a request's `extensions`: it gets a connection of its own, closed afterwards.

A kept-alive connection may be closed by the server in the moment when we write, and then nobody knows whether the
request was read. For calls that must not be repeated, that doubt is worth one handshake.
"""

_KEEPALIVE_SECONDS = 20.0
_LONGEST_RETRY_AFTER = 24 * 3600.0


class DeadlineExceeded(httpx.TimeoutException):
    """The whole call took too long, whatever its parts did."""


class AnswerTooLarge(httpx.ReadError):
    """The answer is larger than we are willing to hold, packed or unpacked."""


class AnswerUnreadable(httpx.DecodingError):
    """The answer is packed in a way that we cannot or do not unpack."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: unpacked and within its limit."""

    status: int
    headers: httpx.Headers
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
    have been sent: see `surely_unsent`.
    """
    return httpx.AsyncClient(
        transport=_Transport(max_connections, ssl_context or httpx.create_ssl_context(trust_env=False)),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "newsreel", "Accept-Encoding": "identity"},
    )


async def fetch_answer(
    client: httpx.AsyncClient, request: httpx.Request, *, deadline: float, max_bytes: int = DEFAULT_MAX_BYTES
) -> Answer:
    """Send a request and read its whole answer within `deadline` seconds, or raise an `httpx.RequestError`.

    The deadline is for the whole call: httpx's timeouts start anew with every byte, so a server that drips could hold a
    call for ever. The limit counts unpacked bytes, because a kilobyte of gzip can become a megabyte.
    """
    try:
        async with asyncio.timeout(deadline):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                raw = await _read(response, max_bytes)
            finally:
                await response.aclose()
    except TimeoutError:
        raise DeadlineExceeded(f"no complete answer within {deadline:g} s", request=request) from None
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    return Answer(response.status_code, response.headers, _unpack(raw, encoding, max_bytes, request))


def surely_unsent(error: httpx.RequestError) -> bool:
    """Tell whether the request surely never left: the connection was not made. Any doubt is a no."""
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol))


def retry_after_seconds(headers: httpx.Headers, *, now: Callable[[], datetime] = utcnow) -> float | None:
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
    if encoding in {"", "identity"} or not raw:
        return raw
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


_TRANSLATION: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (ValueError, httpx.LocalProtocolError),
)
"""aiohttp's words in httpx's; the first that fits wins.

httpx-aiohttp 0.2.0 has a table of its own, but it calls every ClientConnectionError a ConnectTimeout, so a reset or a
disconnect after the request was sent would look like a request never sent; and malformed answers pass through it
untouched.
"""

_TRANSLATED = (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError)


def _translate(error: Exception, request: httpx.Request) -> httpx.RequestError:
    origin = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    kind = next((ours for theirs, ours in _TRANSLATION if isinstance(origin, theirs)), httpx.ReadError)
    # The class name only: some of aiohttp's errors carry the request's headers.
    return kind(type(origin).__name__, request=request)


class _Stream(httpx.AsyncByteStream):
    """An answer's body whose errors are translated."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except _TRANSLATED as error:
            raise _translate(error, self._request) from None

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        except _TRANSLATED as error:
            raise _translate(error, self._request) from None


class _Transport(httpx.AsyncBaseTransport):
    """aiohttp with httpx's errors, and a second pool whose connections are never used twice."""

    def __init__(self, max_connections: int, ssl_context: ssl.SSLContext) -> None:
        session = partial(_open_session, max_connections, ssl_context)
        self._pooled = AiohttpTransport(verify=ssl_context, client=session)
        self._fresh = AiohttpTransport(verify=ssl_context, client=partial(session, force_close=True))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_fresh = bool(request.extensions.get("fresh_connection"))
        if is_fresh:
            request.headers["Connection"] = "close"
        try:
            response = await (self._fresh if is_fresh else self._pooled).handle_async_request(request)
        except _TRANSLATED as error:
            raise _translate(error, request) from None
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, request)
        return response

    async def aclose(self) -> None:
        await self._pooled.aclose()
        await self._fresh.aclose()


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
