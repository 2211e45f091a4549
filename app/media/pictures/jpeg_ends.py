"""How a JPEG ends: whether all of it is there, where the decoder only warns."""

import mmap
import re
from pathlib import Path

_END = b"\xff\xd9"
# Of a marker with a segment its length follows; in a scan 0xFF is data before 0x00, and restarts stand among the data.
_MARKER = re.compile(rb"\xff++[^\x00\xff\xd0-\xd7]")
_BARE = frozenset({0x01, 0xD8})
# What libjpeg warns of although every pixel is there: an odd profile or header.
_HARMLESS = re.compile(r"bad ICC marker|JFIF|Adobe", re.IGNORECASE)
_LEFT_OVER = re.compile(r"([0-9]+) extraneous bytes before marker 0xd9")
_FEW = 16
"""Some encoders leave as many odd bytes behind the data; more of them are the data of pixels that came out wrong."""


def end_jpeg(source: Path) -> None:
    """Give a JPEG the end marker that it may lack.

    Browsers show one that lacks no more than that. Behind another end marker nobody reads this one, and where data are
    missing, libjpeg warns of that.
    """
    with source.open("ab") as file:
        file.write(_END)


def is_harmless(warning: str, source: Path) -> bool:
    """Tell whether what libjpeg warns of has cost no pixel. Padding before the end is zeros, or short."""
    left_over = _LEFT_OVER.search(warning)
    if left_over is None:
        return _HARMLESS.search(warning) is not None
    count = int(left_over[1])
    return count <= _FEW or not _before_end(source, count).strip(b"\0")


def _before_end(source: Path, count: int) -> bytes:
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while found := _MARKER.search(data, at):
            at = found.end()
            if data[at - 1] == _END[1]:
                return data[max(0, found.start() - count) : found.start()]
            if data[at - 1] not in _BARE:
                at += int.from_bytes(data[at : at + 2])
    return b"?"
