"""The outermost boxes of an MP4 or MOV file: whether it is whole, and in which order it is laid out."""

from dataclasses import dataclass
from typing import IO

_MOST_BOXES = 10_000
# Without a "ftyp" box, as QuickTime files had it before 2004.
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


class BrokenBoxes(Exception):
    """Not such a file, or not all of it."""


@dataclass(frozen=True)
class Layout:
    container: str
    faststart: bool


def read_layout(file: IO[bytes]) -> Layout:
    """Walk the boxes from the first to the last byte. Raises BrokenBoxes."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if head[4:8] != b"ftyp" and head[4:8] not in _OLD_QUICKTIME:
        raise BrokenBoxes("neither MP4, MOV nor WebM")
    is_mp4 = head[4:8] == b"ftyp" and head[8:12] != b"qt  "
    kinds = _walk(file, size)
    if b"moov" not in kinds:
        raise BrokenBoxes("no index (moov)")
    frames = [place for place, kind in enumerate(kinds) if kind in {b"mdat", b"moof"}]
    if not frames:
        raise BrokenBoxes("no frames (mdat)")
    return Layout("mp4" if is_mp4 else "mov", kinds.index(b"moov") < frames[0])


def _walk(file: IO[bytes], size: int) -> list[bytes]:
    kinds: list[bytes] = []
    position = 0
    while position < size:
        file.seek(position)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4]), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16])
        elif length == 0:
            length = size - position
        if len(header) < 8 or length < 8 or position + length > size or len(kinds) >= _MOST_BOXES:
            raise BrokenBoxes(f"the box at byte {position} does not fit into {size} bytes")
        kinds.append(kind)
        position += length
    return kinds
