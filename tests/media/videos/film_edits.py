"""Films whose every second has its own shade and loudness, edit lists of our own for them, and what is seen of a film.

An edit list says which stretches of a track are shown (ISO/IEC 14496-12, 8.6.6): FFmpeg writes only simple ones.
"""

import array
import functools
import struct
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import av

from tests.media.videos.films import ffmpeg

SHADES = "geq=lum='40+40*floor(T)':cb=128:cr=128"
LOUDNESS = "aevalsrc='0.15*floor(t)*sin(2*PI*440*t)':s=48000"
B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac")
HEVC_10 = (
    *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=60:bframes=3"),
    *("-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:a", "aac"),
)

Stretch = tuple[float, float]
"""From which second of the track, or -1 for nothing; and for how many seconds."""


@functools.cache
def shaded(
    suffix: str = "mp4",
    codecs: tuple[str, ...] = B_FRAMES,
    *,
    seconds: int = 5,
    size: str = "64x64",
    options: tuple[str, ...] = (),
) -> bytes:
    """A film that is one step lighter and louder every second."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"film.{suffix}"
        picture = ("-f", "lavfi", "-i", f"nullsrc=s={size}:r=30:d={seconds},{SHADES}")
        ffmpeg(*picture, "-f", "lavfi", "-i", f"{LOUDNESS}:d={seconds}", *codecs, *options, str(target))
        return target.read_bytes()


@functools.cache
def trimmed(suffix: str = "mp4", codecs: tuple[str, ...] = B_FRAMES, *, at: float = 2.5, how: str = "-ss") -> bytes:
    """What is left when its first seconds are cut away without encoding it anew (`-t`: when the rest is)."""
    with tempfile.TemporaryDirectory() as folder:
        whole, target = Path(folder) / f"whole.{suffix}", Path(folder) / f"film.{suffix}"
        whole.write_bytes(shaded(suffix, codecs))
        ffmpeg(how, str(at), "-i", str(whole), "-c", "copy", str(target))
        return target.read_bytes()


def edited(film: bytes, stretches: Sequence[Stretch], *, tracks: Sequence[bytes] = (b"vide", b"soun")) -> bytes:
    """Give tracks of a film this edit list in place of their own. Its index must stand behind its media."""
    (index,) = [body for kind, body in _boxes(film) if kind == b"moov"]
    scale = next(_time_scale(body) for kind, body in _boxes(index) if kind == b"mvhd")
    made = b"".join(
        _box(kind, _edit(body, stretches, tracks, scale) if kind == b"trak" else body) for kind, body in _boxes(index)
    )
    return b"".join(_box(kind, made if kind == b"moov" else body) for kind, body in _boxes(film))


def _edit(track: bytes, stretches: Sequence[Stretch], tracks: Sequence[bytes], movie_scale: int) -> bytes:
    media = dict(_boxes(dict(_boxes(track))[b"mdia"]))
    if media[b"hdlr"][8:12] not in tracks:
        return track
    scale = _time_scale(media[b"mdhd"])
    # With frames that are decoded before others, the first is shown two frames after the track's zero.
    delay = 2 / 30 if media[b"hdlr"][8:12] == b"vide" else 1024 / 48_000
    rows = b"".join(
        struct.pack(">IiI", round(length * movie_scale), -1 if start < 0 else round((start + delay) * scale), 0x10000)
        for start, length in stretches
    )
    edits = _box(b"edts", _box(b"elst", struct.pack(">II", 0, len(stretches)) + rows))
    kept = [(kind, body) for kind, body in _boxes(track) if kind != b"edts"]
    return b"".join(_box(kind, body) + (edits if kind == b"tkhd" else b"") for kind, body in kept)


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    while body:
        length = int.from_bytes(body[:4], "big")
        yield body[4:8], body[8:length]
        body = body[length:]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _time_scale(header: bytes) -> int:
    return int.from_bytes(header[12:16], "big")


def shades_of(file: Path) -> list[tuple[int, float]]:
    """Which seconds of a shaded film are seen in this one, one after the other, and each for how long."""
    with av.open(str(file)) as film:
        assert not any(packet.is_discard for packet in film.demux(video=0))
    with av.open(str(file)) as film:
        frames = [(_shade(frame), frame.time or 0.0) for frame in film.decode(video=0)]
    step = (frames[-1][1] - frames[0][1]) / (len(frames) - 1)
    assert frames[0][1] <= 0.05
    return [(shade, round(len(list(some)) * step, 2)) for shade, some in groupby(shade for shade, _ in frames)]


def _shade(frame: av.VideoFrame) -> int:
    grey = bytes(frame.reformat(width=8, height=8, format="gray").planes[0])[0]
    return round((grey - 40) / 40)


def loudness_of(file: Path) -> list[int]:
    """Which second of a shaded film is heard in each half second of this one."""
    with av.open(str(file)) as film:
        waves = array.array("f")
        for frame in film.decode(audio=0):
            waves.frombytes(bytes(frame.planes[0])[: frame.samples * 4])
        half = (film.streams.audio[0].rate or 0) // 2
    begins = range(half // 4, len(waves) - half // 2, half)
    # Made anew, one channel becomes two, each of half the power.
    return [round(max(waves[at : at + half // 2]) / 0.15 * 2**0.5) for at in begins]
