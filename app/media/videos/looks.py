"""What a film's frames look like: which way up, made of fields or not, and which is fit to be the cover."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, cast

import av
from av.container import InputContainer
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.media.sniff import Unusable
from app.messages import media_faults

_FIRST_FRAMES, _SAMPLES, _FRAMES_A_SAMPLE = 4, 3, 2
_COVER_SECONDS = 8.0
_MOST_COVER_FRAMES = 240
_MOST_PACKETS_LOOKED_AT = 3000
_MOST_SECONDS_OF_WORK = 5.0
_POSTER = (1080, 1080)
_DARKEST_COVER, _FLATTEST_COVER = 28.0, 14.0


def look(film: InputContainer, index: int, seconds: float) -> dict[str, Any]:
    """Decode a few frames, no more: they are somebody's, and may be large."""
    stream = _stream(film, index)
    until = monotonic() + _MOST_SECONDS_OF_WORK
    frames = list(islice(_decode(film, stream), _FIRST_FRAMES))
    if not frames:
        raise Unusable("video_damaged", media_faults.NO_FRAME)
    first = frames[0]
    if film.format.name.startswith("mov"):  # what else there is is made anew, and has its fields found then
        for number in range(1, _SAMPLES + 1):
            if monotonic() > until:
                break
            with suppress(av.FFmpegError):
                film.seek(int(seconds * number / (_SAMPLES + 1) * 1_000_000))
                frames += islice(_decode(film, stream), _FRAMES_A_SAMPLE)
    seen = {"rotation": first.rotation, "is_mirrored": _is_mirrored(first)}
    return seen | ({"fields": "marked"} if any(frame.interlaced_frame for frame in frames) else {})


def find_cover(film: InputContainer, index: int, poster: Path) -> int | None:
    """Find the first frame that is worth seeing and keep it as a JPEG; tell when it comes, in milliseconds."""
    until = monotonic() + _MOST_SECONDS_OF_WORK
    first: VideoFrame | None = None
    for count, frame in enumerate(_decode(film, _stream(film, index))):
        first = first or frame
        after = (frame.time or 0.0) - (first.time or 0.0)
        if _is_worth_seeing(frame):
            _save(frame, poster)
            return max(0, round(after * 1000))
        if after > _COVER_SECONDS or count > _MOST_COVER_FRAMES or monotonic() > until:
            break
    if first is None:
        raise Unusable("video_damaged", media_faults.NO_FRAME)
    _save(first, poster)
    return None


def _stream(film: InputContainer, index: int) -> VideoStream:
    stream = film.streams[index]
    assert isinstance(stream, VideoStream)
    stream.thread_type = "NONE"
    return stream


def _decode(film: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decode as FFmpeg does when it converts: what cannot be, as a broadcast's torn beginning, is passed over."""
    for count, packet in enumerate(film.demux(stream)):
        with suppress(av.InvalidDataError):
            yield from packet.decode()
        if count > _MOST_PACKETS_LOOKED_AT:
            return


def _is_mirrored(frame: VideoFrame) -> bool:
    try:
        matrix = bytes(cast(SideDataContainer, frame.side_data)[SideData.DISPLAYMATRIX])
    except KeyError:
        return False
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    return bool(a * d - b * c < 0)


def _save(frame: VideoFrame, poster: Path) -> None:
    picture = frame.to_image()  # type: ignore[no-untyped-call]
    picture.thumbnail(_POSTER)
    picture.save(poster, "JPEG", quality=85)


def _is_worth_seeing(frame: VideoFrame) -> bool:
    """Tell a picture from the black or plain frames of a fade-in."""
    small = frame.reformat(width=64, height=64, format="gray")
    plane = bytes(small.planes[0])
    stride = small.planes[0].line_size
    grey = b"".join(plane[row * stride : row * stride + 64] for row in range(64))
    mean = sum(grey) / len(grey)
    spread = (sum(value * value for value in grey) / len(grey) - mean * mean) ** 0.5
    return mean > _DARKEST_COVER and spread > _FLATTEST_COVER
