"""A look into files: what they are by their bytes, never by their names."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from app.emulator.business_api.errors import BusinessError

_PICTURES = ("JPEG", "PNG")
_VIDEOS = {"mov": "mp4", "mp4": "mp4", "mpeg": "mpeg", "avi": "avi"}


@dataclass(frozen=True)
class Look:
    width: int
    height: int
    format: str
    duration: float = 0.0
    bit_rate: int = 0


def look_at_picture(content: bytes) -> Look:
    """Raises BusinessError."""
    try:
        with Image.open(io.BytesIO(content), formats=_PICTURES) as image:
            image.verify()
            return Look(*image.size, format=(image.format or "").lower())
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BusinessError(40908, "The file type is wrong: JPG or PNG is wanted.") from None


def look_at_video(content: bytes) -> Look:
    """Raises BusinessError."""
    # Not at the top: an emulator that only ever sees pictures has no use for FFmpeg's 100 MB.
    import av

    try:
        with av.open(io.BytesIO(content), "r") as opened:
            kind = next((name for name in opened.format.name.split(",") if name in _VIDEOS), None)
            if kind is None or not opened.streams.video:
                raise BusinessError(40908, "The file type is wrong: MP4, MOV, MPEG or AVI is wanted.")
            stream = opened.streams.video[0]
            seconds = (opened.duration or 0) / 1_000_000
            return Look(
                stream.codec_context.width,
                stream.codec_context.height,
                _VIDEOS[kind],
                round(seconds, 3),
                opened.bit_rate or 0,
            )
    except (av.FFmpegError, OSError, ValueError, IndexError):
        raise BusinessError(40908, "The file type is wrong: it is no video.") from None
