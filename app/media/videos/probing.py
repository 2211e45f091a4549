"""Has children look into films: a file that ffmpeg stumbles over takes no more than the child with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kit.sandbox.pool import ProcessPool, TaskLimits
from app.media.sniff import Unusable
from app.media.videos.kinds import Film, read_film
from app.messages.message import read

# Two, so that a large file does not keep all others waiting. To read one of a gigabyte to its end takes some seconds.
probers = ProcessPool(
    "app.media.videos.probe:probe",
    size=2,
    limits=TaskLimits(memory_bytes=2 * 1024**3, cpu_seconds=40, seconds=60.0),
    environment={"MALLOC_ARENA_MAX": "2"},
)


@dataclass(frozen=True, slots=True)
class KeptFilm:
    """A film whose file stays here."""

    film: Film
    size: int
    sha256: str


async def probe_film(file: Path) -> Film:
    """Look into a film. Raises Unusable, and TaskError where the child could not."""
    return read_film(await _probe(source=str(file)))


async def probe_for_keeps(file: Path, poster: Path) -> KeptFilm:
    """Look into a film that stays, and draw its cover frame to `poster`. Raises Unusable, TaskError."""
    found = await _probe(source=str(file), poster=str(poster), for_keeps=True)
    size, sha256 = found.pop("size"), found.pop("sha256")
    return KeptFilm(read_film(found), size, sha256)


async def _probe(**task: Any) -> dict[str, Any]:
    found = await probers.run(**task)
    if "refused" in found:
        raise Unusable(found["refused"], read(found["why"]))
    return found
