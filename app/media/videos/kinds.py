"""What a downloaded video is, by its first bytes, and what TikTok takes.

A file is only ever opened as what its first bytes say: left to guess, FFmpeg would take a playlist for a video and
open the files and addresses that it names.
"""

from dataclasses import dataclass
from typing import Any

from app.media.sniff import Unusable
from app.media.videos.edits import Edit
from app.messages import media_faults

HEAD_BYTES = 4096

MAX_SECONDS = 600
"""The longest video that TikTok's API takes from anybody; a creator may have less."""

SLACK_SECONDS = 0.5
"""The sound of a film cut to three minutes ends a little later; what is too much is cut off when it is made ready."""

MIN_SECONDS = 1.0
MIN_SIDE, MAX_SIDE = 360, 4096
MIN_FPS, MAX_FPS = 23.0, 60.0
MAX_READ_SIDE, MAX_READ_PIXELS = 8192, 8192 * 4352
"""Larger frames than those of cameras for 8K are not even decoded: one would take seconds and hundreds of megabytes."""

_EBML = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound track that goes with the picture. `edits`: the stretches of it that are shown, where they are named."""

    index: int
    codec: str
    rate: int
    channels: int
    is_straight: bool = True
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Film:
    """What a child process found in a file: the picture as it is stored, what is shown of it and when, its sound.

    `is_straight`: the whole track is shown, from the beginning on; else `edits` name the stretches that are, unless
    they are left to FFmpeg. `picture_seconds`: when the picture ends, while the sound may go on. `lead`: what of
    FFmpeg's own time goes before the film. `fps` is what a second holds on the average, `usual_fps` what moving scenes
    have. `fields`: empty for whole frames, `marked` where each tells how its fields follow each other, else that order.
    """

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
    cover_ms: int | None = None
    is_mirrored: bool = False
    is_straight: bool = True
    usual_fps: float = 0.0
    lead: float = 0.0
    picture_seconds: float = 0.0
    fields: str = ""
    edits: tuple[Edit, ...] = ()

    @property
    def upright(self) -> tuple[int, int]:
        """The size as a viewer sees it: square pixels, turned upright."""
        size = (round(self.width * self.aspect), self.height)
        return (size[1], size[0]) if round(self.rotation / 90) % 2 else size

    @property
    def facts(self) -> str:
        """The film in short, for a timeline in any language."""
        width, height = self.upright
        return f"{self.codec.upper()}, {width} × {height}, {self.fps:.4g} fps, {self.seconds:.0f} s"

    @property
    def is_cut(self) -> bool:
        """Whether its edit lists must be followed stretch by stretch."""
        return bool(self.edits or (self.sound is not None and self.sound.edits))


def read_film(found: dict[str, Any]) -> Film:
    """Read a child's answer."""
    sound = found.pop("sound")
    return Film(**_with_edits(found), sound=Sound(**_with_edits(sound)) if sound else None)


def _with_edits(found: dict[str, Any]) -> dict[str, Any]:
    return found | {"edits": tuple(Edit(**edit) for edit in found["edits"])}


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
        raise Unusable("video_is_playlist", media_faults.PLAYLIST)
    if text.startswith(b"<"):
        raise Unusable("video_is_page", media_faults.PAGE_NOT_FILM)
    raise Unusable("video_kind", media_faults.NO_FILM)


def check_whole(film: Film, picture_seconds: float) -> None:
    """Compare a film with how long its picture lasted when it was decoded. Raises Unusable where a part is missing."""
    if film.picture_seconds - picture_seconds > max(1.0, film.picture_seconds * 0.05):
        raise Unusable("video_damaged", media_faults.ONLY_IN_PART)


def check_made(film: Film, made: Film) -> None:
    """Compare a film with what was made of it. Raises Unusable where it is not what players show of the first."""
    check_whole(film, made.picture_seconds)
    differs = abs(film.seconds - made.seconds) > max(1.0, film.seconds * 0.05)
    if differs or not made.is_straight or made.fields:
        raise Unusable("video_damaged", media_faults.ONLY_IN_PART)


def check_film(film: Film, most_seconds: float) -> None:
    """Refuse what no conversion can mend. Raises Unusable."""
    if film.seconds > most_seconds + SLACK_SECONDS:
        raise Unusable(
            "video_too_long",
            media_faults.film_too_long(seconds=round(film.seconds), most=round(most_seconds)),
        )
    if film.seconds < MIN_SECONDS:
        raise Unusable("video_too_short", media_faults.TOO_SHORT)
    width, height = film.upright
    if max(width, height) > 8 * min(width, height):
        raise Unusable("video_too_narrow", media_faults.film_too_narrow(width=width, height=height))
