"""A client for an application inside this process: the same calls, without a wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from app.kit.http.failures import AnswerMalformed
from app.kit.http.plain import PlainClient

Application = Callable[[Any, Any, Any], Awaitable[None]]


class _Inside(httpx.AsyncBaseTransport):
    """Builds the application when it is first called: most processes never do."""

    def __init__(self, build: Callable[[], Application]) -> None:
        self._build = build
        self._application: Application | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._application is None:
            self._application = self._build()
        exchange = _Exchange(await request.aread())
        try:
            await self._application(_scope(request), exchange.receive, exchange.send)
        except (AssertionError, OSError) as error:
            raise AnswerMalformed(type(error).__name__, request=request) from None
        if exchange.status is None or not exchange.is_whole:
            # An application that begins an answer and does not end it, as on a wire that is cut.
            raise AnswerMalformed("the answer has no end", request=request)
        return httpx.Response(exchange.status, headers=exchange.headers, stream=_Body(exchange.body))


class _Body(httpx.AsyncByteStream):
    """An answer's body as it came: whoever reads it unpacks it, within the bound that they set."""

    def __init__(self, body: bytearray) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield bytes(self._body)


class _Exchange:
    """One request and its answer, as the application hears and tells them."""

    def __init__(self, body: bytes) -> None:
        self._asked: bytes | None = body
        self._is_over = asyncio.Event()
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    @property
    def is_whole(self) -> bool:
        return self._is_over.is_set()

    async def receive(self) -> dict[str, Any]:
        if self._asked is None:
            await self._is_over.wait()
            return {"type": "http.disconnect"}
        asked, self._asked = self._asked, None
        return {"type": "http.request", "body": asked, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                self._is_over.set()


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }


def inner_client(build: Callable[[], Application]) -> httpx.AsyncClient:
    """Build a client that speaks to an application of our own making."""
    return PlainClient(_Inside(build))
