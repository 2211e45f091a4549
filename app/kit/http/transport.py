"""httpx through aiohttp: its errors, its timeouts, and connections that are never used twice."""

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache, partial
from typing import Any

import aiohttp
import httpx
from yarl import URL

from app.kit.http.failures import TRANSLATED, translate

_KEEPALIVE_SECONDS = 20.0


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


class Transport(httpx.AsyncBaseTransport):
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
