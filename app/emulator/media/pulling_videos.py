"""Pulling a video as TikTok does: over HTTP, no redirects, onto disk, and on from where a connection broke."""

import asyncio
import re
import tempfile
from typing import IO

import httpx

from app.emulator.world.clips import examine_video
from app.emulator.world.outbound import UNREACHABLE, is_private, open_client
from app.emulator.world.pull_error import PullError
from app.emulator.world.records import Clip, Post
from app.emulator.world.world import World

_READ_TIMEOUT = 60.0
_IN_MEMORY = 1_048_576
_MOST_BREAKS = 3
_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/(?:[0-9]{1,15}|\*)")


def open_file() -> IO[bytes]:
    """Open a file without a name: it goes when it is closed, or when the process ends."""
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


async def take_video(world: World, post: Post) -> None:
    """Get the video, judge it, and keep it for the pages. Raises PullError."""
    file = await _pull(world, post) if post.upload is None else post.upload.file
    post.clip = clip = await _examine(world, post, file)
    world.journal.posts_by_content[post.open_id, clip.sha256] += 1
    world.clips.put(post.publish_id, file, clip, bound=world.settings.video_memory_bytes)


async def _examine(world: World, post: Post, file: IO[bytes]) -> Clip:
    account = world.accounts.get(post.open_id)
    longest = world.settings.video_seconds_limit
    if account is not None and not post.is_draft:
        longest = min(longest, account.max_video_post_duration_sec)
    return await asyncio.to_thread(examine_video, file, longest=longest, cover_ms=post.cover_timestamp_ms)


async def _pull(world: World, post: Post) -> IO[bytes]:
    url = post.video_url or ""
    if post.progression.pull_delay:
        await world.clock.sleep_until(post.accepted_at + post.progression.pull_delay)
    if not world.settings.pull_allow_private and await is_private(url):
        raise PullError("video_pull_failed", f"{url}: the address is not public")
    file = open_file()
    async with open_client(world, _READ_TIMEOUT) as client:
        for breaks in range(_MOST_BREAKS + 1):
            try:
                await _download(world, client, post, url, file)
                break
            except UNREACHABLE as error:
                if breaks == _MOST_BREAKS or not file.tell():
                    raise PullError("video_pull_failed", f"{url}: {type(error).__name__} {error}") from error
    return file


async def _download(world: World, client: httpx.AsyncClient, post: Post, url: str, file: IO[bytes]) -> None:
    have = file.tell()
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    async with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code != (206 if have else 200):
            raise PullError("video_pull_failed", f"{url}: HTTP {answer.status_code}")
        if have:
            found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            if found is None or int(found[1]) != have:
                raise PullError("video_pull_failed", f"{url}: another range than asked for")
        async for piece in answer.aiter_raw():
            file.write(piece)
            post.downloaded_bytes = file.tell()
            if post.downloaded_bytes > world.settings.video_max_bytes:
                raise PullError("file_format_check_failed", f"{url}: more than {world.settings.video_max_bytes} bytes")
