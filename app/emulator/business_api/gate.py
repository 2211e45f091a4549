"""What every call of the Business API passes: path, limits, credentials, its effect, the log, and ordered faults."""

import asyncio
import logging
from typing import Any, cast
from urllib.parse import unquote

from litestar.types import HTTPScope, Receive, Scope, Send

from app.emulator.business_api import access, faults, limits
from app.emulator.business_api.answers import Outcome, log, new_request_id, pack
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, Operation, Raw
from app.emulator.business_api.errors import PARTLY_OK, SYSTEM_ERROR, BusinessError
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.reading import Given, read_body, read_query
from app.emulator.business_api.routes import OPERATIONS
from app.emulator.business_api.subscriptions import tell_reviews, watch_reviews
from app.emulator.world import wire
from app.emulator.world.world import World

logger = logging.getLogger(__name__)
PREFIX = "/open_api/"
_BASE = "/open_api/v1.3/"
_MOST_BYTES = 550_000_000
_MAY_BEGIN_REVIEWS = frozenset({"ad/create/", "ad/update/", "subscription/subscribe/"})


async def pass_business_call(book: Book, world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one call."""
    body = await wire.read_body(receive, _MOST_BYTES)
    # Over a socket others get a turn during every call; an in-process caller in a tight loop would starve them.
    await asyncio.sleep(0)
    method, path = str(cast("HTTPScope", scope)["method"]), scope["path"]
    found = OPERATIONS.get(path.removeprefix(_BASE), {}) if path.startswith(_BASE) else {}
    operation = found.get(method)
    if operation is None:
        await wire.send_whole(_refuse_path(known=bool(found)), send)
        return
    headers = dict(scope["headers"])
    call = Call(book, Given({}, {}, as_text=True), world, _origin(scope, headers), writes=operation.writes)
    refusal = await _prepare(call, operation, scope["query_string"], headers, body)
    caller = headers.get(b"user-agent", b"").decode("latin-1")
    token = headers.get(b"access-token", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    with book.turn():
        call.sandbox = book.settings.sandbox or host.startswith("sandbox")
        answer, fault = _take_turn(call, operation, refusal, token, caller)
        notices = tell_reviews(book)
        if operation.endpoint in _MAY_BEGIN_REVIEWS:
            watch_reviews(book, world)
    send_notices(book, world, notices)
    for later in call.afterwards:
        later()
    if book.settings.answer_seconds:
        await asyncio.sleep(book.settings.answer_seconds)
    if fault is None:
        await wire.send_whole(answer, send)
        return
    if fault.action == "hang":
        await asyncio.sleep(fault.hang or 0)
    await faults.spoil(fault, answer, receive, send)


async def _prepare(
    call: Call, operation: Operation, query: bytes, headers: dict[bytes, bytes], body: bytes | None
) -> BusinessError | None:
    """Read what was sent, and fetch what the call points at."""
    try:
        if body is None:
            raise BusinessError(40907, "The file is too large.")
        if operation.method == "GET":
            call.given = read_query(query)
        else:
            call.given = read_body(headers.get(b"content-type", b"").decode("latin-1"), body)
        named = call.given.values.get("advertiser_id")
        call.advertiser_id = str(named)[:30] if isinstance(named, (str, int)) else ""
        if operation.fetch is not None:
            await operation.fetch(call)
    except BusinessError as refusal:
        return refusal
    return None


def _take_turn(
    call: Call, operation: Operation, refusal: BusinessError | None, token: str, caller: str
) -> tuple[wire.Answer, faults.Fault | None]:
    book = call.book
    fault = faults.take(book, operation.endpoint, call.advertiser_id)
    if fault is not None and fault.phase == "before":
        outcome = Outcome(fault.code or SYSTEM_ERROR, fault.message, {})
    else:
        outcome = _act(call, operation, refusal, token)
    if fault is not None and fault.code is not None:
        outcome = Outcome(fault.code, fault.message, {})
    request_id = new_request_id(book)
    log(
        book,
        method=operation.method,
        endpoint=operation.endpoint,
        advertiser_id=call.advertiser_id,
        caller=caller,
        outcome=outcome,
        request_id=request_id,
        fault=fault.label if fault else "",
        given=call.given,
        ignored=call.ignored,
    )
    answer = pack(outcome, request_id)
    if fault is not None and fault.http_status is not None:
        answer.status = fault.http_status
    return answer, fault


def _act(call: Call, operation: Operation, refusal: BusinessError | None, token: str) -> Outcome:
    """Let the call happen, whole or not at all."""
    try:
        limits.spend(call.book, operation.endpoint, sandbox=call.sandbox)
        access.admit(call, operation, token)
        if refusal is not None:
            raise refusal
        with call.book.store.attempt():
            data = operation.handle(call)
    except BusinessError as error:
        call.afterwards.clear()
        return Outcome(error.code, error.message, error.data)
    except Exception:
        # A fault of the emulator's own looks like one of TikTok's to the caller, and stands in the log for us.
        logger.exception("The emulator failed on %s", operation.endpoint)
        call.afterwards.clear()
        return Outcome(SYSTEM_ERROR, "System error.", {})
    if isinstance(data, Raw):
        return Outcome(0, "OK", None, data)
    return Outcome(PARTLY_OK if call.partial else 0, call.message, {} if data is None else data)


def _refuse_path(*, known: bool) -> wire.Answer:
    text = b"405 method not allowed" if known else b"404 page not found"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    return wire.Answer(405 if known else 404, headers, text)


def _origin(scope: Any, headers: dict[bytes, bytes]) -> str:
    host = headers.get(b"host", b"").decode("latin-1") or "127.0.0.1"
    return f"{scope.get('scheme', 'http')}://{unquote(host)}"
