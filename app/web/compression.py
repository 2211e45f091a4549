"""Answers of text leave compressed, for whoever takes gzip.

HTML, CSS, script and JSON only: media are compressed already. Not what is small, streamed, asked for in part or packed
before. A compressed answer is another representation, so its ETag becomes weak and its cache key has Accept-Encoding in
it, and HEAD says of itself what GET would. What does not change is compressed once, off the event loop.

BREACH: who makes a browser ask often for a page that repeats his words beside a secret can guess the secret from the
lengths. Our login cookie is not sent along with requests that another site makes in the background (SameSite), and the
one secret that stands in every page, the CSRF token, is written anew masked each time (app.auth.tokens). Secrets of
sources are shown in answers to POST alone, which need that token.
"""

import asyncio
import gzip
from collections import OrderedDict

from app.web.access_log import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1400
"""So much fits into one packet anyway."""

_LEVEL = 6
_LARGE = 64 * 1024
_MOST_KEPT = 64
_KINDS = frozenset({
    b"text/html", b"text/css", b"text/javascript", b"application/javascript", b"application/json",
    b"application/problem+json", b"application/vnd.oai.openapi+json", b"image/svg+xml", b"text/plain",
})  # fmt: skip

Headers = list[tuple[bytes, bytes]]


class Compression:
    """Wraps an ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Answer(self, scope, send).hear)

    async def pack(self, path: str, etag: bytes, body: bytes) -> bytes:
        """Compress; what has an ETag and is large is kept, so that scripts and styles are packed once."""
        key = (path, etag)
        if etag and key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        packed = await asyncio.to_thread(_gzip, body) if len(body) >= _LARGE else _gzip(body)
        if etag and path.startswith("/static/"):
            self._kept[key] = packed
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return packed


class _Answer:
    """One answer on its way out."""

    def __init__(self, packer: Compression, scope: Scope, send: Send) -> None:
        self._packer, self._scope, self._send = packer, scope, send
        asked = dict(scope["headers"])
        self._takes_gzip = _takes_gzip(asked.get(b"accept-encoding", b""))
        self._is_part = b"range" in asked
        self._is_head = scope["method"] == "HEAD"
        self._start: Message | None = None
        self._body = bytearray()

    async def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._end()
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers: Headers = list(message["headers"])
        if not _is_text(headers):
            await self._send(message)
            return
        message["headers"] = _varied(headers)
        status = message["status"]
        is_whole = status not in {204, 206, 304} and not self._is_part
        length = int(_find(headers, b"content-length") or b"-1")
        is_small = 0 <= length < SMALLEST or (length < 0 and self._is_head)
        if is_whole and self._takes_gzip and not is_small and _find(headers, b"content-encoding") is None:
            self._start = message
        else:
            await self._send(message)

    async def _end(self) -> None:
        assert self._start is not None, "the answer has begun"
        body, headers = bytes(self._body), list(self._start["headers"])
        if self._is_head:
            headers = _packed(headers, None)
        elif len(body) >= SMALLEST:
            body = await self._packer.pack(self._scope["path"], _find(headers, b"etag") or b"", body)
            headers = _packed(headers, len(body))
        self._start["headers"] = headers
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _takes_gzip(accept: bytes) -> bool:
    for item in accept.lower().split(b","):
        name, _, quality = item.partition(b";")
        if name.strip() in {b"gzip", b"*"}:
            return quality.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def _find(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _is_text(headers: Headers) -> bool:
    return (_find(headers, b"content-type") or b"").partition(b";")[0].strip().lower() in _KINDS


def _varied(headers: Headers) -> Headers:
    vary = _find(headers, b"vary")
    if vary is not None and (b"*" in vary or b"accept-encoding" in vary.lower()):
        return headers
    rest = [(key, value) for key, value in headers if key.lower() != b"vary"]
    return [*rest, (b"vary", b"Accept-Encoding" if vary is None else vary + b", Accept-Encoding")]


def _packed(headers: Headers, length: int | None) -> Headers:
    kept: Headers = []
    for key, value in headers:
        match key.lower():
            case b"content-length" | b"accept-ranges":
                continue
            case b"etag" if not value.startswith(b"W/"):
                kept.append((key, b"W/" + value))
            case _:
                kept.append((key, value))
    size = [] if length is None else [(b"content-length", str(length).encode())]
    return [*kept, (b"content-encoding", b"gzip"), *size]
