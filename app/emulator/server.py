"""Serves an emulator over real sockets."""

import uvicorn

from app.emulator.app import create_emulator
from app.emulator.settings import EmulatorSettings


def build_server(host: str, port: int, settings: EmulatorSettings | None = None) -> uvicorn.Server:
    """Make a server that is not running yet; `serve()` or `run()` starts it, `should_exit = True` ends it."""
    return uvicorn.Server(
        uvicorn.Config(
            create_emulator(settings),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            # Answers that hang on order shall not keep the process from ending.
            timeout_graceful_shutdown=1,
        )
    )


def run(host: str = "127.0.0.1", port: int = 8090, settings: EmulatorSettings | None = None) -> None:
    """Serve until interrupted."""
    build_server(host, port, settings).run()
