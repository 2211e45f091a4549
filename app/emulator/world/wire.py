"""Answers as bytes, below any framework: sent whole, or spoiled on order."""

import asyncio
import gzip
import io
from dataclasses import dataclass
from typing import Any

import httpx
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_MEGABYTE = 1_000_000


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def read_body(receive: Receive, most: int | None = None) -> bytes | None:
    """Read all of a request; more than `most` bytes are heard to their end and give None."""
    body, heard = bytearray(), 0
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            break
        piece = message.get("body", b"")
        heard += len(piece)
        if most is None or heard <= most:
            body += piece
        if not message.get("more_body", False):
            break
    return bytes(body) if most is None or heard <= most else None


async def ask(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Let the application answer, and keep the answer back."""
    answer = Answer(500, [], b"")
    unread = [body]

    async def receive() -> Any:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            answer.body += message["body"]

    await app(scope, receive, send)
    return answer


async def send_whole(answer: Answer, send: Send) -> None:
    await _send_start(answer, send)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def send_beginning(answer: Answer, length: int, receive: Receive, send: Send) -> None:
    """Send the first bytes, and cut the connection."""
    await _send_start(answer, send)
    await send({"type": "http.response.body", "body": answer.body[:length], "more_body": True})
    await cut(send, receive, "peer closed connection without sending complete message body")


async def send_dripping(answer: Answer, pause: float, send: Send) -> None:
    await _send_start(answer, send)
    for position in range(len(answer.body)):
        await send({"type": "http.response.body", "body": answer.body[position : position + 1], "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def make_bomb(megabytes: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(megabytes):
            file.write(b" " * _MEGABYTE)
    return packed.getvalue()


async def cut(send: Send, receive: Receive, what_the_client_sees: str) -> None:
    """Close the connection under the answer.

    ASGI has no word for this. uvicorn's `send` is a method of the object that holds the socket, so the socket is closed
    there; a caller without sockets gets the error that httpx raises over a real one.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise httpx.RemoteProtocolError(what_the_client_sees)
    transport.close()
    # uvicorn would still send a 500 of its own, unless it has noticed that the peer is gone.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_start(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
