"""An article's video address in, an MP4 that TikTok takes in a folder out."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from app.kit.http.addresses import FetchRefused
from app.kit.http.fetch import VIDEOS, Fetcher, FetchFailed, FetchLimits
from app.kit.sandbox.pool import TaskError, TaskFailed
from app.media import store
from app.media.problems import MediaProblem, disk_full, not_fetched
from app.media.sniff import Unusable
from app.media.videos.command import Task
from app.media.videos.convert import ConversionFailed, ConversionTimedOut, choose, convert, time_for
from app.media.videos.kinds import MAX_SECONDS, Film, check_film, check_made, check_whole
from app.media.videos.probing import probe_film, probe_for_keeps
from app.messages import media_faults

CONTENT_TYPE: Literal["video/mp4"] = "video/mp4"

_FETCH_SECONDS, _STALL_SECONDS = 900.0, 30.0
_LOOK_SECONDS = 60.0
TRIAL_SECONDS = 60.0
"""For a preview to decode a film in; a longer one is said to be untried."""
_DOWNLOAD = "video.download"


_FAULTS = (FetchRefused, FetchFailed, Unusable, ConversionFailed, TaskError, OSError)


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


@dataclass(frozen=True, slots=True)
class Looked:
    """What a preview found. `is_tried`: all of the film was decoded; else that takes too long for a preview."""

    film: Film
    is_tried: bool


async def gather_video(
    url: str,
    folder: Path,
    limits: VideoLimits,
    *,
    allow_hosts: Iterable[str] = (),
    on_step: OnStep,
    uploaded: Path | None = None,
) -> Video | MediaProblem:
    """Fetch a video into `folder` and make of it what TikTok takes, or say why it cannot be.

    `uploaded` is the file where it is here already. Raises TransientError when the disk is full.
    """
    try:
        task = await _judge(url, folder, limits, allow_hosts, _FETCH_SECONDS, uploaded)
        await _make(task, on_step)
        return await _finish(url, task)
    except _FAULTS as error:
        return _problem(url, error)
    finally:
        await asyncio.to_thread((folder / _DOWNLOAD).unlink, missing_ok=True)


async def look_at_video(
    url: str, folder: Path, limits: VideoLimits, *, allow_hosts: Iterable[str] = (), uploaded: Path | None = None
) -> Looked | MediaProblem:
    """Fetch a video and judge it as for a post, by the same steps, for a preview that keeps nothing."""
    try:
        task = await _judge(url, folder, limits, allow_hosts, _LOOK_SECONDS, uploaded)
        return Looked(task.film, is_tried=await _try(replace(task, is_trial=True)))
    except _FAULTS as error:
        return _problem(url, error)


@dataclass(frozen=True, slots=True)
class Inspected:
    """A film that is here as somebody sent it, and looks as if it could be posted."""

    width: int
    height: int
    size: int
    sha256: str
    duration_ms: int
    cover_ms: int | None


async def inspect_file(file: Path, poster: Path) -> Inspected | MediaProblem:
    """Look into a film that was uploaded, and draw its `poster`. What is decoded whole is decoded for its post.

    Raises TransientError when the disk is full.
    """
    try:
        found = await probe_for_keeps(file, poster)
        check_film(found.film, MAX_SECONDS)
    except _FAULTS as error:
        return _problem("", error)
    film = found.film
    width, height = film.upright
    return Inspected(width, height, found.size, found.sha256, round(film.seconds * 1000), film.cover_ms)


async def _judge(
    url: str,
    folder: Path,
    limits: VideoLimits,
    allow_hosts: Iterable[str],
    seconds: float,
    uploaded: Path | None,
) -> Task:
    """Fetch a video and decide what is to be done to it. Raises Unusable where nothing helps."""
    download = folder / _DOWNLOAD
    if uploaded is None or not await asyncio.to_thread(_link, uploaded, download):
        await _fetch(url, download, limits, allow_hosts, seconds)
    film = await probe_film(download)
    check_film(film, limits.most_seconds)
    return Task(download, folder / "video.mp4", film, choose(film), limits.most_seconds)


async def _try(task: Task) -> bool:
    """Decode what a conversion would have to decode, to its end if that does not take too long for a preview."""
    try:
        lasted = await convert(task, ffmpeg=_ffmpeg(), seconds=TRIAL_SECONDS, on_progress=_hear_nothing)
    except ConversionTimedOut:
        return False
    if task.recipe.new_picture:
        check_whole(task.film, lasted)
    return True


def _link(file: Path, target: Path) -> bool:
    """Give a file another name; False where it is not there any more."""
    try:
        os.link(file, target)
    except FileNotFoundError:
        return False
    return True


async def _hear_nothing(_share: float) -> None:
    """A preview tells nobody how far it is."""


async def _fetch(url: str, target: Path, limits: VideoLimits, allow_hosts: Iterable[str], seconds: float) -> None:
    rules = FetchLimits(max_bytes=limits.max_bytes, seconds=seconds, stall_seconds=_STALL_SECONDS)
    async with Fetcher(allow_hosts, limits=rules, accept=VIDEOS) as fetcher:
        await fetcher.fetch(url, target)


async def _make(task: Task, on_step: OnStep) -> None:
    if task.recipe.new_picture:
        await on_step(Step.converting, task.film.facts)
    await convert(task, ffmpeg=_ffmpeg(), seconds=time_for(task), on_progress=_Halves(task, on_step))


def _ffmpeg() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


class _Halves:
    """Progress for a timeline: one word at the half, and that only where an editor waits long enough to want it."""

    def __init__(self, task: Task, on_step: OnStep) -> None:
        self._is_due = task.recipe.new_picture
        self._facts = task.film.facts
        self._on_step = on_step

    async def __call__(self, share: float) -> None:
        if self._is_due and 0.5 <= share < 1.0:
            self._is_due = False
            await self._on_step(Step.half_way, self._facts)


async def _finish(url: str, task: Task) -> Video:
    """Look at what was made: all of the film, from its beginning on, and nothing that players would not show."""
    target, poster = task.target, task.target.with_suffix(".jpg")
    found = await probe_for_keeps(target, poster)
    made = found.film
    check_film(made, task.most_seconds)
    check_made(task.film, made)
    await asyncio.to_thread(_flush, target)
    width, height = made.upright
    return Video(
        url, target, poster, width, height, found.size, found.sha256, round(made.seconds * 1000), made.cover_ms
    )


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _problem(url: str, error: Exception) -> MediaProblem:
    match error:
        case FetchRefused() | FetchFailed():
            return not_fetched(url, error)
        case Unusable():
            return MediaProblem(url, error.code, error.message)
        case ConversionFailed():
            return MediaProblem(url, "video_not_converted", error.message, is_transient=error.is_transient)
        case OSError():
            raise disk_full(error.strerror or type(error).__name__) from error
        case TaskFailed() if error.errno in store.REFUSALS:
            raise disk_full(os.strerror(error.errno)) from error
        case TaskFailed():
            return MediaProblem(url, "video_damaged", media_faults.FILM_UNREADABLE)
    return MediaProblem(url, "video_too_heavy", media_faults.FILM_TOO_HEAVY, is_transient=True)
