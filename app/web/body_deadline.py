"""A time limit on request bodies: uvicorn has none, so one byte per second could hold a connection for hours."""

import asyncio

import structlog

from app.web.access_log import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

_ANSWER = (
    b'{"type":"about:blank","title":"Request Timeout","status":408,'
    b'"detail":"The body did not arrive in time.","code":"request_timeout"}'
)
# Half a gigabyte takes longer than any body of an API's.
_FILES_UNDER, _FILES = "/api/ads/", ("/videos", "/images")
_FILES_AT = frozenset({"/api/uploads", "/admin/posts/new"})


class BodyDeadline:
    """Wraps an ASGI app: a body that is not complete after `seconds` gets 408, and its connection is closed.

    The app is told that the client has gone, and what it still sends goes nowhere.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = 30.0, seconds_for_files: float = 900.0) -> None:
        self._app = app
        self._seconds = seconds
        self._seconds_for_files = seconds_for_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seconds = self._seconds_for_files if _takes_file(scope["path"]) else self._seconds
        exchange = _Exchange(receive, send, asyncio.get_running_loop().time() + seconds)
        await self._app(scope, exchange.receive, exchange.send)


def _takes_file(path: str) -> bool:
    return path in _FILES_AT or (path.startswith(_FILES_UNDER) and path.endswith(_FILES))


class _Exchange:
    def __init__(self, receive: Receive, send: Send, deadline: float) -> None:
        self._receive = receive
        self._send = send
        self._deadline: float | None = deadline
        self._has_answered = False
        self._is_cut = False

    async def receive(self) -> Message:
        if self._is_cut:
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            await self._cut()
            return {"type": "http.disconnect"}
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._deadline = None  # from now on a receive only waits for the client to leave
        return message

    async def send(self, message: Message) -> None:
        if self._is_cut:
            return
        self._has_answered = True
        await self._send(message)

    async def _cut(self) -> None:
        self._is_cut = True
        log.warning("request_body_too_slow")
        if self._has_answered:
            return
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(_ANSWER)).encode()),
            (b"connection", b"close"),
        ]
        await self._send({"type": "http.response.start", "status": 408, "headers": headers})
        await self._send({"type": "http.response.body", "body": _ANSWER})
