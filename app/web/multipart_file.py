"""The file of a multipart form, piece by piece onto the disk: it may be larger than a request's share of memory."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from app.errors import BadRequest
from app.messages import uploads
from app.messages.message import Message
from app.web.bodies import BodyTooLarge

_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary="?([^";\s]{1,200})"?', re.IGNORECASE)
_FIELD = "file"
_MOST_OTHERS = 64 * 1024
"""What the other fields of the form may hold together."""


async def receive_file(body: AsyncIterator[bytes], declared: str, target: Path, *, most_bytes: int) -> str:
    """Write the part `file` of a form to the new file `target`, and give the name that it came with.

    `declared` is the request's content type. Raises BadRequest, BodyTooLarge, and OSError when the disk takes no more.
    """
    boundary = _BOUNDARY.match(declared)
    if boundary is None:
        raise BadRequest(uploads.SEND_A_FILE)
    form = _Form(target, most_bytes)
    try:
        async for event in parse_form(body, boundary[1], broken=uploads.FORM_BROKEN):
            await form.take(event)
        await asyncio.to_thread(os.fsync, form.descriptor)
    finally:
        os.close(form.descriptor)
    if form.name is None:
        raise BadRequest(uploads.SEND_A_FILE)
    return form.name


async def parse_form(
    body: AsyncIterator[bytes], boundary: str, *, broken: Message
) -> AsyncIterator[MultipartSegment | bytearray | None]:
    """Give the parts of a form as they come: each begins with its segment. Raises BadRequest, which says `broken`."""
    try:
        with PushMultipartParser(boundary, max_segment_count=20, strict=False) as parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    yield event
                if parser.closed:
                    break
            if not parser.closed:
                raise BadRequest(broken)
    except MultipartError:
        raise BadRequest(broken) from None


class _Form:
    def __init__(self, target: Path, most_bytes: int) -> None:
        self.descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.name: str | None = None
        self._most_bytes = most_bytes
        self._is_file = False
        self._size = self._others = 0

    async def take(self, event: MultipartSegment | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._is_file = event.name == _FIELD
            if self._is_file and self.name is not None:
                raise BadRequest(uploads.ONE_FILE)
            if self._is_file:
                self.name = event.filename or ""
        elif event is not None and self._is_file:
            self._size += len(event)
            if self._size > self._most_bytes:
                raise BodyTooLarge(uploads.file_too_large(self._most_bytes // (1024 * 1024)))
            await asyncio.to_thread(_write, self.descriptor, bytes(event))
        elif event is not None:
            self._others += len(event)
            if self._others > _MOST_OTHERS:
                raise BadRequest(uploads.FORM_BROKEN)


def _write(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]
