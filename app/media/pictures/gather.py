"""An article's image addresses in, converted pictures in a folder out."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.kit.http.addresses import FetchRefused
from app.kit.http.downloads import Downloads
from app.kit.http.fetch import Fetcher, FetchFailed, FetchLimits
from app.kit.sandbox.pool import TaskError
from app.media.pictures.converting import MAX_FILE_BYTES, Picture, conversion_problem, converters, read_answer
from app.media.problems import (
    ImageSource,
    MediaProblem,
    disk_full,
    host_of,
    left_alone,
    no_time_left,
    not_fetched,
    too_late,
)
from app.messages import media_faults

MAX_IMAGES = 35
"""TikTok takes so many in one photo post."""


MAX_CANDIDATES = 200
_AT_ONCE_PER_POST = 4
_MOST_SECONDS = 45.0
"""For all pictures of a post together: far less than the job has that fetches them."""
_PAUSE_SECONDS = 0.5
_HICCUPS = frozenset({"server_error", "unreachable", "broken_answer"})
_SILENCES = frozenset({"timeout", "stalled"})
_UNHEARD = frozenset({"unreachable", "host_unknown", "certificate"})
_TOO_MANY = media_faults.too_many(most=MAX_IMAGES)
_TOO_LATE = media_faults.not_looked_at(count=MAX_CANDIDATES)


@dataclass(slots=True)
class Gathered:
    """What became of the images, in the article's order."""

    pictures: list[Picture] = field(default_factory=list)
    problems: list[MediaProblem] = field(default_factory=list)


async def gather_pictures(
    images: Sequence[ImageSource],
    folder: Path,
    *,
    allow_hosts: Iterable[str] = (),
    most: int = MAX_IMAGES,
    downloads: Downloads | None = None,
    source: str = "",
    known: Mapping[str, Picture] | None = None,
    seconds: float = _MOST_SECONDS,
) -> Gathered:
    """Fetch and convert images into `folder`, in their order, until `most` are good or `seconds` are over.

    An image that does not work is skipped with a problem. `known` are pictures that need not be fetched, by address;
    `source` is whose the images are, for a fair share of `downloads`. Raises TransientError when the disk is full.
    """
    candidates = _distinct(images)
    if not candidates:
        return Gathered()
    converters.warm()
    async with Fetcher(allow_hosts, limits=FetchLimits(max_bytes=MAX_FILE_BYTES)) as fetcher:
        downloading = _Downloading(fetcher, downloads or Downloads(), source, candidates[0].url)
        gathering = _Gathering(candidates, folder, downloading, most, dict(known or {}))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as workers:
                for _ in range(min(_AT_ONCE_PER_POST, len(candidates))):
                    workers.create_task(gathering.work())
    if gathering.disk_error is not None:
        raise disk_full(gathering.disk_error)
    return gathering.sort_out()


@dataclass(frozen=True, slots=True)
class _Downloading:
    """One post's downloads, which take their turns with those of other posts."""

    fetcher: Fetcher
    shared: Downloads
    source: str
    asker: str
    begun: set[str] = field(default_factory=set)

    async def fetch(self, url: str, target: Path) -> MediaProblem | None:
        """Download an image, or say why not. Raises OSError when the disk does not take it."""
        host = host_of(url)
        async with self.shared.slots.take(host, self.source):
            rest = self.shared.circuits.rest_of(host, self.asker)
            if rest:
                return left_alone(url, rest)
            self.begun.add(url)
            try:
                await self._fetch(url, target)
            except FetchRefused as refusal:
                return not_fetched(url, refusal)
            except FetchFailed as failure:
                self._judge(host, failure.code)
                return not_fetched(url, failure)
            self.shared.circuits.answered(host, self.asker)
        self.begun.discard(url)
        return None

    def _judge(self, host: str, code: str) -> None:
        if code in _SILENCES:
            self.shared.circuits.fell_silent(host, self.asker)
        elif code not in _UNHEARD:
            self.shared.circuits.answered(host, self.asker)

    async def _fetch(self, url: str, target: Path) -> None:
        try:
            await self.fetcher.fetch(url, target)
        except FetchFailed as failure:
            if failure.code not in _HICCUPS or failure.retry_after is not None:
                raise
            # A server that restarts or is busy for a moment should not cost the post its picture.
            await asyncio.sleep(_PAUSE_SECONDS)
            await self.fetcher.fetch(url, target)


def _distinct(images: Sequence[ImageSource]) -> list[ImageSource]:
    distinct: dict[tuple[str, bool], ImageSource] = {}
    usable = 0
    for image in images:
        key = image.url, bool(image.problem)
        if key in distinct:
            continue
        usable += not image.problem
        distinct[key] = replace(image, problem=_TOO_LATE) if usable > MAX_CANDIDATES and not image.problem else image
    return list(distinct.values())


class _Gathering:
    """One post's images. Workers take the next candidate while more pictures are wanted than are good or under way."""

    def __init__(
        self,
        candidates: list[ImageSource],
        folder: Path,
        downloading: _Downloading,
        most: int,
        known: Mapping[str, Picture],
    ) -> None:
        self.disk_error: str | None = None
        self._candidates = candidates
        self._folder = folder
        self._downloading = downloading
        self._most = most
        self._known = known
        self._next = 0
        self._under_way = 0
        self._good: set[str] = set()
        self._results: dict[int, Picture | MediaProblem] = {}

    async def work(self) -> None:
        while self.disk_error is None and len(self._good) + self._under_way < self._most:
            number = self._next
            if number == len(self._candidates):
                return
            self._next += 1
            self._under_way += 1
            image = self._candidates[number]
            result = self._known.get(image.url) or await self._take(number)
            self._under_way -= 1
            if isinstance(result, Picture):
                self._good.add(result.sha256)
            if result is not None:
                self._results[number] = result

    def sort_out(self) -> Gathered:
        """Put the results in the article's order; a picture that came out the same under two addresses counts once."""
        gathered, seen = Gathered(), set[str]()
        self._name_the_late()
        for number, image in enumerate(self._candidates):
            result = self._results.get(number) or _not_tried(image)
            if isinstance(result, MediaProblem):
                gathered.problems.append(result)
            elif result.sha256 in seen:
                gathered.problems.append(MediaProblem(image.url, "image_twice", media_faults.TWICE))
            else:
                seen.add(result.sha256)
                gathered.pictures.append(result)
        return gathered

    def _name_the_late(self) -> None:
        """When the time was over, some were under way, and for others it had not come to that."""
        wanted = self._most - len(self._good)
        for number, image in enumerate(self._candidates):
            if wanted <= 0:
                return
            if number not in self._results and not image.problem:
                is_slow = image.url in self._downloading.begun
                self._results[number] = too_late(image.url) if is_slow else no_time_left(image.url)
                wanted -= 1

    async def _take(self, number: int) -> Picture | MediaProblem | None:
        image = self._candidates[number]
        if image.problem:
            return _not_tried(image)
        download, jpeg = self._folder / f"{number}.download", self._folder / f"{number}.jpg"
        try:
            problem = await self._downloading.fetch(image.url, download)
            if problem is not None:
                return problem
            found = await converters.run(source=str(download), target=str(jpeg))
        except OSError as error:
            self.disk_error = error.strerror or type(error).__name__
            return None
        except TaskError as error:
            fault = conversion_problem(image, error)
            if isinstance(fault, str):
                self.disk_error = fault
                return None
            return fault
        finally:
            # Not in a thread: a cancellation in this moment would take the task from its queue and leave the file.
            with suppress(OSError):  # the workshop goes as a whole
                download.unlink(missing_ok=True)
        return read_answer(image, jpeg, found)


def _not_tried(image: ImageSource) -> MediaProblem:
    if image.problem:
        return MediaProblem(image.url, "address_not_used", image.problem)
    return MediaProblem(image.url, "image_too_many", _TOO_MANY)
