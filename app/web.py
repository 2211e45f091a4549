"""The web process: uvicorn around the app, with the embedded Redis where no other is configured."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import structlog
import uvicorn
import uvloop
from litestar import Litestar

from app.config import Settings
from app.errors import ConfigurationError
from app.kit.access_log import AccessLog
from app.kit.body_deadline import BodyDeadline
from app.kit.redis_server import keep_running
from app.main import create_app
from app.migrate import require_head
from app.startup import allow_many_files, settle, trace

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 25
_KEEP_ALIVE_SECONDS = (
    75  # longer than a reverse proxy keeps its connections to us, so that it never meets a closing one
)
_MOST_CONNECTIONS = 2000
_BACKLOG = 2048


def run_web(settings: Settings, build: Callable[[Settings], Litestar] = create_app) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way. Raises ConfigurationError where it cannot start."""
    allow_many_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, build))


async def _serve(settings: Settings, build: Callable[[Settings], Litestar]) -> None:
    await require_head(settings)
    trace(settings, "newsreel-web")
    listener = _listen(settings.host, settings.port)
    async with AsyncExitStack() as stack:
        if not settings.redis_url.get_secret_value():
            await stack.enter_async_context(keep_running(settings.data_dir))
        await _Server(_configure(settings, build(settings))).serve(sockets=[listener])


def _configure(settings: Settings, app: Litestar) -> uvicorn.Config:
    return uvicorn.Config(
        AccessLog(BodyDeadline(app)),  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # auth/client_ip.py reads them, and believes only the proxies that the settings name.
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    # Before the app is built: callers wait for a second in the queue, instead of being refused.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Change NEWSREEL_HOST or NEWSREEL_PORT."
        ) from None


class _Server(uvicorn.Server):
    """uvicorn, but a signal ends it with exit code 0: it would raise the signal again after its graceful end."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            settle()
            log.info("web_started", host=self.config.host, port=self.config.port)

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
