"""The web process: uvicorn around the app, with the embedded Redis where no other is configured."""

import asyncio
import select
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from types import FrameType

import structlog
import uvicorn
import uvloop
from litestar import Litestar

from app.config import Settings
from app.process.connection import Connection
from app.process.connection_limits import ConnectionLimiter
from app.process.redis_server import keep_running
from app.process.startup import allow_many_files, files_for_connections, listen, settle, tell_place, trace
from app.web.access_log import AccessLog
from app.web.body_deadline import BodyDeadline
from app.web.compression import Compression
from app.web.peers import networks_of
from app.web.request_limits import ClientLimits, RequestLimiter

log = structlog.get_logger(__name__)

REQUESTS_END_WITHIN_SECONDS = 24
_END_WITHIN_SECONDS = 26  # `newsreel up` kills after 27, Kubernetes after 30
_LAST_CALLERS_SECONDS = 2.0
_CHANCES_TO_ASK, _CHANCE_SECONDS = 50, 0.02
_KEEP_ALIVE_SECONDS = (
    75  # longer than a reverse proxy keeps its connections to us, so that it never meets a closing one
)
_BACKLOG = 2048
_CLOSE = (b"connection", b"close")


Check = Callable[[Settings], Awaitable[None]]
Build = Callable[[Settings], Litestar]


def run_server(settings: Settings, check: Check, build: Build) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way.

    `check` looks whether this installation can be served at all; `build` makes the application when the port is held.
    Raises ConfigurationError where it cannot start.
    """
    allow_many_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, check, build))


async def _serve(settings: Settings, check: Check, build: Build) -> None:
    await check(settings)
    trace(settings, "newsreel-web")
    # Before the app is built: callers wait for a second in the queue, instead of being refused.
    listener = listen(settings)
    async with AsyncExitStack() as stack:
        if not settings.redis_url.get_secret_value():
            await stack.enter_async_context(keep_running(settings.data_dir))
        app = build(settings)
        limiter = ConnectionLimiter(_limits(settings))
        await DeskServer(_configure(settings, app, limiter), app, limiter, settings).serve(sockets=[listener])


def _limits(settings: Settings) -> ClientLimits:
    most = min(settings.max_connections, files_for_connections())
    return ClientLimits(most, min(settings.max_connections_per_client, most), settings.trusted_proxies)


def _configure(settings: Settings, app: Litestar, limiter: ConnectionLimiter) -> uvicorn.Config:
    return uvicorn.Config(
        AccessLog(RequestLimiter(Compression(BodyDeadline(app)), limiter.limits)),  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        http=partial(Connection, limiter=limiter),  # type: ignore[arg-type]
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=networks_of(settings.trusted_proxies),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=REQUESTS_END_WITHIN_SECONDS,
    )


class DeskServer(uvicorn.Server):
    """uvicorn, but it ends in three steps, in which no request is lost, and with exit code 0.

    It goes on serving for a while, so that balancers see that `/readyz` says no and find other processes. Then no new
    connection comes in, and whoever had come in is answered. Then what is under way ends.
    """

    def __init__(self, config: uvicorn.Config, app: Litestar, limiter: ConnectionLimiter, settings: Settings) -> None:
        super().__init__(config)
        self._app = app
        self._limiter = limiter
        self._settings = settings
        self._asked_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._limiter.open()
            settle()
            log.info("web_started", host=self.config.host, port=self.config.port)
            tell_place(self._settings)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain. A second SIGTERM is no hurry: both systemd and `newsreel up` send one. A second Ctrl-C is."""
        if self._asked_at is None:
            self._begin_to_drain()
        elif sig == signal.SIGINT:
            super().handle_exit(sig, frame)

    def _begin_to_drain(self) -> None:
        loop = asyncio.get_running_loop()
        self._asked_at = loop.time()
        self._app.state.is_draining = True
        self._app.state.ends_by = self._asked_at + _END_WITHIN_SECONDS
        # In both places: uvicorn makes the one from the other once a second.
        self.config.encoded_headers = [*self.config.encoded_headers, _CLOSE]
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        log.info("web_drains", seconds=self._settings.drain_seconds)
        loop.call_later(self._settings.drain_seconds if self.started else 0, setattr, self, "should_exit", True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Who comes later waits in the kernel's queue for the next process, where somebody else holds the socket too:
        # `newsreel up`, or systemd.
        for listener in sockets or []:
            await _let_in_who_waits(listener)
        for server in self.servers:
            server.close()
        await self._hear_newcomers()
        ends_at = (self._asked_at or 0.0) + REQUESTS_END_WITHIN_SECONDS
        self.config.timeout_graceful_shutdown = max(1, int(ends_at - asyncio.get_running_loop().time()))
        await super().shutdown(sockets)

    async def _hear_newcomers(self) -> None:
        """Wait a moment for those who are connected and have not asked yet."""
        for _ in range(_CHANCES_TO_ASK):
            if all(getattr(connection, "cycle", None) for connection in self.server_state.connections):
                return
            await asyncio.sleep(_CHANCE_SECONDS)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        try:
            yield
        finally:
            for signum in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(signum)
            log.info("web_ended")


async def _let_in_who_waits(listener: socket.socket) -> None:
    """Give the event loop time to empty the kernel's queue: closing the socket resets whoever stands there."""
    queue = select.poll()
    queue.register(listener.fileno(), select.POLLIN)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_CALLERS_SECONDS):
            while queue.poll(0):  # noqa: ASYNC110  (the kernel's, which no event of ours tells of)
                await asyncio.sleep(0)
