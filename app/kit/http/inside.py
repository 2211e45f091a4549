"""A client for an application inside this process: the same calls, without a wire."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from app.kit.http.client import NoCookies
from app.kit.http.failures import AnswerMalformed

Application = Callable[[Any, Any, Any], Awaitable[None]]


class _Inside(httpx.AsyncBaseTransport):
    """Builds the application when it is first called: most processes never do."""

    def __init__(self, build: Callable[[], Application]) -> None:
        self._build = build
        self._transport: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._transport is None:
            self._transport = httpx.ASGITransport(self._build())
        try:
            return await self._transport.handle_async_request(request)
        except (AssertionError, OSError) as error:
            # An application that begins an answer and does not end it, as on a wire that is cut.
            raise AnswerMalformed(type(error).__name__, request=request) from None


def inner_client(build: Callable[[], Application]) -> httpx.AsyncClient:
    """Build a client that speaks to an application of our own making."""
    return httpx.AsyncClient(transport=_Inside(build), trust_env=False, cookies=NoCookies())
