"""What every TikTok call passes: it is logged, and the faults that were ordered for it happen."""

import asyncio
import gzip
import io
import re
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import msgspec
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from app.emulator.open_api.answers import STATUS_OF_CODE, envelope, flat_error
from app.emulator.world.faults import ENDPOINTS, NextError
from app.emulator.world.journal import Call, redact
from app.emulator.world.world import World

_MEGABYTE = 1_000_000
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


@dataclass
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def pass_call(app: ASGIApp, world: World, scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read_body(receive)
    # Over a socket others get a turn during every call; an in-process caller in a tight loop would starve them.
    await asyncio.sleep(0)
    call = _describe(world, scope, body)
    world.journal.open(call)
    fault = world.faults.take(call.endpoint, call.open_id)
    if call.endpoint == "unknown":
        # Before the router, which would forgive a missing slash at the end; TikTok documents every path with one.
        world.journal.violate("unknown_path")
        fault, app = None, _refuse_path
    if fault is None:
        answer = await _ask(app, scope, body)
        world.journal.close(call, answer.status, answer.body)
        await send_whole(answer, send)
        return
    call.fault = f"{fault.phase}:{fault.action}"
    if fault.action == "hang" and fault.phase == "before":
        await asyncio.sleep(fault.hang or 0)
    answer = await _ask(app, scope, body) if fault.lets_through else Answer(0, [], b"")
    if answer.status:
        world.journal.close(call, answer.status, answer.body)
    await spoil(fault, call, answer, receive, send)


async def spoil(fault: NextError, call: Call, answer: Answer, receive: Receive, send: Send) -> None:
    """Answer as the fault wants it."""
    match fault.action:
        case "cut" | "cut_after":
            await _cut(send, receive, "Server disconnected without sending a response.")
        case "truncate":
            await _send_start(answer, send)
            await send({"type": "http.response.body", "body": answer.body[: fault.truncate], "more_body": True})
            await _cut(send, receive, "peer closed connection without sending complete message body")
        case "drip":
            await _drip(answer, fault.drip or 0, send)
        case "hang":
            if fault.phase == "after":
                await asyncio.sleep(fault.hang or 0)
            await send_whole(answer, send)
        case _:
            await send_whole(_make_answer(fault, call), send)


def _make_answer(fault: NextError, call: Call) -> Answer:
    if fault.code is not None:
        flat = call.endpoint in {"token", "revoke"}
        shape = flat_error(fault.code, fault.message) if flat else envelope({}, fault.code, fault.message)
        status = fault.http_status or STATUS_OF_CODE.get(fault.code, 400)
        answer = Answer(status, [(b"content-type", b"application/json; charset=utf-8")], msgspec.json.encode(shape))
    elif fault.redirect is not None:
        answer = Answer(302, [(b"location", fault.redirect.encode())], b"")
    elif fault.gzip_bomb is not None:
        headers = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]
        answer = Answer(fault.http_status or 200, headers, _make_bomb(fault.gzip_bomb))
    else:
        headers = [(b"content-type", fault.content_type.encode())]
        answer = Answer(fault.http_status or 502, headers, (fault.raw or "").encode())
    if call.http_status is None:
        call.http_status, call.code = answer.status, fault.code
    answer.headers.append((b"content-length", str(len(answer.body)).encode()))
    return answer


def _make_bomb(megabytes: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(megabytes):
            file.write(b" " * _MEGABYTE)
    return packed.getvalue()


def _describe(world: World, scope: Scope, body: bytes) -> Call:
    headers = dict(scope["headers"])
    query = dict(parse_qsl(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True))
    pair = world.by_access_token.get(headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer "))
    return Call(
        at=0.0,
        endpoint=ENDPOINTS.get(scope["path"], "unknown"),
        method=str(cast("HTTPScope", scope)["method"]),
        path=scope["path"],
        open_id=pair.open_id if pair else None,
        query=query,
        request=redact(headers.get(b"content-type", b"").decode("latin-1").lower(), body),
    )


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _ask(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
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


async def _refuse_path(_: Scope, __: Receive, send: Send) -> None:
    await send_whole(refuse("Unsupported path", code="unsupported_path", status=404), send)


def refuse(message: str, *, code: str = "invalid_param", status: int = 400) -> Answer:
    body = msgspec.json.encode(envelope({}, code, message))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return Answer(status, headers, body)


def has_usable_address(scope: Scope) -> bool:
    """Tell whether the request's own address can be read, and made into those of uploads, avatars and share links."""
    if not scope["query_string"].isascii():
        return False
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return not hosts or (len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None)


async def _send_start(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})


async def send_whole(answer: Answer, send: Send) -> None:
    await _send_start(answer, send)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _drip(answer: Answer, pause: float, send: Send) -> None:
    await _send_start(answer, send)
    for position in range(len(answer.body)):
        await send({"type": "http.response.body", "body": answer.body[position : position + 1], "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _cut(send: Send, receive: Receive, what_the_client_sees: str) -> None:
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
