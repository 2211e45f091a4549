"""Small films for tests, made by FFmpeg when first asked for and kept for the rest of the run."""

import functools
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import imageio_ffmpeg

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
HLG = "setparams=color_trc=arib-std-b67:color_primaries=bt2020:colorspace=bt2020nc,format=yuv420p10le"


FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def ffmpeg(*arguments: str) -> None:
    command = [FFMPEG, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True, timeout=100)


@functools.cache
def film(
    suffix: str = "mp4",
    codecs: tuple[str, ...] = H264,
    *,
    size: str = "640x360",
    fps: float = 30,
    seconds: float = 2,
    sound: bool = True,
    picture: str = "testsrc2",
    options: tuple[str, ...] = (),
) -> bytes:
    """A film of coloured bars with a tone."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"film.{suffix}"
        source = picture if ":" in picture or "=" in picture else f"{picture}=s={size}:r={fps}:d={seconds}"
        tone = ("-f", "lavfi", "-i", f"sine=d={seconds}") if sound else ()
        ffmpeg("-f", "lavfi", "-i", source, *tone, *codecs, *options, str(target))
        return target.read_bytes()


def fitting(**how: Any) -> bytes:
    """What TikTok takes as it is."""
    return film(**how)


def webm_15_fps() -> bytes:
    """What must be made anew: another container, another codec, too few frames."""
    return film("webm", VP9, fps=15)


@functools.cache
def turned(degrees: int = 90, *, fps: float = 30) -> bytes:
    """A film that lies on its side and says so, as telephones write them."""
    with tempfile.TemporaryDirectory() as folder:
        lying, target = Path(folder) / "lying.mp4", Path(folder) / "film.mp4"
        lying.write_bytes(film(fps=fps))
        ffmpeg("-display_rotation", str(degrees), "-i", str(lying), "-c", "copy", str(target))
        return target.read_bytes()


@functools.cache
def with_place() -> bytes:
    """A film that tells where it was made."""
    return film("mov", options=("-metadata", "location=+51.1605+071.4704/", "-metadata", "artist=Somebody"))


def cut_off(whole: bytes, share: float = 0.5) -> bytes:
    """A film of which only the first part arrived."""
    return whole[: int(len(whole) * share)]


def faststart() -> bytes:
    """A film whose index stands in front, so that its beginning plays although its end is missing."""
    return film(seconds=6, options=("-movflags", "+faststart"))


@functools.cache
def compressible_bomb(seconds: int = 1200) -> bytes:
    """A small Matroska file that unpacks to a very long film."""
    return film(
        "mkv", ("-c:v", "libx264", "-preset", "ultrafast", "-g", "6000", "-pix_fmt", "yuv420p"), sound=False,
        picture=f"color=black:s=64x64:r=2:d={seconds}",
    )  # fmt: skip
