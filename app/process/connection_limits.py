"""Who is connected: how many in all and of one peer, who gives way to a newcomer, and who is looked at each second."""

import asyncio
from collections import OrderedDict
from typing import Protocol

import structlog

from app.web.peers import is_trusted, subscriber
from app.web.request_limits import ClientLimits

log = structlog.get_logger(__name__)

_LOOKS_EVERY_SECONDS = 1.0
_TELLS_EVERY_SECONDS = 10.0
_MOST_ASKED = 32  # of those that could give way, before the newcomer stays as one too many


class LimitedConnection(Protocol):
    """A connection, as its limiter sees it."""

    address: str | None
    """Whose it is; None where nobody can tell: everybody comes through a proxy."""

    def give_way(self) -> bool:
        """Close, for a newcomer's sake; False where a request has just come in."""

    def look(self, now: float) -> None:
        """Close if its time is over."""


Waiting = OrderedDict[LimitedConnection, None]
"""Those without a request under way: whoever has waited longest stands first."""


class ConnectionLimiter:
    """Lets everybody in. Where it gets too full, who has waited longest without a request leaves for the newcomer.

    So neither connections that are only held open nor halves of requests keep anybody out, and of one peer there are
    never more than the limits say. Those that carry a request are never closed: how many requests there are at once is
    bounded elsewhere (web/request_limits.py).
    """

    def __init__(self, limits: ClientLimits) -> None:
        self.limits = limits
        self._connections: set[LimitedConnection] = set()
        self._waiting: Waiting = OrderedDict()
        self._peers: dict[str, tuple[set[LimitedConnection], Waiting]] = {}
        self._gave_way = 0
        self._told_at = float("-inf")

    def open(self) -> None:
        """Look round every second from now on, until the event loop ends."""
        loop = asyncio.get_running_loop()
        loop.call_later(_LOOKS_EVERY_SECONDS, self.open)
        now = loop.time()
        for connection in list(self._connections):
            connection.look(now)
        if self._gave_way and now - self._told_at > _TELLS_EVERY_SECONDS:
            log.warning("connections_gave_way", count=self._gave_way, connected=len(self._connections))
            self._gave_way, self._told_at = 0, now

    def whose(self, peer: str | None) -> str | None:
        """Tell under which name a peer's connections are counted; None for our own proxies, who bring everybody's."""
        if peer is None or is_trusted(peer, self.limits.trusted_proxies):
            return None
        return subscriber(peer)

    def enter(self, connection: LimitedConnection) -> None:
        """Let it in, and let another go where there are too many."""
        self._connections.add(connection)
        of_peer, waiting_of_peer = self._peer_of(connection)
        of_peer.add(connection)
        if len(of_peer) > self.limits.most_of_client:
            self._make_room(waiting_of_peer)
        elif len(self._connections) > self.limits.most:
            self._make_room(self._waiting)
        self.rest(connection)

    def rest(self, connection: LimitedConnection) -> None:
        """Note that it waits, for its first request or the next one."""
        if connection in self._connections:
            self._waiting[connection] = None
            self._peer_of(connection)[1][connection] = None

    def begin(self, connection: LimitedConnection) -> None:
        """Note that it carries a request."""
        self._waiting.pop(connection, None)
        self._peer_of(connection)[1].pop(connection, None)

    def leave(self, connection: LimitedConnection) -> None:
        """Forget it."""
        self.begin(connection)
        self._connections.discard(connection)
        if connection.address is not None:
            of_peer, _ = self._peer_of(connection)
            of_peer.discard(connection)
            if not of_peer:
                del self._peers[connection.address]

    def _peer_of(self, connection: LimitedConnection) -> tuple[set[LimitedConnection], Waiting]:
        if connection.address is None:
            return set(), OrderedDict()
        return self._peers.setdefault(connection.address, (set(), OrderedDict()))

    def _make_room(self, waiting: Waiting) -> None:
        for number, connection in enumerate(waiting):
            if number == _MOST_ASKED:
                return
            if connection.give_way():
                self.leave(connection)
                self._gave_way += 1
                return
