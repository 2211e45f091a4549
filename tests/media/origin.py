"""A web server with pictures, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.tiktok.scripted import ScriptedServer, Wire, http_answer, scripted


@dataclass
class Origin:
    """Serves `files` by path: bytes with 200, an int as that status, several answers one after the other."""

    server: ScriptedServer
    files: dict[str, bytes | int | list[bytes | int]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    def url(self, path: str) -> str:
        return f"{self.server.url}{path}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    async def answer(self, path: str) -> bytes:
        self.asked.append(path)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.slow.get(path.partition("?")[0], 0))
        self.under_way -= 1
        found = self.files.get(path.partition("?")[0], 404)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return http_answer(f"{found} Status") if isinstance(found, int) else http_answer("200 OK", found, kind="text/x")


@asynccontextmanager
async def open_origin() -> AsyncIterator[Origin]:
    async def behave(wire: Wire) -> None:
        while True:
            received = await wire.receive()
            await wire.send(await origin.answer(received.line.split()[1]))

    async with scripted(behave) as server:
        origin = Origin(server)
        yield origin
