"""An article's video address in, an MP4 that TikTok takes in a folder out."""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from app.errors import TransientError
from app.kit.addresses import FetchRefused
from app.kit.fetch import VIDEOS, Fetcher, FetchFailed, FetchLimits
from app.kit.pool import ProcessPool, TaskError, TaskFailed, TaskLimits
from app.media.pictures import MediaProblem
from app.media.sniff import Unusable
from app.media.video_convert import ConversionFailed, Recipe, choose, convert
from app.media.video_kinds import MAX_SECONDS, Film, check_film, read_film

CONTENT_TYPE: Literal["video/mp4"] = "video/mp4"

_FETCH_SECONDS, _STALL_SECONDS = 900.0, 30.0
_LOOK_SECONDS = 60.0
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

probers = ProcessPool(
    "app.media.video_probe:probe",
    size=1,
    limits=TaskLimits(memory_bytes=3 * 1024**3, cpu_seconds=90, seconds=180.0),
    environment={"MALLOC_ARENA_MAX": "2"},
)


class Step(StrEnum):
    """What a long preparation has reached."""

    converting = "converting"
    half_way = "half_way"


OnStep = Callable[[Step, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """How large the file may be, and how long the film."""

    max_bytes: int
    most_seconds: float = MAX_SECONDS


@dataclass(frozen=True, slots=True)
class Video:
    """A film that TikTok takes, in the folder, with a picture of it for editors. `cover_ms`: its first good frame."""

    url: str
    file: Path
    poster: Path
    width: int
    height: int
    size: int
    sha256: str
    duration_ms: int
    cover_ms: int | None


async def gather_video(
    url: str, folder: Path, limits: VideoLimits, *, allow_hosts: Iterable[str] = (), on_step: OnStep
) -> Video | MediaProblem:
    """Fetch a video into `folder` and make of it what TikTok takes, or say why it cannot be.

    Raises TransientError when the disk is full.
    """
    download, target = folder / "video.download", folder / "video.mp4"
    try:
        await _fetch(url, download, limits, allow_hosts, _FETCH_SECONDS)
        film = await _probe(download)
        check_film(film, limits.most_seconds)
        await _convert(download, target, film, limits, on_step)
        return await _finish(url, target, film, limits)
    except (FetchRefused, FetchFailed, Unusable, ConversionFailed, TaskError, OSError) as error:
        return _problem(url, error)
    finally:
        await asyncio.to_thread(download.unlink, missing_ok=True)


async def look_at_video(
    url: str, folder: Path, limits: VideoLimits, *, allow_hosts: Iterable[str] = ()
) -> Film | MediaProblem:
    """Fetch a video and look at it, for a preview that keeps and converts nothing."""
    download = folder / "video.download"
    try:
        await _fetch(url, download, limits, allow_hosts, _LOOK_SECONDS)
        film = await _probe(download)
        check_film(film, limits.most_seconds)
    except (FetchRefused, FetchFailed, Unusable, TaskError, OSError) as error:
        return _problem(url, error)
    return film


async def _fetch(url: str, target: Path, limits: VideoLimits, allow_hosts: Iterable[str], seconds: float) -> None:
    rules = FetchLimits(max_bytes=limits.max_bytes, seconds=seconds, stall_seconds=_STALL_SECONDS)
    async with Fetcher(allow_hosts, limits=rules, accept=VIDEOS) as fetcher:
        await fetcher.fetch(url, target)


async def _probe(file: Path, **options: Any) -> Film:
    found = await probers.run(source=str(file), **options)
    if "refused" in found:
        raise Unusable(found["refused"], found["why"])
    return read_film(found)


async def _convert(download: Path, target: Path, film: Film, limits: VideoLimits, on_step: OnStep) -> None:
    import imageio_ffmpeg

    recipe = choose(film)
    if recipe.new_picture:
        await on_step(Step.converting, film.facts)
    await convert(
        download,
        target,
        film,
        recipe,
        ffmpeg=imageio_ffmpeg.get_ffmpeg_exe(),
        most_seconds=limits.most_seconds,
        on_progress=_Halves(recipe, film, on_step),
    )


class _Halves:
    """Progress for a timeline: one word at the half, and that only where an editor waits long enough to want it."""

    def __init__(self, recipe: Recipe, film: Film, on_step: OnStep) -> None:
        self._is_due = recipe.new_picture
        self._facts = film.facts
        self._on_step = on_step

    async def __call__(self, share: float) -> None:
        if self._is_due and 0.5 <= share < 1.0:
            self._is_due = False
            await self._on_step(Step.half_way, self._facts)


async def _finish(url: str, target: Path, film: Film, limits: VideoLimits) -> Video:
    poster = target.with_suffix(".jpg")
    found = await probers.run(source=str(target), poster=str(poster), for_keeps=True)
    if "refused" in found:
        raise Unusable(found["refused"], found["why"])
    size, sha256 = found.pop("size"), found.pop("sha256")
    made = read_film(found)
    check_film(made, limits.most_seconds)
    if film.seconds - made.seconds > max(1.0, film.seconds * 0.05):
        raise Unusable("video_damaged", "the video can be decoded only in part; save it again as MP4 with H.264")
    await asyncio.to_thread(_flush, target)
    width, height = made.upright
    return Video(url, target, poster, width, height, size, sha256, round(made.seconds * 1000), made.cover_ms)


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _problem(url: str, error: Exception) -> MediaProblem:
    match error:
        case FetchRefused():
            return MediaProblem(url, f"fetch_{error.code}", error.message)
        case FetchFailed():
            return MediaProblem(url, f"fetch_{error.code}", error.message, is_transient=True)
        case Unusable():
            return MediaProblem(url, error.code, error.message)
        case ConversionFailed():
            return MediaProblem(url, "video_not_converted", error.message, is_transient=error.is_transient)
        case OSError():
            raise _disk_full(error.strerror or type(error).__name__) from error
        case TaskFailed() if error.errno in _DISK_FULL:
            raise _disk_full("no space is left") from error
        case TaskFailed():
            return MediaProblem(url, "video_damaged", "the video cannot be read; save it again as MP4 with H.264")
    return MediaProblem(url, "video_too_heavy", "the video takes too much memory or time to read", is_transient=True)


def _disk_full(why: str) -> TransientError:
    return TransientError(f"The media cannot be stored: {why}.", code="media_disk_full")
