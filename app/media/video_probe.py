"""Look into a video file, in a limited child process: nothing that the file says about itself is believed unseen."""

import hashlib
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.media.sniff import Unusable
from app.media.video_kinds import HEAD_BYTES, MAX_READ_SIDE, sniff_video

_MOST_PACKETS = 400_000
_HDR_TRANSFERS = frozenset({16, 18})  # SMPTE ST 2084 and ARIB STD-B67, by the numbers of ITU-T H.273
_COVER_SECONDS = 8.0
_MOST_COVER_FRAMES = 240
_POSTER = (1080, 1080)
_DARKEST_COVER, _FLATTEST_COVER = 28.0, 14.0


def probe(source: str, *, poster: str = "", for_keeps: bool = False) -> dict[str, Any]:
    """Describe the film in the file, as `video_kinds.Film`; with `for_keeps` also `size` and `sha256`.

    Its cover frame is written as a JPEG to the file `poster`. Or `refused` (a code) and `why`.
    """
    try:
        found = _probe(Path(source), poster)
    except Unusable as refusal:
        return {"refused": refusal.code, "why": refusal.message}
    except (av.FFmpegError, ValueError) as error:
        return {"refused": "video_damaged", "why": f"the video cannot be read ({type(error).__name__}); save it again"}
    if for_keeps:
        found |= _fingerprint(Path(source))
    return found


def open_film(source: Path, kind: str) -> InputContainer:
    """Open a file as what it is, and nothing that it points to."""
    return av.open(str(source), format=kind, options={"protocol_whitelist": "file"}, metadata_errors="ignore")


def _probe(source: Path, poster: str) -> dict[str, Any]:
    with source.open("rb") as file:
        kind = sniff_video(file.read(HEAD_BYTES))
    with open_film(source, kind) as film:
        stream = _find_picture(film)
        found = _describe(film, stream, kind) | _measure(film, stream)
    with open_film(source, kind) as film:
        frame, looks = _look(film, film.streams.video[_number(film, found["index"])])
        if poster:
            _save(frame, Path(poster))
    return found | looks


def _find_picture(film: InputContainer) -> VideoStream:
    for stream in film.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            if not 0 < max(stream.width, stream.height) <= MAX_READ_SIDE:
                raise Unusable("video_frame_size", f"frames of {stream.width} x {stream.height} pixels are not read")
            return stream
    raise Unusable("video_without_picture", "the file has no moving picture; it may be a sound recording")


def _number(film: InputContainer, index: int) -> int:
    return [stream.index for stream in film.streams.video].index(index)


def _describe(film: InputContainer, stream: VideoStream, kind: str) -> dict[str, Any]:
    context = stream.codec_context
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    sounds = [sound for sound in film.streams.audio if sound.codec_context is not None]
    sound = {
        "index": sounds[0].index,
        "codec": sounds[0].codec_context.name,
        "rate": sounds[0].rate,
        "channels": sounds[0].channels,
    } if sounds else None  # fmt: skip
    return {
        "kind": kind,
        "index": stream.index,
        "codec": context.codec.canonical_name,
        "pixels": context.pix_fmt or "",
        "width": stream.width,
        "height": stream.height,
        "aspect": aspect if 0.1 < aspect < 10 else 1.0,
        "is_hdr": int(context.color_trc) in _HDR_TRANSFERS,
        "sound": sound,
    }


def _measure(film: InputContainer, stream: VideoStream) -> dict[str, Any]:
    """Go through all packets without decoding them: what a header claims to hold may not be there, or be far more."""
    claimed = (film.duration or 0) / 1_000_000
    if stream.duration is not None and stream.time_base is not None:
        claimed = float(stream.duration * stream.time_base)
    clock = _Clock()
    sounded_until = 0.0
    for count, packet in enumerate(film.demux()):
        if count > _MOST_PACKETS:
            raise Unusable("video_too_many_parts", "the video has more frames than any that TikTok takes")
        if packet.pts is None or packet.time_base is None or not packet.size:
            continue
        if packet.stream.index == stream.index:
            clock.hear(packet)
        elif packet.stream.type == "audio":
            sounded_until = max(sounded_until, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    seconds = max(clock.last - clock.first, 0.0)
    if clock.count == 0:
        raise Unusable("video_damaged", "the video has no frames; upload it again")
    whole = max(seconds, sounded_until - max(clock.first, 0.0))
    if claimed - whole > max(1.0, claimed * 0.05):
        missing = f"it should be {claimed:.0f} s long and ends after {whole:.0f} s"
        raise Unusable("video_incomplete", f"the file is damaged or incomplete: {missing}; upload it again")
    return {"fps": clock.count / seconds if seconds else 0.0, "seconds": whole, "is_steady": clock.is_steady}


class _Clock:
    """The times of one stream's packets."""

    def __init__(self) -> None:
        self.count = 0
        self.first = float("inf")
        self.last = 0.0
        self.is_steady = True
        self._decoded_at: int | None = None
        self._step = 0.0

    def hear(self, packet: "av.Packet[Any]") -> None:
        assert packet.pts is not None
        assert packet.time_base is not None
        at = float(packet.pts * packet.time_base)
        self._step = float(packet.duration * packet.time_base) if packet.duration else self._step
        self.count += 1
        self.first = min(self.first, at)
        self.last = max(self.last, at + self._step)
        if packet.dts is None or (self._decoded_at is not None and packet.dts <= self._decoded_at):
            self.is_steady = False
        self._decoded_at = packet.dts


def _look(film: InputContainer, stream: VideoStream) -> tuple[VideoFrame, dict[str, Any]]:
    """Decode the beginning: is it a picture at all, which way up, and which frame is fit to be the cover?"""
    stream.thread_type = "NONE"
    first: VideoFrame | None = None
    start = 0.0
    for count, frame in enumerate(film.decode(stream)):
        at = frame.time or 0.0
        if first is None:
            first, start = frame, at
        if _is_worth_seeing(frame):
            return frame, {"rotation": first.rotation, "cover_ms": max(0, round((at - start) * 1000))}
        if at - start > _COVER_SECONDS or count > _MOST_COVER_FRAMES:
            break
    if first is None:
        raise Unusable("video_damaged", "no frame of the video can be decoded; save it again")
    return first, {"rotation": first.rotation, "cover_ms": None}


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


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": digest}
