"""Outgoing HTTP: the one place where clients are built, and a call with a deadline and a limit on the answer."""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar

import httpx

from app.kit.clock import utcnow
from app.kit.http.failures import AnswerTooLarge, AnswerUnreadable, DeadlineExceeded
from app.kit.http.transport import Transport

DEFAULT_TIMEOUT = httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=10.0)
DEFAULT_MAX_BYTES = 2 * 1024 * 1024
FRESH_CONNECTION: dict[str, object] = {"fresh_connection": True}
"""Pass as a request's `extensions`: it gets a connection of its own, closed afterwards.

A kept-alive connection may be closed by the server in the moment when we write, and then nobody knows whether the
request was read. For calls that must not be repeated, that doubt is worth one handshake.
"""

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
    have been sent: see `failures.surely_unsent`.
    """
    return httpx.AsyncClient(
        transport=Transport(max_connections, ssl_context or trusted_authorities()),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        cookies=NoCookies(),
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


class NoCookies(CookieJar):
    """Keeps none: the next call may be another account's."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Look for none, either: that takes longer than the call."""
