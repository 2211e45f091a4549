"""Has children convert pictures: a bomb or a broken file takes no more than the child with it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kit.sandbox.pool import ProcessPool, TaskError, TaskFailed, TaskLimits
from app.media import store
from app.media.problems import ImageSource, MediaProblem
from app.messages import media_faults
from app.messages.message import read

MAX_FILE_BYTES = 100 * 1024 * 1024
"""A phone's 200 million pixels are 20 to 60 MB. It goes to the disk as it comes, and is gone once it is converted."""

converters = ProcessPool(
    "app.media.pictures.convert:convert",
    # An end marker may be put to the download.
    limits=TaskLimits(file_bytes=MAX_FILE_BYTES + 1024),
    # One thread per child, and few malloc arenas: each thread and arena takes address space, which is limited.
    environment={"VIPS_CONCURRENCY": "1", "VIPS_WARNING": "0", "MALLOC_ARENA_MAX": "2"},
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A converted picture in the folder."""

    source: ImageSource
    file: Path
    width: int
    height: int
    size: int
    sha256: str


def conversion_problem(image: ImageSource, error: TaskError) -> MediaProblem | str:
    """Say what a failed conversion means: a problem of the picture's, or what the disk said."""
    if isinstance(error, TaskFailed):
        if error.errno in store.REFUSALS:
            return os.strerror(error.errno)
        return MediaProblem(image.url, "image_not_converted", media_faults.PICTURE_UNREADABLE)
    message = media_faults.PICTURE_TOO_HEAVY
    return MediaProblem(image.url, "image_too_heavy", message, is_transient=True)


def read_answer(image: ImageSource, jpeg: Path, found: dict[str, Any]) -> Picture | MediaProblem:
    """Read what the conversion says of a picture."""
    if "refused" in found:
        return MediaProblem(image.url, found["refused"], read(found["why"]))
    return Picture(image, jpeg, found["width"], found["height"], found["size"], found["sha256"])
