"""What every TikTok call passes: it is logged, and the faults that were ordered for it happen."""

import asyncio
import re
from typing import cast
from urllib.parse import parse_qsl

import msgspec
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from app.emulator.open_api.answers import STATUS_OF_CODE, envelope, flat_error
from app.emulator.world.faults import ENDPOINTS, NextError
from app.emulator.world.journal import Call, redact
from app.emulator.world.wire import Answer, ask, cut, make_bomb, read_body, send_beginning, send_dripping, send_whole
from app.emulator.world.world import World

_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


async def pass_call(app: ASGIApp, world: World, scope: Scope, receive: Receive, send: Send) -> None:
    body = await read_body(receive) or b""
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
        answer = await ask(app, scope, body)
        world.journal.close(call, answer.status, answer.body)
        await send_whole(answer, send)
        return
    call.fault = f"{fault.phase}:{fault.action}"
    if fault.action == "hang" and fault.phase == "before":
        await asyncio.sleep(fault.hang or 0)
    answer = await ask(app, scope, body) if fault.lets_through else Answer(0, [], b"")
    if answer.status:
        world.journal.close(call, answer.status, answer.body)
    await spoil(fault, call, answer, receive, send)


async def spoil(fault: NextError, call: Call, answer: Answer, receive: Receive, send: Send) -> None:
    """Answer as the fault wants it."""
    match fault.action:
        case "cut" | "cut_after":
            await cut(send, receive, "Server disconnected without sending a response.")
        case "truncate":
            await send_beginning(answer, fault.truncate or 0, receive, send)
        case "drip":
            await send_dripping(answer, fault.drip or 0, send)
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
        answer = Answer(fault.http_status or 200, headers, make_bomb(fault.gzip_bomb))
    else:
        headers = [(b"content-type", fault.content_type.encode())]
        answer = Answer(fault.http_status or 502, headers, (fault.raw or "").encode())
    if call.http_status is None:
        call.http_status, call.code = answer.status, fault.code
    answer.headers.append((b"content-length", str(len(answer.body)).encode()))
    return answer


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
