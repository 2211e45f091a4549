"""Serves an application on a real socket in a thread of its own: for tests that block, as those in a browser do."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from tests.support.waiting import until

_ENDS_WITHIN_SECONDS = 20


@contextmanager
def served(server: uvicorn.Server) -> Iterator[int]:
    """Run a server until the end of the block; give its port."""
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive())
    assert server.started, "the server did not start: its log says why"
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(_ENDS_WITHIN_SECONDS)
