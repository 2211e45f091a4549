"""PUT to an upload_url: chunks in order, of the sizes that were announced, kept whole or not at all."""

import asyncio
import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

import msgspec
from litestar.types import HTTPScope, Receive, Scope, Send

from app.emulator.lifecycle import finish_upload, settle
from app.emulator.open_api.answers import envelope
from app.emulator.open_api.gate import spoil
from app.emulator.world.faults import NextError
from app.emulator.world.journal import Call
from app.emulator.world.records import Post, Upload
from app.emulator.world.wire import Answer, send_whole
from app.emulator.world.world import World

UPLOAD_PATH = "/upload/"
_TYPES = {"video/mp4", "video/quicktime", "video/webm"}
_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")
_SHOWN_HEADERS = ("content-type", "content-length", "content-range")


class _Refused(Exception):
    def __init__(self, status: int, message: str, *, content_range: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.content_range = content_range


class _Gone(Exception):
    """The client left in the middle of its chunk."""


class _Body:
    """A request's body as it comes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def read(self) -> bytes | None:
        """Read the next piece; `None` at the end. Raises _Gone."""
        if self._ended:
            return None
        message = await self._receive()
        if message["type"] != "http.request":
            raise _Gone
        self._ended = not message.get("more_body", False)
        return message.get("body", b"")

    async def swallow(self, most: int | None = None) -> None:
        heard = 0
        while most is None or heard < most:
            piece = await self.read()
            if piece is None:
                return
            heard += len(piece)


@dataclass(frozen=True)
class _Put:
    method: str
    query: dict[str, list[str]]
    headers: dict[str, str]


async def pass_upload(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """Take one chunk, log it without its token, and let the faults happen that were ordered for it."""
    put = _read_put(scope)
    post = world.uploads.get("".join(put.query.get("upload_id", [])))
    shown = {name: put.headers[name] for name in _SHOWN_HEADERS if name in put.headers}
    call = Call(0.0, "upload", put.method, UPLOAD_PATH, post.open_id if post else None, {}, shown)
    world.journal.open(call)
    fault = world.faults.take("upload", call.open_id)
    if fault is not None:
        call.fault = f"{fault.phase}:{fault.action}"
        if fault.action == "hang" and fault.phase == "before":
            await asyncio.sleep(fault.hang or 0)
        if not fault.lets_through:
            await _fail(fault, call, receive, send)
            return
    try:
        answer = await _take(world, put, post, _Body(receive))
    except _Gone:
        call.code = "client_left"
        return
    world.journal.close(call, answer.status, answer.body)
    if fault is None:
        await send_whole(answer, send)
    else:
        await spoil(fault, call, answer, receive, send)


async def _fail(fault: NextError, call: Call, receive: Receive, send: Send) -> None:
    """Spoil a chunk that has no effect: cut within its body, or heard to the end before the wrong answer."""
    try:
        await _Body(receive).swallow(fault.cut_after if fault.action == "cut_after" else None)
    except _Gone:
        return
    await spoil(fault, call, Answer(0, [], b""), receive, send)


async def _take(world: World, put: _Put, post: Post | None, body: _Body) -> Answer:
    try:
        upload, post = _find(world, put, post)
        async with upload.turn:
            length = _check(world, put, post, upload)
            await _receive_chunk(upload, length, body)
            post.uploaded_bytes = upload.received
            content_range = _tell(world, upload)
            if upload.received < upload.size:
                return _make_answer(206, content_range)
            finish_upload(world, post)
            return _make_answer(201, content_range)
    except _Refused as refusal:
        if refusal.status == 400:
            world.journal.violate("upload.bad_request")
        # All of it is heard first: an answer under a body that still comes would be lost with the connection.
        await body.swallow()
        return _make_answer(refusal.status, refusal.content_range, str(refusal))


def _find(world: World, put: _Put, post: Post | None) -> tuple[Upload, Post]:
    """Find the upload that the address is for; a finished one is told apart by the settings."""
    if post is None or post.upload is None or put.query.get("upload_token") != [post.upload.token]:
        raise _Refused(404, "no such upload")
    settle(world, post)
    if post.upload.expired:
        raise _Refused(403, "the upload address has expired")
    return post.upload, post


def _check(world: World, put: _Put, post: Post, upload: Upload) -> int:
    """Hold a chunk against the plan; give back its length."""
    _check_progress(world, post, upload)
    if put.method != "PUT":
        raise _Refused(400, "only PUT")
    if "authorization" in put.headers:
        raise _Refused(400, "an upload carries no access token")
    if put.headers.get("content-type") not in _TYPES:
        raise _Refused(400, "Content-Type: video/mp4, video/quicktime or video/webm")
    found = _RANGE.fullmatch(put.headers.get("content-range", ""))
    if found is None:
        raise _Refused(400, "Content-Range: bytes FIRST-LAST/TOTAL")
    first, last, total = (int(part) for part in found.groups())
    if total != upload.size or not first <= last < total:
        raise _Refused(400, "Content-Range: does not fit the announced size")
    if put.headers.get("content-length") != str(last + 1 - first):
        raise _Refused(400, "Content-Length: is not the length of the range")
    if first != upload.received:
        raise _Refused(416, "the range does not match the progress", content_range=_tell(world, upload))
    if last + 1 != upload.chunk_end():
        raise _Refused(400, "Content-Range: not the chunk that was announced")
    return last + 1 - first


def _check_progress(world: World, post: Post, upload: Upload) -> None:
    if post.stage == "uploading":
        return
    if post.stage == "failed" or world.settings.upload_finished_answer == 404:
        raise _Refused(404, "no such upload")
    raise _Refused(416, "the upload is complete", content_range=_tell(world, upload))


async def _receive_chunk(upload: Upload, length: int, body: _Body) -> None:
    position = upload.received
    upload.file.seek(position)
    try:
        while (piece := await body.read()) is not None:
            position += len(piece)
            if position - upload.received > length:
                raise _Refused(400, "more bytes than the range has")
            upload.file.write(piece)
    except ValueError:
        # The file was closed under it: the upload expired, or the post was cancelled.
        raise _Refused(404, "no such upload") from None
    if position - upload.received != length:
        raise _Refused(400, "fewer bytes than the range has")
    upload.received = position


def _tell(world: World, upload: Upload) -> str:
    counted = upload.received if world.settings.upload_range == "count" else max(upload.received - 1, 0)
    return f"bytes 0-{counted}/{upload.size}"


def _make_answer(status: int, content_range: str | None, message: str = "") -> Answer:
    body = msgspec.json.encode(envelope(None, "invalid_file_upload", message)) if message else b""
    headers = [(b"content-length", str(len(body)).encode())]
    if message:
        headers.append((b"content-type", b"application/json; charset=utf-8"))
    if content_range is not None:
        headers.append((b"content-range", content_range.encode()))
    return Answer(status, headers, body)


def _read_put(scope: Scope) -> _Put:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    return _Put(str(cast("HTTPScope", scope)["method"]), query, headers)
