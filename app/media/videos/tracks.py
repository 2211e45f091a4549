"""Which of a file's tracks are the picture and the sound, and what their headers say."""

from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from app.media.sniff import Unusable
from app.media.videos.kinds import MAX_READ_PIXELS, MAX_READ_SIDE
from app.messages import media_faults

_HDR_TRANSFERS = frozenset({16, 18})  # SMPTE ST 2084 and ARIB STD-B67, by the numbers of ITU-T H.273
_STILLS = frozenset({"png", "mjpeg", "bmp", "gif", "tiff", "webp", "jpeg2000"})
_FIELD_ORDERS = {2: "tff", 3: "bff", 4: "bff", 5: "tff"}  # AV_FIELD_TT, BB, TB, BT: which field is shown first


def find_picture(film: InputContainer) -> VideoStream:
    """Choose the moving picture: not a cover or a preview that cameras and sound recorders put beside it."""
    pictures = [
        stream
        for stream in film.streams.video
        if not stream.disposition & (Disposition.attached_pic | Disposition.still_image)
        and not stream.disposition & Disposition.timed_thumbnails
    ]
    known = [stream for stream in pictures if stream.codec_context is not None]
    if not known and pictures:
        raise Unusable("video_codec", media_faults.FILM_MADE_ODDLY)
    if not known:
        raise Unusable("video_without_picture", media_faults.NO_MOVING_PICTURE)
    best = max(known, key=_is_a_film)
    width, height = best.width, best.height
    if min(width, height) <= 0 or max(width, height) > MAX_READ_SIDE or width * height > MAX_READ_PIXELS:
        raise Unusable("video_frame_size", media_faults.odd_frames(width=width, height=height))
    return best


def _is_a_film(stream: VideoStream) -> tuple[bool, bool]:
    return stream.codec_context.name not in _STILLS, bool(stream.disposition & Disposition.default)


def find_sound(film: InputContainer) -> AudioStream | None:
    """Choose the sound that players choose: the first that is marked as usual, of those that can be decoded."""
    known = [
        stream for stream in film.streams.audio if stream.codec_context is not None and stream.rate and stream.channels
    ]
    return max(known, key=lambda stream: bool(stream.disposition & Disposition.default), default=None)


def describe(stream: VideoStream, sound: AudioStream | None, kind: str) -> dict[str, Any]:
    """Tell what the headers say of the picture and the sound."""
    context = stream.codec_context
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    return {
        "kind": kind,
        "index": stream.index,
        "codec": context.codec.canonical_name,
        "pixels": context.pix_fmt or "",
        "width": stream.width,
        "height": stream.height,
        "aspect": aspect if 0.1 < aspect < 10 else 1.0,
        "is_hdr": int(context.color_trc) in _HDR_TRANSFERS,
        "fields": _FIELD_ORDERS.get(int(context.field_order), ""),
        "sound": None if sound is None else _describe_sound(sound),
    }


def _describe_sound(sound: AudioStream) -> dict[str, Any]:
    return {
        "index": sound.index,
        "codec": sound.codec_context.name,
        "rate": sound.rate,
        "channels": sound.channels,
    }
