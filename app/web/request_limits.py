"""A bound on the requests that are under way at once: in all, and of one client."""

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus

from app.web.access_log import ASGIApp, Receive, Scope, Send
from app.web.peers import is_trusted, subscriber

_PROBES = frozenset({"/healthz", "/readyz"})
_ADVICE = b"1"


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How many in all, how many of one client, and whose word about the client is believed."""

    most: int
    most_of_client: int
    trusted_proxies: tuple[str, ...] = ()


class RequestLimiter:
    """Wraps an ASGI app: one request too many gets 503, one too many of a single client 429; probes are let through.

    Who the client is a trusted proxy tells; where it does not, only the bound for all counts.
    """

    def __init__(self, app: ASGIApp, limits: ClientLimits) -> None:
        self._app = app
        self._limits = limits
        self._under_way: Counter[str | None] = Counter()
        self._all = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        client = self._client_of(scope)
        if self._all >= self._limits.most:
            await _refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, "There are too many requests at once.")
        elif client is not None and self._under_way[client] >= self._limits.most_of_client:
            await _refuse(send, HTTPStatus.TOO_MANY_REQUESTS, "There are too many requests of yours at once.")
        else:
            await self._admit(client, scope, receive, send)

    async def _admit(self, client: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        self._all += 1
        self._under_way[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._all -= 1
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]

    def _client_of(self, scope: Scope) -> str | None:
        client = scope["client"][0] if scope.get("client") else None
        return None if client is None or is_trusted(client, self._limits.trusted_proxies) else subscriber(client)


async def _refuse(send: Send, status: HTTPStatus, detail: str) -> None:
    code = status.name.lower()
    body = (
        f'{{"type":"about:blank","title":"{status.phrase}","status":{status.value},"detail":"{detail}","code":"{code}"}}'
    ).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", _ADVICE),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
