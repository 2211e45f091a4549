"""Serves an emulator over real sockets."""

import socket
from collections.abc import Iterable
from pathlib import Path

import uvicorn

from app.emulator.app import Emulator, create_emulator
from app.emulator.world.records import UrlProperty
from app.emulator.world.settings import EmulatorSettings


def build_server(
    host: str,
    port: int,
    settings: EmulatorSettings | None = None,
    properties: Iterable[UrlProperty] = (),
    business_state: Path | None = None,
) -> uvicorn.Server:
    """Make a server that is not running yet; `serve()` or `run()` starts it, `should_exit = True` ends it."""
    emulator = create_emulator(settings, business_state=business_state)
    emulator.state.world.properties |= {owned.id: owned for owned in properties}
    return uvicorn.Server(configured(emulator, host, port))


def configured(emulator: Emulator, host: str, port: int) -> uvicorn.Config:
    """Say how an emulator is served."""
    return uvicorn.Config(
        emulator,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        # Answers that hang on order shall not keep the process from ending.
        timeout_graceful_shutdown=1,
    )


def run(
    listener: socket.socket,
    settings: EmulatorSettings | None = None,
    properties: Iterable[UrlProperty] = (),
    business_state: Path | None = None,
) -> None:
    """Serve on a socket that listens already, until interrupted."""
    host, port = listener.getsockname()[:2]
    build_server(host, port, settings, properties, business_state).run(sockets=[listener])
