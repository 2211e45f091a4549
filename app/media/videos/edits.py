"""A film's edit lists: which stretches of its tracks players show, when an editor has cut without re-encoding.

Read by ourselves because FFmpeg's reading is not enough: in fragmented files it honours no ends, and where a list jumps
within an open group of pictures its decoders lose what follows. See ISO/IEC 14496-12, 8.6.6.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_MOST_BYTES = 64 * 1024 * 1024
_MOST_BOXES = 10_000
_TO_THE_END = 1e9


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a track's own time that is shown, and for how long nothing is shown before it."""

    start: float
    seconds: float
    gap: float = 0.0

    @property
    def end(self) -> float:
        return self.start + self.seconds


@dataclass(frozen=True, slots=True)
class Movie:
    """What the boxes of an MP4 or MOV tell: the edit lists of its tracks by their numbers, and whether it is whole."""

    edits: dict[int, list[Edit]]
    has_index: bool
    is_cut_off: bool


def read_movie(file: Path) -> Movie:
    """Walk over a file's outermost boxes; the media between them is not read. What makes no sense is left out."""
    size = file.stat().st_size
    index, at = None, 0
    with file.open("rb") as opened:
        for _ in range(_MOST_BOXES):
            opened.seek(at)
            head = opened.read(16)
            if len(head) < 8:
                break
            length, skip = _length(head, size - at)
            if head[4:8] == b"moov" and index is None:
                opened.seek(at + skip)
                index = opened.read(min(max(length - skip, 0), _MOST_BYTES))
            if length < skip:
                break
            at += length
    return Movie(_read_edits(index or b""), has_index=index is not None, is_cut_off=at > size)


def _length(head: bytes, rest: int) -> tuple[int, int]:
    length = int.from_bytes(head[:4], "big")
    if length == 1 and len(head) == 16:
        return int.from_bytes(head[8:], "big"), 16
    return length or rest, 8


def _read_edits(index: bytes) -> dict[int, list[Edit]]:
    try:
        return dict(_read_tracks(index))
    except (struct.error, IndexError, ZeroDivisionError):
        return {}


def _read_tracks(index: bytes) -> Iterator[tuple[int, list[Edit]]]:
    boxes = list(_boxes(index))
    scale = next((_time_scale(body) for kind, body in boxes if kind == b"mvhd"), 0)
    for kind, body in boxes:
        if kind == b"trak":
            track = dict(_boxes(body))
            media, edits = dict(_boxes(track.get(b"mdia", b""))), dict(_boxes(track.get(b"edts", b"")))
            if {b"tkhd"} <= track.keys() and b"mdhd" in media and b"elst" in edits:
                number = struct.unpack_from(">I", track[b"tkhd"], 20 if track[b"tkhd"][0] == 1 else 12)[0]
                yield number, _merge(_read_list(edits[b"elst"], scale, _time_scale(media[b"mdhd"])))


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(body):
            return
        length = struct.unpack_from(">I", body, at)[0] or len(body) - at
        if length < 8:
            return
        yield body[at + 4 : at + 8], body[at + 8 : at + length]
        at += length


def _time_scale(header: bytes) -> int:
    return int(struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)[0])


def _read_list(body: bytes, movie_scale: int, track_scale: int) -> Iterator[Edit]:
    form = struct.Struct(">Qqi" if body[0] == 1 else ">Iii")
    count = struct.unpack_from(">I", body, 4)[0]
    gap = 0.0
    for number in range(min(count, (len(body) - 8) // form.size)):
        length, start, _rate = form.unpack_from(body, 8 + number * form.size)
        seconds = length / movie_scale
        if start < 0:
            gap += seconds
        elif length or count == 1:
            # Written before anybody knew how long it would become, a list of one says 0 and means all.
            yield Edit(start / track_scale, seconds or _TO_THE_END, gap)
            gap = 0.0


def _merge(edits: Iterator[Edit]) -> list[Edit]:
    """Take stretches that follow each other as one."""
    merged: list[Edit] = []
    for edit in edits:
        if merged and not edit.gap and abs(merged[-1].end - edit.start) < 0.001:
            merged[-1] = replace(merged[-1], seconds=merged[-1].seconds + edit.seconds)
        else:
            merged.append(edit)
    return merged
