"""One log line per HTTP request, without its query: that may hold codes and tokens."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from app.kit.ids import new_id

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_LONGEST_PATH = 500


class AccessLog:
    """Wraps an ASGI app. Whatever is logged while a request is handled carries its `request_id`.

    Probes that are answered well are not worth a line every few seconds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = time.perf_counter()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=new_id()):
            try:
                await self._app(scope, receive, send_noting_status)
            finally:
                if status >= 400 or status == 0 or scope["path"] not in _PROBES:
                    _write_line(scope, status, time.perf_counter() - started_at)


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    client = scope.get("client")
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"][:_LONGEST_PATH],
        status=status or None,
        ms=round(seconds * 1000, 1),
        client=client[0] if client else None,
    )
