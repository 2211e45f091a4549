"""What a downloaded video is, by its first bytes, and what TikTok takes.

A file is only ever opened as what its first bytes say: left to guess, FFmpeg would take a playlist for a video and
open the files and addresses that it names.
"""

from dataclasses import dataclass
from typing import Any

from app.media.sniff import Unusable

HEAD_BYTES = 4096

MAX_SECONDS = 600
"""The longest video that TikTok's API takes from anybody; a creator may have less."""

SLACK_SECONDS = 0.5
"""The sound of a film cut to three minutes ends a little later; what is too much is cut off when it is made ready."""

MIN_SECONDS = 1.0
MIN_SIDE, MAX_SIDE = 360, 4096
MIN_FPS, MAX_FPS = 23.0, 60.0
MAX_READ_SIDE = 8192
"""Larger frames are not even decoded: one of them would take hundreds of megabytes."""

_EBML = b"\x1a\x45\xdf\xa3"
_ADVICE = "upload it to the CMS as MP4 with H.264"


@dataclass(frozen=True, slots=True)
class Sound:
    """A video's first sound track."""

    index: int
    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Film:
    """What a child process found in a file: the picture as it is stored, its true length and rate, its sound."""

    kind: str
    index: int
    codec: str
    pixels: str
    width: int
    height: int
    aspect: float
    rotation: int
    fps: float
    seconds: float
    is_hdr: bool
    is_steady: bool
    sound: Sound | None
    cover_ms: int | None

    @property
    def upright(self) -> tuple[int, int]:
        """The size as a viewer sees it: square pixels, turned upright."""
        size = (round(self.width * self.aspect), self.height)
        return (size[1], size[0]) if self.rotation % 180 else size

    @property
    def facts(self) -> str:
        """The film in short, for a timeline in any language."""
        width, height = self.upright
        return f"{self.codec.upper()}, {width} × {height}, {self.fps:.4g} fps, {self.seconds:.0f} s"


def read_film(found: dict[str, Any]) -> Film:
    """Read a child's answer."""
    sound = found.pop("sound")
    return Film(**found, sound=Sound(**sound) if sound else None)


def sniff_video(head: bytes) -> str:
    """Tell FFmpeg's name of the container that begins with these bytes. Raises Unusable saying what it is instead."""
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return "mov"
    if head.startswith(_EBML):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head[:1] == b"G" and head[188:189] == b"G" and head[376:377] == b"G":
        return "mpegts"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"#extm3u"):
        raise Unusable("video_is_playlist", f"this is a playlist, not a video; {_ADVICE}")
    if text.startswith(b"<"):
        raise Unusable("video_is_page", "this is a web page, not a video; give the address of the video file itself")
    raise Unusable("video_kind", f"this is no video that is known here; {_ADVICE}")


def check_film(film: Film, most_seconds: float) -> None:
    """Refuse what no conversion can mend. Raises Unusable."""
    if film.seconds > most_seconds + SLACK_SECONDS:
        raise Unusable(
            "video_too_long",
            f"the video is {film.seconds:.0f} s long and TikTok takes at most {most_seconds:.0f} s from this account; "
            "cut it",
        )
    if film.seconds < MIN_SECONDS:
        raise Unusable("video_too_short", "the video is shorter than a second")
    width, height = film.upright
    if max(width, height) > 8 * min(width, height):
        raise Unusable("video_too_narrow", f"a video of {width} x {height} pixels is too narrow to be shown")
