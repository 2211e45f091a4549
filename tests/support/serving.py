"""Serves an application on a real socket, in the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

_ANSWERS_END_WITHIN_SECONDS = 1.0


class _Server(uvicorn.Server):
    """Begins and ends when it is told to: uvicorn's own looks ten times a second, which is most of a short test."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up, self.is_over = asyncio.Event(), asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.is_up.set()
        await self.is_over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := set(self.server_state.tasks):
            _, left = await asyncio.wait(tasks, timeout=_ANSWERS_END_WITHIN_SECONDS)
            for task in left:
                task.cancel()
        await asyncio.sleep(0)


@asynccontextmanager
async def serve(config: uvicorn.Config) -> AsyncIterator[str]:
    """Run a server until the end of the block; give its address."""
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    coming = asyncio.create_task(server.is_up.wait())
    await asyncio.wait({serving, coming}, return_when=asyncio.FIRST_COMPLETED)
    assert server.started, "the server did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.is_over.set()
        await serving
