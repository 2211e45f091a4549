"""Pictures and videos that people upload for posts by hand: looked into at once, and kept beside all public media.

An upload is an asset whose owner is nobody yet. It has a public address like a post's media; a post that names this
address takes the file itself. Whoever does not come back for an upload within some days has given it up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from app.errors import AppError, Invalid, TransientError
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.kit.sandbox.pool import TaskError
from app.media.models import MediaAsset, MediaGrant
from app.media.pictures.converting import MAX_FILE_BYTES, Picture, conversion_problem, converters, read_answer
from app.media.preparing import keep_files, workshop
from app.media.problems import ImageSource, MediaProblem, disk_full
from app.media.sniff import HEAD_BYTES, Unusable, sniff
from app.media.uploads.find import OWNER
from app.media.videos.gather import Inspected, inspect_file
from app.media.videos.kinds import sniff_video
from app.messages import uploads
from app.resources import Resources
from app.web.bodies import BodyTooLarge

UNUSED_KEPT_FOR = timedelta(days=7)
"""Longer than anybody leaves a draft over a weekend."""

USED_KEPT_FOR = timedelta(days=30)
"""After a post's time. The post has files of its own by then, unless its account could not post for so long."""

_CONTENT_TYPES = {
    "mov": "video/mp4",
    "matroska": "video/x-matroska",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "mpegts": "video/mp2t",
}

Receive = Callable[[Path, int], Awaitable[str]]
"""Writes what comes to a new file, of at most so many bytes, and gives the name that it came with."""


async def keep_upload(resources: Resources, receive: Receive) -> MediaAsset:
    """Take a picture or a video in. Raises Invalid for what TikTok does not take, BodyTooLarge, or TransientError.

    A picture is converted now; a video is looked into, and converted when its post is made ready. A process that dies
    in between leaves a file without a row, which is swept.
    """
    most = max(MAX_FILE_BYTES, resources.settings.video_max_bytes)
    async with workshop(resources.media_dir) as folder:
        file = folder / "upload"
        try:
            name = await receive(file, most)
            head, size = await asyncio.to_thread(_begin, file)
        except OSError as error:
            raise disk_full(error.strerror or "") from error
        if not size:
            raise Invalid(uploads.FILE_EMPTY, code="upload_empty")
        if (kind := _video_kind(head)) is not None:
            return await _keep_video(resources, folder, file, kind, name)
        if size > MAX_FILE_BYTES:
            raise BodyTooLarge(uploads.file_too_large(MAX_FILE_BYTES // (1024 * 1024)))
        return await _keep_picture(resources, folder, file, name)


def _video_kind(head: bytes) -> str | None:
    """Tell the kind of video; None for a picture. Raises Invalid for what is neither."""
    try:
        sniff(head)
    except Unusable as no_picture:
        try:
            return sniff_video(head)
        except Unusable:
            raise Invalid(no_picture.message, code=no_picture.code) from None
    return None


async def _keep_picture(resources: Resources, folder: Path, file: Path, name: str) -> MediaAsset:
    image, jpeg = ImageSource(""), folder / "picture.jpg"
    try:
        found = read_answer(image, jpeg, await converters.run(source=str(file), target=str(jpeg)))
    except TaskError as error:
        problem = conversion_problem(image, error)
        if isinstance(problem, str):
            raise disk_full(problem) from error
        found = problem
    if isinstance(found, MediaProblem):
        raise _refusal(found)
    ((file_id, path),) = await keep_files(resources.media_dir, [jpeg])
    return await _write(resources, _asset(file_id, path, found), "jpg", name)


async def _keep_video(resources: Resources, folder: Path, file: Path, kind: str, name: str) -> MediaAsset:
    video, poster = folder / "video.mp4", folder / "video.jpg"
    await asyncio.to_thread(file.replace, video)
    found = await inspect_file(video, poster)
    if isinstance(found, MediaProblem):
        raise _refusal(found)
    ((file_id, path),) = await keep_files(resources.media_dir, [video], beside=poster)
    asset = _asset(file_id, path, found)
    asset.content_type = _CONTENT_TYPES[kind]
    asset.duration_ms, asset.cover_ms = found.duration_ms, found.cover_ms
    return await _write(resources, asset, "mp4", name)


def _asset(file_id: str, path: str, found: Picture | Inspected) -> MediaAsset:
    return MediaAsset(
        id=file_id,
        owner_id=f"{OWNER}{new_token(16)}",
        position=0,
        source_url="",
        path=path,
        width=found.width,
        height=found.height,
        size=found.size,
        sha256=found.sha256,
        delete_after=utcnow() + UNUSED_KEPT_FOR,
    )


async def _write(resources: Resources, asset: MediaAsset, suffix: str, name: str) -> MediaAsset:
    token = new_token(24)
    asset.source_url = f"{resources.settings.public_url}/media/{token}/1.{suffix}"
    # As alternative text it would say "IMG_2031.jpg" to whoever cannot see the picture: it is for editors alone.
    asset.alt = "".join(sign for sign in name if sign.isprintable())[:200]
    async with resources.transaction() as session:
        session.add(asset)
        session.add(MediaGrant(token=token, owner_id=asset.owner_id, delete_after=asset.delete_after))
    return asset


def _begin(file: Path) -> tuple[bytes, int]:
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES), file.stat().st_size


def _refusal(problem: MediaProblem) -> AppError:
    if problem.is_transient:
        return TransientError(problem.message, code=problem.code)
    return Invalid(problem.message, code=problem.code)


def kept_until(planned_at: datetime | None) -> datetime:
    """Tell how long the uploads of a post are kept: until long after it is out, or was to be."""
    return max(planned_at or utcnow(), utcnow()) + USED_KEPT_FOR
