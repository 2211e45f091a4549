"""Which way up a PNG is: libvips does not read its EXIF chunk, and browsers obey it."""

import os
from pathlib import Path

_EXIF_ORIENTATION = 0x0112
_MOST_PNG_CHUNKS = 10_000


def png_orientation(source: Path) -> int:
    """Give the EXIF orientation, 1 where there is none."""
    with source.open("rb") as file:
        file.seek(8)
        for _ in range(_MOST_PNG_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IEND":
                break
            length = int.from_bytes(head[:4], "big")
            if head[4:] != b"eXIf":
                file.seek(length + 4, os.SEEK_CUR)
                continue
            from PIL import Image

            exif = Image.Exif()
            try:
                exif.load(b"Exif\x00\x00" + file.read(min(length, 65536)))
            except (SyntaxError, ValueError, OSError):
                break
            orientation = exif.get(_EXIF_ORIENTATION, 1)
            return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    return 1
