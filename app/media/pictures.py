"""An article's image addresses in, converted pictures in a folder out."""

import asyncio
import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from app.errors import TransientError
from app.kit.addresses import FetchRefused
from app.kit.fetch import Fetcher, FetchFailed
from app.kit.pool import ProcessPool, TaskError, TaskFailed

MAX_IMAGES = 35
"""TikTok takes so many in one photo post."""

MAX_CANDIDATES = 200
_AT_ONCE_PER_POST = 4
_AT_ONCE_PER_PROCESS = 12
_PAUSE_SECONDS = 0.5
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LONGEST_SHOWN_URL = 160

converters = ProcessPool(
    "app.media.convert:convert",
    # One thread per child, and few malloc arenas: each thread and arena takes address space, which is limited.
    environment={"VIPS_CONCURRENCY": "1", "VIPS_WARNING": "0", "MALLOC_ARENA_MAX": "2"},
)
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image as the article names it."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class MediaProblem:
    """Why one image is not in the post. `is_transient`: it may work later."""

    url: str
    code: str
    message: str
    is_transient: bool = False

    @property
    def line(self) -> str:
        """The problem in one line for an editor. Query strings stay out: they may hold a signature."""
        shown = "".join(sign if sign.isprintable() else "?" for sign in self.url.partition("?")[0])
        return f"{shown[:_LONGEST_SHOWN_URL]}: {self.message}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A converted picture in the folder."""

    source: ImageSource
    file: Path
    width: int
    height: int
    size: int
    sha256: str


@dataclass(slots=True)
class Gathered:
    """What became of the images, in the article's order."""

    pictures: list[Picture] = field(default_factory=list)
    problems: list[MediaProblem] = field(default_factory=list)


async def gather_pictures(
    images: Sequence[ImageSource], folder: Path, *, allow_hosts: Iterable[str] = (), most: int = MAX_IMAGES
) -> Gathered:
    """Fetch and convert images into `folder`, in their order, until `most` are good.

    An image that does not work is skipped with a problem. Raises TransientError when the disk is full.
    """
    by_url: dict[str, ImageSource] = {}
    for image in images:
        by_url.setdefault(image.url, image)
    candidates = list(by_url.values())[:MAX_CANDIDATES]
    if not candidates:
        return Gathered()
    converters.warm()
    async with Fetcher(allow_hosts) as fetcher:
        gathering = _Gathering(candidates, folder, fetcher, most)
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(_AT_ONCE_PER_POST, len(candidates))):
                workers.create_task(gathering.work())
    if gathering.disk_error is not None:
        raise TransientError(f"The media cannot be stored: {gathering.disk_error}.", code="media_disk_full")
    return gathering.sort_out()


class _Gathering:
    """One post's images. Workers take the next candidate while more pictures are wanted than are good or under way."""

    def __init__(self, candidates: list[ImageSource], folder: Path, fetcher: Fetcher, most: int) -> None:
        self.disk_error: str | None = None
        self._candidates = candidates
        self._folder = folder
        self._fetcher = fetcher
        self._most = most
        self._next = 0
        self._under_way = 0
        self._good = 0
        self._results: dict[int, Picture | MediaProblem] = {}

    async def work(self) -> None:
        while self.disk_error is None and self._good + self._under_way < self._most:
            number = self._next
            if number == len(self._candidates):
                return
            self._next += 1
            self._under_way += 1
            result = await self._take(number)
            self._under_way -= 1
            self._good += isinstance(result, Picture)
            if result is not None:
                self._results[number] = result

    def sort_out(self) -> Gathered:
        """Put the results in the article's order; a picture that came out the same under two addresses counts once."""
        gathered, seen = Gathered(), set[str]()
        for _, result in sorted(self._results.items()):
            if isinstance(result, MediaProblem):
                gathered.problems.append(result)
            elif result.sha256 not in seen:
                seen.add(result.sha256)
                gathered.pictures.append(result)
        return gathered

    async def _take(self, number: int) -> Picture | MediaProblem | None:
        image = self._candidates[number]
        download, jpeg = self._folder / f"{number}.download", self._folder / f"{number}.jpg"
        try:
            async with _slot():
                await self._fetch(image.url, download)
            found = await converters.run(source=str(download), target=str(jpeg))
        except FetchRefused as refusal:
            return MediaProblem(image.url, f"fetch_{refusal.code}", refusal.message)
        except FetchFailed as failure:
            return MediaProblem(image.url, f"fetch_{failure.code}", failure.message, is_transient=True)
        except OSError as error:
            self.disk_error = error.strerror or type(error).__name__
            return None
        except TaskError as error:
            return self._conversion_problem(image, error)
        finally:
            await asyncio.to_thread(download.unlink, missing_ok=True)
        return _read_answer(image, jpeg, found)

    async def _fetch(self, url: str, target: Path) -> None:
        try:
            await self._fetcher.fetch(url, target)
        except FetchFailed as failure:
            if failure.code == "timeout":
                raise
            # A server that restarts or is busy for a moment should not cost the post its picture.
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._fetcher.fetch(url, target)

    def _conversion_problem(self, image: ImageSource, error: TaskError) -> MediaProblem | None:
        if isinstance(error, TaskFailed):
            if error.errno in _DISK_FULL:
                self.disk_error = "no space is left"
                return None
            return MediaProblem(image.url, "image_not_converted", "the picture cannot be read; save it again as JPEG")
        message = "the picture takes too much memory or time to read; save a smaller one"
        return MediaProblem(image.url, "image_too_heavy", message, is_transient=True)


def _read_answer(image: ImageSource, jpeg: Path, found: dict[str, Any]) -> Picture | MediaProblem:
    if "refused" in found:
        return MediaProblem(image.url, found["refused"], found["why"])
    return Picture(image, jpeg, found["width"], found["height"], found["size"], found["sha256"])


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    return _slots.setdefault(loop, asyncio.Semaphore(_AT_ONCE_PER_PROCESS))
