"""A connection of the web server: uvicorn's, with a bound on everything that a caller can make it hold.

httptools keeps a header in memory until it is whole, however long that may take; uvicorn's option for it
(`h11_max_incomplete_event_size`) is h11's alone, and so is none for the time (uvicorn 0.54, httptools 0.9).
"""

import asyncio
import math
import select
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.process.connection_limits import ConnectionLimiter
from app.process.connection_refusals import HEADER_SECONDS, MOST_HEADER_BYTES, MOST_HEADER_LINES, write_refusal

log = structlog.get_logger(__name__)

_PIECE = 16 * 1024
_MOST_PIPELINED = 16
_LEFTOVER_SECONDS = 30.0  # for the rest of a body whose request was answered before
_LINGER_SECONDS = 2.0
_MOST_SWALLOWED = 1024 * 1024
_SLOWEST_READ, SLOWEST_READ_SECONDS = 64 * 1024, 60.0


class _Stage(Enum):
    """What comes next on a connection."""

    idle = auto()
    header = auto()
    body = auto()


class Connection(HttpToolsProtocol):
    """One connection. Also closed at the end of the process only if no request is on its way in."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limiter: ConnectionLimiter,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.address: str | None = None
        self._limiter = limiter
        self._stage = _Stage.idle
        self._since = self.loop.time()
        self._unfinished = 0  # bytes since the header began, or since the body's last byte of content
        self._header_bytes = self._header_lines = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._is_deaf = False
        self._swallowed = 0
        self._unsent: tuple[int, float] | None = None

    # What the limiter asks

    def give_way(self) -> bool:
        if self._is_heard() and self._has_unread():
            return False
        self.transport.abort()
        return True

    def look(self, now: float) -> None:
        waited = now - self._since
        if self._is_too_slow_a_reader(now) or (self._is_deaf and self._is_answered() and waited > _LINGER_SECONDS):
            self.transport.abort()
        elif not self._is_heard() or waited <= self._patience() or self._has_unread():
            return
        elif self._stage is _Stage.header:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _patience(self) -> float:
        if self._stage is _Stage.header:
            return HEADER_SECONDS
        if not self._is_answered():
            return math.inf  # the app's own limits count
        return _LEFTOVER_SECONDS if self._stage is _Stage.body else self.timeout_keep_alive

    def _is_heard(self) -> bool:
        return not (self._is_deaf or self.transport.is_closing())

    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _has_unread(self) -> bool:
        """Tell whether something has arrived that nobody has read: to close the connection now would reset it."""
        poll = select.poll()
        poll.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def _is_too_slow_a_reader(self, now: float) -> bool:
        size = self.transport.get_write_buffer_size()
        if size == 0:
            self._unsent = None
        elif self._unsent is None:
            self._unsent = (size, now)
        elif now - self._unsent[1] > SLOWEST_READ_SECONDS:
            before, self._unsent = self._unsent[0], (size, now)
            return before - size < _SLOWEST_READ
        return False

    # What the event loop tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self._limiter.whose(self.client[0] if self.client else None)
        self._limiter.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._limiter.leave(self)
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._unsent = None
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._swallowed += len(data)
            if self._swallowed > _MOST_SWALLOWED:
                self.transport.abort()
            return
        self._unset_keepalive_if_required()
        try:
            if len(data) <= _PIECE:
                self._feed(data)
            else:
                whole = memoryview(data)
                for start in range(0, len(data), _PIECE):
                    self._feed(whole[start : start + _PIECE])
        except httptools.HttpParserError:
            self._refuse(self._refusal)

    def _feed(self, data: bytes | memoryview) -> None:
        if self._stage is _Stage.idle:
            self._expect(_Stage.header)
        self._unfinished += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing is upgraded here, so that what follows is the next request.
            rest = data[upgrade.args[0] :]
            if rest:
                self._feed(rest)
            return
        if self._unfinished > MOST_HEADER_BYTES and self._stage is not _Stage.idle:
            self._reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # What the parser finds

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect(_Stage.header)
        self._header_bytes = self._header_lines = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MOST_HEADER_BYTES:
            self._reject(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_lines += 1
        self._header_bytes += len(name) + len(value) + 4
        if self._header_lines > MOST_HEADER_LINES or self._header_bytes + len(self.url) > MOST_HEADER_BYTES:
            self._reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        # Those after a body came too late: the request was judged by the others.
        if self._stage is _Stage.header:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._reject(HTTPStatus.SERVICE_UNAVAILABLE)
        if self.parser.should_upgrade() and self._announces_body():
            # httptools takes what follows an `Upgrade` for another request, whatever its length says.
            self._reject(HTTPStatus.NOT_IMPLEMENTED)
        super().on_headers_complete()
        self._limiter.begin(self)
        self._expect(_Stage.body)

    def on_body(self, body: bytes) -> None:
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._expect(_Stage.idle)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_answered():
            self._since = self.loop.time()
            self._limiter.rest(self)

    def _expect(self, stage: _Stage) -> None:
        self._stage = stage
        self._since = self.loop.time()
        self._unfinished = 0

    def _announces_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )

    # Ends

    def _reject(self, status: HTTPStatus) -> None:
        """Stop the parser."""
        self._refusal = status
        raise httptools.HttpParserError(status.phrase)

    def _refuse(self, status: HTTPStatus) -> None:
        """Hear no more, and say why where nobody else is to be answered first."""
        self._is_deaf = True
        log.warning("request_refused", status=status.value, client=self.client[0] if self.client else None)
        if not self._is_answered() and self._stage is _Stage.body:
            # The request that is being answered is itself the broken one.
            has_begun = self.cycle.response_started or bool(self.pipeline)
            self.cycle.disconnected = True
            self.cycle.response_complete = True
            self.cycle.message_event.set()
            if has_begun:
                self.transport.abort()
                return
        if self._is_answered():
            self._since = self.loop.time()
            self.transport.write(write_refusal(status, self.server_state.default_headers))
            # Not closed at once: what is unread then makes the kernel take the answer back with a reset.
            self.transport.write_eof()
        else:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        is_idle = self._is_answered() and not self.transport.is_closing()
        # The answer to what is arriving will close the connection.
        if not (is_idle and self._is_asked()):
            super().shutdown()

    def _is_asked(self) -> bool:
        begins = self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)
        return begins or self._has_unread()
