"""A film in, an MP4 that TikTok takes out: FFmpeg's command line, and running it."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from app.kit.program import ProgramLimits, ProgramTimedOut, run_program
from app.media.sniff import Unusable
from app.media.video_kinds import MAX_FPS, MAX_SIDE, MIN_FPS, MIN_SIDE, Film

_LONG_SIDE, _SHORT_SIDE = 1920, 1080
_USUAL_FPS = 30.0
_FPS_ERROR = 0.02
_LAST_FRAME_SECONDS = 0.1
_PLAIN = {"h264": frozenset({"yuv420p", "yuvj420p"}), "hevc": frozenset({"yuv420p", "yuvj420p"})}
_RATES = frozenset({44_100, 48_000})
_THREADS = min(os.cpu_count() or 1, 4)

_REMUX_SECONDS = 300.0
_SECONDS_BESIDE, _SECONDS_PER_SECOND, _MOST_SECONDS = 90.0, 10.0, 1800.0

OnProgress = Callable[[float], Awaitable[None]]


class ConversionFailed(Exception):
    """FFmpeg did not bring it to an end; `is_transient` where a less busy machine may."""

    def __init__(self, message: str, *, is_transient: bool) -> None:
        super().__init__(message)
        self.message = message
        self.is_transient = is_transient


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be done to a film: its picture and its sound are copied as they are, or made anew."""

    new_picture: bool
    new_sound: bool


def choose(film: Film) -> Recipe:
    """Compare a film with what TikTok takes. MP4 and MOV alone are copied, so that all that is served is MP4."""
    upright = film.upright
    fits = (
        film.kind == "mov"
        and film.pixels in _PLAIN.get(film.codec, ())
        and not film.is_hdr
        and film.is_steady
        and film.rotation == 0
        and film.aspect == 1.0
        and MIN_FPS <= film.fps <= MAX_FPS + _FPS_ERROR
        and min(upright) >= MIN_SIDE
        and max(upright) <= MAX_SIDE
    )
    sound = film.sound
    is_good_sound = sound is None or (sound.codec == "aac" and sound.rate in _RATES and sound.channels <= 2)
    return Recipe(new_picture=not fits, new_sound=not is_good_sound)


async def convert(
    source: Path, target: Path, film: Film, recipe: Recipe, *, ffmpeg: str, most_seconds: float, on_progress: OnProgress
) -> None:
    """Write the film to the new file `target`; tell the share that is done. Raises ConversionFailed and Unusable."""
    seconds = _REMUX_SECONDS
    if recipe.new_picture:
        seconds = min(_SECONDS_BESIDE + film.seconds * _SECONDS_PER_SECOND, _MOST_SECONDS)
    limits = ProgramLimits(seconds=seconds, cpu_seconds=int(seconds * _THREADS))

    async def read(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.isdigit():
            await on_progress(min(int(value) / 1_000_000 / max(film.seconds, 0.1), 1.0))

    try:
        ended = await run_program(command(source, target, film, recipe, ffmpeg, most_seconds), limits, on_line=read)
    except ProgramTimedOut:
        raise ConversionFailed("the conversion takes too long on this machine", is_transient=True) from None
    if ended.code != 0:
        raise _blame(ended.code, ended.complaint)


def command(
    source: Path, target: Path, film: Film, recipe: Recipe, ffmpeg: str, most_seconds: float
) -> tuple[str, ...]:
    """Write FFmpeg's command line. Nothing of the file's metadata goes along: it may say where it was filmed."""
    picture = _new_picture(film) if recipe.new_picture else ("-c:v", "copy")
    if film.codec == "hevc" and not recipe.new_picture:
        picture += ("-tag:v", "hvc1")  # the name under which Apple's players, and those who copied them, look for it
    sound: tuple[str, ...] = ()
    if film.sound is not None:
        new = ("-c:a", "aac", "-b:a", "160k", "-ar", _rate(film.sound.rate), "-ac", "2", "-af", "aresample=async=1")
        sound = ("-map", f"0:{film.sound.index}", *(new if recipe.new_sound else ("-c:a", "copy")))
    return (
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1", "-stats_period", "1"),
        *("-protocol_whitelist", "file", "-threads", str(_THREADS), "-f", film.kind, "-i", f"file:{source}"),
        *("-map", f"0:{film.index}", *picture, *sound),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        # The header's length may be a lie: what is written ends where TikTok's limit does, the last frame included.
        *("-t", f"{most_seconds - _LAST_FRAME_SECONDS:g}", "-avoid_negative_ts", "make_zero"),
        *("-max_muxing_queue_size", "4096"),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    )


def _new_picture(film: Film) -> tuple[str, ...]:
    width, height, padding = fit(*film.upright)
    size = f"{width}:{height}"
    steps = ["bwdif=mode=send_frame:deint=interlaced", f"fps={rate(film.fps):.6g}"]
    if film.is_hdr:
        steps += [
            f"zscale=w={width}:h={height}:t=linear:npl=100:pin=bt2020:min=2020_ncl",
            "format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv",
        ]
    else:
        steps.append(f"scale={size}:flags=bicubic:out_range=tv")
    steps += [*padding, "setsar=1", "format=yuv420p"]
    colours = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709") if film.is_hdr else ()
    return (
        *("-vf", ",".join(steps), "-fps_mode", "cfr", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21"),
        *("-profile:v", "high", "-maxrate", "12M", "-bufsize", "24M", "-g", "120", "-flags:v", "+bitexact"),
        *("-threads", str(_THREADS), "-filter_threads", str(_THREADS), *colours),
    )


def fit(width: int, height: int) -> tuple[int, int, list[str]]:
    """Choose an even size within 1080 x 1920 of either shape, and at least 360 on each side: by bars where need be."""
    long, short = max(width, height), min(width, height)
    factor = min(1.0, _LONG_SIDE / long, _SHORT_SIDE / short)
    if short * factor < MIN_SIDE:
        factor = min(MIN_SIDE / short, _LONG_SIDE / long)
    wide, high = (max(2, 2 * floor(side * factor / 2 + 0.25)) for side in (width, height))
    if min(wide, high) >= MIN_SIDE:
        return wide, high, []
    return wide, high, [f"pad={max(wide, MIN_SIDE)}:{max(high, MIN_SIDE)}:(ow-iw)/2:(oh-ih)/2"]


def rate(fps: float) -> float:
    """Choose a rate that TikTok takes: the film's own, a multiple or a fraction of it, so that motion stays even."""
    if not 0.5 <= fps <= 1000:
        return _USUAL_FPS
    if abs(fps - round(fps)) < _FPS_ERROR:
        fps = round(fps)
    if fps < MIN_FPS:
        return min(fps * ceil(MIN_FPS / fps), MAX_FPS)
    return fps / ceil(fps / MAX_FPS)


def _rate(rate: int) -> str:
    return "44100" if rate % 11_025 == 0 else "48000"


def _blame(code: int, complaint: str) -> ConversionFailed | Unusable:
    if "No space left" in complaint or "Disk quota" in complaint:
        return ConversionFailed("no space is left for the video", is_transient=True)
    if code < 0 or "Cannot allocate memory" in complaint:
        return ConversionFailed("the conversion ran out of processor time or memory", is_transient=True)
    return Unusable("video_damaged", "the video cannot be decoded to its end; save it again as MP4 with H.264")
