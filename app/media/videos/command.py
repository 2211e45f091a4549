"""FFmpeg's command line that makes of a film what TikTok takes: which stretches of it, and how they are made anew."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from app.media.videos.edits import Edit
from app.media.videos.kinds import MAX_FPS, MAX_SECONDS, MIN_FPS, MIN_SIDE, Film, Sound

THREADS = min(os.cpu_count() or 1, 4)

_LONG_SIDE, _SHORT_SIDE = 1920, 1080
_USUAL_FPS = 30.0
FPS_ERROR = 0.02
_LAST_FRAME_SECONDS = 0.1
_RUN_UP_SECONDS = 2.0
_FEW_INPUTS = 4
_FILLED = "aresample=async=1:first_pts=0"  # silence where the sound has holes


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be done to a film: its picture and its sound are copied as they are, or made anew."""

    new_picture: bool
    new_sound: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A film to be made. `is_trial`: all is decoded as for that, and nothing kept."""

    source: Path
    target: Path
    film: Film
    recipe: Recipe
    most_seconds: float
    is_trial: bool = False


def command(task: Task, ffmpeg: str) -> tuple[str, ...]:
    """Write FFmpeg's command line. Nothing of the file's metadata goes along: it may say where it was filmed."""
    return (
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1", "-stats_period", "1"),
        *_Streams(task).arguments(),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        # The header's length may be a lie: what is written ends where TikTok's limit does, the last frame included.
        *("-t", f"{min(task.film.seconds, task.most_seconds - _LAST_FRAME_SECONDS):.6g}"),
        *("-max_muxing_queue_size", "4096"),
        *(("-f", "null", "-") if task.is_trial else ("-movflags", "+faststart", "-f", "mp4", f"file:{task.target}")),
    )


class _Streams:
    """The inputs, the graph of filters, and what goes into the new file."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._inputs: list[tuple[str, ...]] = []
        self._graphs: list[str] = []
        self._outputs: list[str] = []

    def arguments(self) -> Iterator[str]:
        film = self._task.film
        self._add_picture(film)
        if film.sound is not None:
            self._add_sound(film, film.sound)
        if film.is_cut:
            yield "-copyts"  # the stretches are named in the tracks' own time
        threads = THREADS if len(self._inputs) <= _FEW_INPUTS else 1
        for options in self._inputs:
            yield from ("-protocol_whitelist", "file", "-threads", str(threads), "-f", film.kind, *options)
            yield from ("-i", f"file:{self._task.source}")
        if self._graphs:
            yield from ("-filter_complex", ";".join(self._graphs), "-filter_complex_threads", str(THREADS))
        yield from self._outputs

    def _add_picture(self, film: Film) -> None:
        if not self._task.recipe.new_picture:
            self._outputs += ["-map", f"{self._whole()}:{film.index}", "-c:v", "copy"]
            if film.codec == "hevc":
                # The name under which Apple's players, and those who copied them, look for it.
                self._outputs += ["-tag:v", "hvc1"]
            return
        even = f"{_whole_frames(film)},fps={new_rate(film):.6g}:start_time="
        if film.edits:
            parts = [f"{even}{edit.start:.6f},{_stretch(edit)}" for edit in film.edits]
            start = self._join(film.index, film.edits, parts, "v=1:a=0")
        else:
            start = f"[{self._whole()}:{film.index}]setpts=PTS-{film.lead:.6f}/TB,{even}0"
        self._graphs.append(",".join((start, *_shape(film))) + "[v]")
        self._outputs += ["-map", "[v]", *(("-c:v", "wrapped_avframe") if self._task.is_trial else _encoded(film))]

    def _add_sound(self, film: Film, sound: Sound) -> None:
        if not self._task.recipe.new_sound:
            self._outputs += ["-map", f"{self._whole()}:{sound.index}", "-c:a", "copy"]
            return
        if sound.edits:
            parts = [_sounding_stretch(edit) for edit in sound.edits]
            start = self._join(sound.index, sound.edits, parts, "v=0:a=1")
        else:
            start = f"[{self._whole()}:{sound.index}]asetpts=PTS-{film.lead:.6f}/TB"
        self._graphs.append(f"{start},{_FILLED}[a]")
        encoded = ("-c:a", "aac", "-b:a", "160k", "-ar", _rate(sound.rate), "-ac", "2")
        self._outputs += ["-map", "[a]", *(("-c:a", "pcm_s16le") if self._task.is_trial else encoded)]

    def _whole(self) -> int:
        """The file as FFmpeg reads it."""
        if () not in self._inputs:
            self._inputs.append(())
        return self._inputs.index(())

    def _join(self, index: int, edits: tuple[Edit, ...], parts: list[str], kinds: str) -> str:
        """Open the file once for each stretch, each from a little before it: no decoder sees the jump."""
        names = ""
        for edit, part in zip(edits, parts, strict=True):
            begin = max(0.0, edit.start - _RUN_UP_SECONDS)
            self._inputs.append(
                ("-ignore_editlist", "1", "-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{begin:.6f}")
            )
            name = f"[s{len(self._inputs)}]"
            self._graphs.append(f"[{len(self._inputs) - 1}:{index}]{part}{name}")
            names += name
        return f"{names}concat=n={len(edits)}:{kinds}"


def _stretch(edit: Edit) -> str:
    held = f",tpad=start_mode=clone:start_duration={edit.gap:.6f}" if edit.gap else ""
    return f"trim=end={edit.end:.6f},setpts=PTS-STARTPTS{held}"


def _sounding_stretch(edit: Edit) -> str:
    silent = f",adelay=delays={edit.gap * 1000:.0f}:all=1" if edit.gap else ""
    cut = f"atrim=start={edit.start:.6f}:end={edit.end:.6f},asetpts=PTS-{edit.start:.6f}/TB"
    return f"{cut},{_FILLED},apad=whole_dur={min(edit.seconds, MAX_SECONDS):.6f}{silent}"


def _whole_frames(film: Film) -> str:
    """Make frames of fields, where there are any: two of each pair, so that motion stays as fluent as it was."""
    if film.fields == "marked":
        return "bwdif=mode=send_field:deint=interlaced"
    if film.fields:
        return f"bwdif=mode=send_field:parity={film.fields}:deint=all"
    return "bwdif=mode=send_frame:deint=interlaced"


def _shape(film: Film) -> tuple[str, ...]:
    width, height, padding = fit(*film.upright)
    if film.is_hdr:
        steps = [
            f"zscale=w={width}:h={height}:t=linear:npl=100:pin=bt2020:min=2020_ncl",
            "format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv",
        ]
    else:
        steps = [f"scale={width}:{height}:flags=bicubic:out_range=tv"]
    return (*steps, *padding, "setsar=1", "format=yuv420p")


def _encoded(film: Film) -> tuple[str, ...]:
    colours = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709") if film.is_hdr else ()
    return (
        *("-fps_mode", "cfr", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-profile:v", "high"),
        *("-maxrate", "12M", "-bufsize", "24M", "-g", "120", "-flags:v", "+bitexact"),
        *("-threads", str(THREADS), *colours),
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


def new_rate(film: Film) -> float:
    """Choose the new film's rate: that of its moving scenes, twice that where two frames are made of two fields."""
    return rate((film.usual_fps or film.fps) * (2 if film.fields else 1))


def rate(fps: float) -> float:
    """Choose a rate that TikTok takes: the film's own, a multiple or a fraction of it, so that motion stays even."""
    if not 0.5 <= fps <= 1000:
        return _USUAL_FPS
    if abs(fps - round(fps)) < FPS_ERROR:
        fps = round(fps)
    if fps < MIN_FPS:
        return min(fps * ceil(MIN_FPS / fps), MAX_FPS)
    return fps / ceil(fps / MAX_FPS)


def _rate(rate: int) -> str:
    return "44100" if rate % 11_025 == 0 else "48000"
