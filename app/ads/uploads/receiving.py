"""A file on its way to us: from a form or an address, piece by piece onto the disk, with its MD5."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from multipart import MultipartSegment

from app.errors import AppError, BadRequest, Invalid
from app.kit.http.addresses import FetchRefused
from app.kit.http.fetch import VIDEOS, Fetcher, FetchFailed, FetchLimits
from app.messages import ads_reports
from app.messages.message import Message
from app.resources import Resources
from app.web.bodies import BodyTooLarge
from app.web.multipart_file import parse_form

_MB = 1024 * 1024
_MOST = {"video": 500 * _MB, "image": 100 * _MB}
_LONGEST_FIELD = 4096
_CHUNK = 256 * 1024
_FETCH_SECONDS, _STALL_SECONDS = 600.0, 30.0


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is whole, and what it is called where it came from."""

    path: Path
    size: int
    md5: str
    name: str | None
    fields: dict[str, str]


async def receive_form(body: AsyncIterator[bytes], boundary: str, target: Path, kind: str) -> Received:
    """Take the part `file` of a multipart form. Raises BadRequest, BodyTooLarge."""
    form = _Form(target, _MOST[kind])
    try:
        async for event in parse_form(body, boundary, broken=ads_reports.FORM_BROKEN):
            await form.take(event)
    finally:
        form.close()
    return form.received()


async def fetch_address(app: Resources, url: str, target: Path, kind: str) -> Received:
    """Fetch a file from an address that somebody wrote, by the rules for such. Raises Invalid."""
    limits = FetchLimits(max_bytes=_MOST[kind], seconds=_FETCH_SECONDS, stall_seconds=_STALL_SECONDS)
    accept: dict[str, Any] = {"accept": VIDEOS} if kind == "video" else {}
    try:
        async with Fetcher(app.settings.fetch_allow_hosts, limits=limits, **accept) as fetcher:
            found = await fetcher.fetch(url, target)
    except (FetchRefused, FetchFailed) as error:
        raise Invalid(ads_reports.ads_file_not_fetched(error.message), code=f"fetch_{error.code}") from None
    md5 = await asyncio.to_thread(_md5_of, target)
    return Received(target, found.size, md5, unquote(urlsplit(found.url).path).rpartition("/")[2] or None, {})


async def copy_file(source: Path, target: Path) -> Received:
    """Take a file of this machine's. Raises OSError."""
    size = await asyncio.to_thread(_copy, source, target)
    return Received(target, size, await asyncio.to_thread(_md5_of, target), source.name, {})


def _copy(source: Path, target: Path) -> int:
    return Path(shutil.copyfile(source, target)).stat().st_size


class _Form:
    """Writes the file of a form to the disk, and keeps its small fields."""

    def __init__(self, target: Path, most: int) -> None:
        self._target = target
        self._most = most
        self._file = target.open("wb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._segment: MultipartSegment | None = None
        self._size = 0
        self._name: str | None = None
        self._has_file = False
        self._fields: dict[str, bytes] = {}

    async def take(self, event: MultipartSegment | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._segment = event
            if event.name == "file":
                self._has_file, self._name = True, event.filename
        elif event is not None and self._segment is not None:
            await self._take_bytes(self._segment, bytes(event))

    async def _take_bytes(self, segment: MultipartSegment, chunk: bytes) -> None:
        if segment.name != "file":
            value = self._fields.get(segment.name, b"") + chunk
            if len(value) > _LONGEST_FIELD:
                raise BodyTooLarge(ads_reports.FORM_BROKEN)
            self._fields[segment.name] = value
            return
        self._size += len(chunk)
        if self._size > self._most:
            raise BodyTooLarge(ads_reports.ads_file_too_large(self._most // _MB))
        self._md5.update(chunk)
        await asyncio.to_thread(self._file.write, chunk)

    def close(self) -> None:
        self._file.close()

    def received(self) -> Received:
        if not self._has_file:
            raise BadRequest(ads_reports.SEND_A_FILE)
        fields = {name: value.decode("utf-8", "replace") for name, value in self._fields.items()}
        return Received(self._target, self._size, self._md5.hexdigest(), self._name, fields)


def check_kind(received: Received, kind: str) -> None:
    """Refuse what TikTok surely does not take, by its first bytes. Raises AppError."""
    if not received.size:
        raise Invalid(ads_reports.FILE_IS_EMPTY, code="file_empty")
    with received.path.open("rb") as file:
        head = file.read(16)
    if kind == "image" and not head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise _odd(ads_reports.NOT_A_PICTURE)
    is_film = (
        head[4:8] == b"ftyp" or head[8:12] == b"AVI " or head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"))
    )
    if kind == "video" and not is_film:
        raise _odd(ads_reports.NOT_A_FILM)


def _odd(told: Message) -> AppError:
    return Invalid(told, code="file_type")


def _md5_of(path: Path) -> str:
    made = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            made.update(chunk)
    return made.hexdigest()
