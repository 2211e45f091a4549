"""Slow senders, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from app.web.body_deadline import BodyDeadline


async def echo(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client has gone")
        body += message["body"]
        more = message.get("more_body", False)
    if scope["path"] == "/slow-answer":
        await asyncio.sleep(0.6)
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serve(seconds=0.4) as port:
        yield port


@asynccontextmanager
async def serve(*, seconds: float) -> AsyncIterator[int]:
    config = uvicorn.Config(
        BodyDeadline(echo, seconds=seconds),
        port=0, http="httptools", lifespan="off", log_config=None, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def post(port: int, path: str, body: bytes, *, pause: float, stop_after: int = 5) -> bytes:
    """Send a body's first bytes one by one, and read until the server closes.

    Not all of it: a server that closes while bytes are still coming resets the connection, and its answer may be lost.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    )

    async def drip() -> None:
        for number in range(min(len(body), stop_after)):
            writer.write(body[number : number + 1])
            await asyncio.sleep(pause)

    dripping = asyncio.create_task(drip())
    answer = await asyncio.wait_for(reader.read(), 10)
    dripping.cancel()
    writer.close()
    return answer


async def test_a_body_in_time_passes(port):
    assert (await post(port, "/", b"hello", pause=0)).endswith(b"hello")


async def test_a_body_that_drips_is_answered_408_and_cut(port):
    answer = await post(port, "/", b"x" * 100, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_timeout"' in answer


async def test_the_answer_may_take_longer_than_the_body(port):
    assert (await post(port, "/slow-answer", b"hello", pause=0)).endswith(b"hello")


async def test_slow_senders_do_not_hold_up_others():
    async with serve(seconds=3600) as port:
        slow = [asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for _, writer in await asyncio.gather(*slow):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
            await writer.drain()
        assert (await post(port, "/", b"hello", pause=0)).endswith(b"hello")
