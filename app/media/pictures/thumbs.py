"""Small pictures for lists: made from a prepared one when somebody first looks, and kept beside it."""

import contextlib
import os
import tempfile
from io import BytesIO
from pathlib import Path

SIZE = (162, 210)
"""Three times what the list shows, for fine screens; cut to the list's shape around the middle."""

_QUALITY = 78


def small_of(picture: Path) -> Path:
    """Name the small one of a picture: beside it, and gone with it."""
    return picture.with_suffix(".small")


def read_small(picture: Path) -> bytes:
    """Give a prepared JPEG as a small one. Not for files of strangers: it decodes in this very process.

    Raises OSError where the picture is gone or damaged.
    """
    small = small_of(picture)
    with contextlib.suppress(FileNotFoundError):
        return small.read_bytes()
    jpeg = _shrink(picture)
    # A full or read-only disk costs the next look some milliseconds, not this one its picture.
    with contextlib.suppress(OSError):
        keep_beside(small, jpeg)
    return jpeg


def _shrink(picture: Path) -> bytes:
    # Megabytes of memory that a process nobody looks at pages through never needs.
    from PIL import Image, ImageOps

    with Image.open(picture, formats=("JPEG",)) as image:
        # The decoder leaves out what is not wanted: a third of the time.
        image.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
        shrunk = ImageOps.fit(image.convert("RGB"), SIZE, Image.Resampling.LANCZOS)
    file = BytesIO()
    shrunk.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def keep_beside(small: Path, jpeg: bytes) -> None:
    """Write it whole or not at all. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=small.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(jpeg)
        Path(name).replace(small)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
