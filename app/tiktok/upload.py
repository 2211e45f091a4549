"""Sending a video's bytes to the address that an init returned: in chunks, from disk, resumable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import httpx

from app.kit.http.client import FRESH_CONNECTION, Answer, retry_after_seconds
from app.kit.http.failures import failure_code
from app.tiktok.asking import ask
from app.tiktok.calls import Caller
from app.tiktok.chunks import ChunkPlan, read_received
from app.tiktok.upload_address import hide_upload_url, is_upload_address

VideoType = Literal["video/mp4", "video/quicktime", "video/webm"]
Progress = Callable[[int], Awaitable[None]]

_PIECE = 256 * 1024
STALL_SECONDS = 60.0
"""Without a byte taken, after which an upload is begun again."""
_ANSWER_SECONDS = 120.0
_CHUNK_SECONDS = 3600.0
_MOST_FAILURES = 4
_MOST_JUMPS = 8
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class UploadDone:
    """TikTok has every byte, and goes on by itself."""


@dataclass(frozen=True, slots=True)
class UploadExpired:
    """The address is dead. `may_be_complete`: this call had sent the last byte before TikTok said so.

    It is no proof that there will be no post: whoever sent the last chunk earlier may have died with the answer in
    hand. Ask for the status of the `publish_id` before a new init.
    """

    http_status: int
    may_be_complete: bool


@dataclass(frozen=True, slots=True)
class UploadInterrupted:
    """A passing failure outlasted its retries: go on with `resume_from=uploaded_bytes` while the address lives."""

    reason: str
    uploaded_bytes: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class UploadRefused:
    """The same bytes to the same address will not pass; `reason` is a code."""

    reason: str
    http_status: int | None = None


UploadOutcome = UploadDone | UploadExpired | UploadInterrupted | UploadRefused


class UploadCalls(Caller):
    """The part of Content Posting that does not go to the API's own host."""

    async def upload_video(
        self,
        upload_url: str,
        path: Path,
        plan: ChunkPlan,
        *,
        content_type: VideoType,
        deadline: float,
        resume_from: int = 0,
        on_progress: Progress | None = None,
        first_pause: float = 1.0,
    ) -> UploadOutcome:
        """Send a file within `deadline` seconds; the outcome says what TikTok, the network or the file did to it.

        `resume_from` is what TikTok has already; if that is wrong, TikTok says what is right. `on_progress` hears of
        every chunk that TikTok acknowledged. Memory stays constant, whatever the file's size.
        """
        hide_upload_url(upload_url)
        if not is_upload_address(upload_url, self._api_base_url):
            return UploadRefused("address_refused")
        upload = _Upload(self._http, upload_url, path, plan, content_type, on_progress, first_pause)
        upload.uploaded = min(max(resume_from, 0), plan.video_size)
        try:
            async with asyncio.timeout(deadline) as limit:
                return await upload.run()
        except TimeoutError:
            if not limit.expired():
                raise
            return UploadInterrupted("deadline", upload.uploaded)


class _FileUnusable(Exception):
    """The file is gone, or no longer the one that was announced."""


class _Upload:
    """One call of `upload_video`: where it stands and what went wrong so far."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        upload_url: str,
        path: Path,
        plan: ChunkPlan,
        content_type: VideoType,
        on_progress: Progress | None,
        first_pause: float,
    ) -> None:
        self._http = http
        self._url = upload_url
        self._path = path
        self._plan = plan
        self._content_type = content_type
        self._on_progress = on_progress
        self._first_pause = first_pause
        self.uploaded = 0
        self._failures = 0
        self._jumps = 0
        self._is_last_byte_sent = False
        self._is_file_unusable = False

    async def run(self) -> UploadOutcome:
        while self.uploaded < self._plan.video_size:
            end = self._plan.chunk_end(self.uploaded)
            try:
                outcome = await self._judge(await self._put(end), end)
            except (httpx.RequestError, TimeoutError, _FileUnusable) as error:
                if self._is_file_unusable:
                    return UploadRefused("file_unusable")
                outcome = await self._pause(failure_code(error))
            if outcome is not None:
                return outcome
        return UploadDone()

    async def _put(self, end: int) -> Answer:
        first = self.uploaded
        with await self._open() as file:
            # A server that takes nothing any more must not hold the upload until its deadline.
            async with asyncio.timeout(STALL_SECONDS) as stall:
                request = self._http.build_request(
                    "PUT",
                    self._url,
                    headers={
                        "Content-Type": self._content_type,
                        "Content-Length": str(end - first),
                        "Content-Range": f"bytes {first}-{end - 1}/{self._plan.video_size}",
                    },
                    content=self._read(file, first, end, stall),
                    extensions=dict(FRESH_CONNECTION),
                    timeout=httpx.Timeout(_ANSWER_SECONDS, connect=10.0, pool=10.0),
                )
                return await ask(self._http, request, deadline=_CHUNK_SECONDS)

    async def _open(self) -> BinaryIO:
        try:
            file = await asyncio.to_thread(self._path.open, "rb")
        except OSError:
            self._is_file_unusable = True
            raise _FileUnusable from None
        if await asyncio.to_thread(file.seek, 0, 2) != self._plan.video_size:
            file.close()
            self._is_file_unusable = True
            raise _FileUnusable
        return file

    async def _read(self, file: BinaryIO, first: int, end: int, stall: asyncio.Timeout) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        position = first
        while position < end:
            piece = await asyncio.to_thread(_read_piece, file, position, min(_PIECE, end - position))
            if not piece:
                self._is_file_unusable = True
                raise _FileUnusable
            position += len(piece)
            self._is_last_byte_sent = self._is_last_byte_sent or position == self._plan.video_size
            stall.reschedule(loop.time() + STALL_SECONDS)
            yield piece
        stall.reschedule(loop.time() + _ANSWER_SECONDS)

    async def _judge(self, answer: Answer, end: int) -> UploadOutcome | None:
        status = answer.status
        if 200 <= status < 300:
            await self._go_on(self._plan.video_size if status == 201 else end)
            return None
        if status == 416:
            return await self._jump(answer)
        if status in (403, 404):
            return UploadExpired(status, self._is_last_byte_sent)
        if status in (408, 429) or status >= 500:
            return await self._pause(f"http_{status}", retry_after_seconds(answer.headers))
        return UploadRefused(f"http_{status}", status)

    async def _go_on(self, uploaded: int) -> None:
        self.uploaded = uploaded
        self._failures = 0
        if self._on_progress is not None:
            await self._on_progress(uploaded)

    async def _jump(self, answer: Answer) -> UploadOutcome | None:
        """Go on where TikTok says: the answer to an earlier chunk was lost, or TikTok has forgotten one."""
        received = read_received(answer.headers.get("Content-Range", ""), self._plan)
        self._jumps += 1
        if received is None or self._jumps > _MOST_JUMPS:
            return UploadRefused("range_refused", 416)
        if received == self.uploaded:
            return await self._pause("http_416")
        await self._go_on(received)
        return None

    async def _pause(self, reason: str, retry_after: float | None = None) -> UploadInterrupted | None:
        self._failures += 1
        pause = max(self._first_pause * 2 ** (self._failures - 1), retry_after or 0.0)
        if self._failures > _MOST_FAILURES or pause > _LONGEST_PAUSE:
            return UploadInterrupted(reason, self.uploaded, retry_after)
        await asyncio.sleep(pause)
        return None


def _read_piece(file: BinaryIO, position: int, length: int) -> bytes:
    try:
        file.seek(position)
        return file.read(length)
    except (OSError, ValueError):
        return b""
