"""A server of real sockets that does exactly what a test tells it to, however rude."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    """A request as it came over the wire."""

    head: str
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split("\r\n", 1)[0]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == name.lower():
                return value.strip()
        return None


@dataclass
class Wire:
    """One accepted connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: "ScriptedServer"

    async def receive_head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")

    async def receive(self) -> Received:
        head = await self.receive_head()
        received = Received(head, b"")
        length = int(received.header("Content-Length") or 0)
        received.body = await self.reader.readexactly(length)
        self.server.received.append(received)
        self.server.arrived.set()
        return received

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        connection: Any = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Wire], Awaitable[None]]


@dataclass
class ScriptedServer:
    """`behaviour` runs once per connection; `received` has every complete request, `arrived` says that there is one."""

    behaviour: Behaviour
    port: int = 0
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.behaviour(Wire(reader, writer, self))
        writer.close()


@asynccontextmanager
async def scripted(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Run a server with this behaviour, and end whatever still hangs on it."""
    scripted_server = ScriptedServer(behaviour)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await scripted_server.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scripted_server.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted_server
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def http_answer(
    status: str,
    body: bytes = b"",
    *,
    kind: str = "application/json; charset=utf-8",
    headers: dict[str, str] | None = None,
) -> bytes:
    """Write a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(*replies: bytes) -> Behaviour:
    """Answer the requests of a connection one after the other, then close."""

    async def behave(wire: Wire) -> None:
        for reply in replies:
            await wire.receive()
            await wire.send(reply)

    return behave


def answers_always(reply: bytes) -> Behaviour:
    """Answer everything alike and keep connections open."""

    async def behave(wire: Wire) -> None:
        while True:
            await wire.receive()
            await wire.send(reply)

    return behave


async def resets_at_once(wire: Wire) -> None:
    wire.reset()


async def resets_before_body(wire: Wire) -> None:
    await wire.receive_head()
    wire.reset()


async def resets_after_body(wire: Wire) -> None:
    await wire.receive()
    wire.reset()


async def hangs_up_at_once(wire: Wire) -> None:
    wire.writer.close()


async def hangs_up_after_body(wire: Wire) -> None:
    await wire.receive()


async def says_nothing(wire: Wire) -> None:
    await wire.receive()
    await asyncio.sleep(60)


async def accepts_and_waits(wire: Wire) -> None:
    await asyncio.sleep(60)


async def drips_head(wire: Wire) -> None:
    await wire.receive()
    for byte in http_answer("200 OK", b"{}"):
        await wire.send(bytes([byte]))
        await asyncio.sleep(0.05)


async def drips_body(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        await wire.send(b" ")
        await asyncio.sleep(0.05)


async def cuts_body(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"data":{"pub')


async def cuts_chunked_body(wire: Wire) -> None:
    await wire.receive()
    await wire.send(
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\n'
    )


async def resets_in_body(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"data":{"pub')
    await asyncio.sleep(0.05)
    wire.reset()


async def speaks_no_http(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b"220 mail.example.test ESMTP ready\r\n\r\n")


async def answers_tls_in_plain_text(wire: Wire) -> None:
    await wire.reader.read(1000)
    await wire.send(http_answer("400 Bad Request"))


async def sends_endless_body(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    while True:
        await wire.send(b" " * 65536)


async def sends_endless_header(wire: Wire) -> None:
    await wire.receive()
    await wire.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await wire.send(b"a" * 65536)
