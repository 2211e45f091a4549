"""A film in, an MP4 that TikTok takes out: what must be done to it, and running FFmpeg."""

from collections.abc import Awaitable, Callable

from app.kit.sandbox.command import ProgramLimits, ProgramTimedOut, run_program
from app.media.sniff import Unusable
from app.media.videos.command import FPS_ERROR, THREADS, Recipe, Task, command, new_rate
from app.media.videos.kinds import MAX_FPS, MAX_SIDE, MIN_FPS, MIN_SIDE, Film
from app.messages import media_faults
from app.messages.message import Message

_PLAIN = {"h264": frozenset({"yuv420p", "yuvj420p"}), "hevc": frozenset({"yuv420p", "yuvj420p"})}
_RATES = frozenset({44_100, 48_000})
_REMUX_SECONDS = 300.0
_SECONDS_BESIDE, _SECONDS_PER_SECOND, _MOST_SECONDS = 90.0, 10.0, 1800.0

OnProgress = Callable[[float], Awaitable[None]]


class ConversionFailed(Exception):
    """FFmpeg did not bring it to an end; `is_transient` where a less busy machine may."""

    def __init__(self, message: Message, *, is_transient: bool) -> None:
        super().__init__(str(message))
        self.message = message
        self.is_transient = is_transient


class ConversionTimedOut(ConversionFailed):
    """It took longer than it may."""

    def __init__(self) -> None:
        super().__init__(media_faults.CONVERSION_TOO_LONG, is_transient=True)


def choose(film: Film) -> Recipe:
    """Compare a film with what TikTok takes. MP4 and MOV alone are copied, so that all that is served is MP4."""
    upright = film.upright
    fits = (
        film.kind == "mov"
        and film.pixels in _PLAIN.get(film.codec, ())
        and not film.is_hdr
        and film.is_steady
        and film.is_straight
        and not film.fields
        and film.rotation == 0
        and not film.is_mirrored
        and film.aspect == 1.0
        and MIN_FPS <= film.fps <= MAX_FPS + FPS_ERROR
        and min(upright) >= MIN_SIDE
        and max(upright) <= MAX_SIDE
    )
    sound = film.sound
    is_good_sound = sound is None or (
        sound.codec == "aac" and sound.rate in _RATES and sound.channels <= 2 and sound.is_straight
    )
    return Recipe(new_picture=not fits, new_sound=not is_good_sound)


async def convert(task: Task, *, ffmpeg: str, seconds: float, on_progress: OnProgress) -> float:
    """Write the film to the new file, within so many seconds, and tell the share that is done.

    Return for how many seconds a new picture lasts. Raises ConversionFailed and Unusable.
    """
    limits = ProgramLimits(seconds=seconds, cpu_seconds=int(seconds * THREADS))
    reached = 0.0

    async def read(line: str) -> None:
        nonlocal reached
        name, _, value = line.partition("=")
        if name == "frame" and value.isdigit():
            reached = int(value) / new_rate(task.film)
            await on_progress(min(reached / max(task.film.seconds, 0.1), 1.0))

    try:
        ended = await run_program(command(task, ffmpeg), limits, on_line=read)
    except ProgramTimedOut:
        raise ConversionTimedOut from None
    if ended.code != 0:
        raise _blame(ended.code, ended.complaint)
    return reached


def time_for(task: Task) -> float:
    """How many seconds a film may take to be made."""
    if not task.recipe.new_picture:
        return _REMUX_SECONDS
    return min(_SECONDS_BESIDE + task.film.seconds * _SECONDS_PER_SECOND, _MOST_SECONDS)


def _blame(code: int, complaint: str) -> ConversionFailed | Unusable:
    if "No space left" in complaint or "Disk quota" in complaint:
        return ConversionFailed(media_faults.NO_SPACE, is_transient=True)
    if code < 0 or "Cannot allocate memory" in complaint:
        return ConversionFailed(media_faults.CONVERSION_STARVED, is_transient=True)
    return Unusable("video_damaged", media_faults.NOT_TO_ITS_END)
