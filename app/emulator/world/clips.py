"""A video judged by its bytes, by TikTok's table as of November 2026, and the shelf that keeps it for the pages."""

import hashlib
import io
from collections import OrderedDict
from typing import IO, TYPE_CHECKING

from app.emulator.world.boxes import BrokenBoxes, read_layout
from app.emulator.world.pull_error import PullError
from app.emulator.world.records import Clip

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_CODECS = {"h264", "hevc", "vp8", "vp9"}
_SIDES = (360, 4_096)
# WebM counts in milliseconds, so over a second or two a rate comes out a hair beside the round one.
_RATES = (22.9, 60.1)
_POSTER_SIZE = (540, 960)
# The sound may outlast the picture a little; what is missing more than this was cut off.
_MISSING_SECONDS = 1.0
_PIECE = 1_048_576
# Each may hold a file descriptor.
MOST_KEPT = 100


def examine_video(file: IO[bytes], *, longest: float, cover_ms: int | None) -> Clip:
    """Judge a whole file. Raises PullError with TikTok's reason. Reads all of it: call it in a thread."""
    # Not at the top: an emulator that only ever sees photos has no use for FFmpeg's 100 MB.
    import av

    container, faststart = _read_container(file)
    try:
        file.seek(0)
        with av.open(file, "r") as opened:
            stream = _find_stream(opened)
            fps, duration = _measure(opened, stream)
            audio = opened.streams.audio[0].codec_context.name if opened.streams.audio else None
            clip = Clip(
                container=container,
                video_codec=stream.codec_context.codec.canonical_name,
                audio_codec=audio,
                pixel_format=stream.codec_context.pix_fmt or "",
                width=stream.codec_context.width,
                height=stream.codec_context.height,
                fps=round(fps, 3),
                duration=round(duration, 3),
                faststart=faststart,
                size=file.seek(0, 2),
                sha256=_digest(file),
                poster=b"",
            )
        _judge(clip, longest)
        clip.poster = _draw_poster(file, clip, cover_ms)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise PullError("file_format_check_failed", f"cannot be decoded: {error}") from error
    return clip


def _read_container(file: IO[bytes]) -> tuple[str, bool]:
    file.seek(0)
    head = file.read(64)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        if b"webm" not in head:
            raise PullError("file_format_check_failed", "Matroska, but not WebM")
        return "webm", False
    try:
        layout = read_layout(file)
    except BrokenBoxes as error:
        raise PullError("file_format_check_failed", str(error)) from error
    return layout.container, layout.faststart


def _find_stream(opened: "InputContainer") -> "VideoStream":
    if not opened.streams.video:
        raise PullError("file_format_check_failed", "no video stream")
    stream = opened.streams.video[0]
    codec = stream.codec_context.codec.canonical_name
    if codec not in _CODECS:
        raise PullError("file_format_check_failed", f"codec {codec}")
    return stream


def _measure(opened: "InputContainer", stream: "VideoStream") -> tuple[float, float]:
    """Measure frame rate and duration by the frames that are there, not by what the header promises."""
    times: list[float] = []
    end = 0.0
    for packet in opened.demux():
        if packet.pts is None or packet.time_base is None:
            continue
        if packet.is_corrupt:
            raise PullError("file_format_check_failed", "a damaged packet")
        shown = float(packet.pts * packet.time_base)
        end = max(end, shown + float((packet.duration or 0) * packet.time_base))
        if packet.stream is stream:
            times.append(shown)
    if not times:
        raise PullError("file_format_check_failed", "no frames")
    # In AV_TIME_BASE, microseconds.
    promised = (opened.duration or 0) / 1_000_000
    if promised - end > _MISSING_SECONDS:
        raise PullError("file_format_check_failed", f"ends after {end:.1f} of {promised:.1f} s")
    span = max(times) - min(times)
    fps = (len(times) - 1) / span if span > 0 else float(stream.average_rate or 0)
    return fps, max(end, promised)


def _judge(clip: Clip, longest: float) -> None:
    if not all(_SIDES[0] <= side <= _SIDES[1] for side in (clip.width, clip.height)):
        raise PullError("picture_size_check_failed", f"{clip.width} x {clip.height}")
    if not 0 < clip.duration <= longest:
        raise PullError("duration_check_failed", f"{clip.duration:.1f} s, at most {longest:g} s")
    if not _RATES[0] <= clip.fps <= _RATES[1]:
        raise PullError("frame_rate_check_failed", f"{clip.fps:.2f} frames a second")


def _draw_poster(file: IO[bytes], clip: Clip, cover_ms: int | None) -> bytes:
    """Draw the cover; as documented, a moment that the video does not have means its first frame."""
    import av

    moment = (cover_ms or 0) / 1_000
    if not 0 < moment < clip.duration:
        moment = 0.0
    file.seek(0)
    with av.open(file, "r") as opened:
        if moment:
            opened.seek(int(moment * 1_000_000))
        frame = None
        for frame in opened.decode(video=0):
            if frame.time is None or frame.time >= moment - 0.001:
                break
        if frame is None:
            raise PullError("file_format_check_failed", "no frame can be decoded")
        picture = frame.to_image()  # type: ignore[no-untyped-call]
    picture.thumbnail(_POSTER_SIZE)
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=80)
    return drawn.getvalue()


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


class ClipShelf:
    """Videos and their posters by post; the oldest posts' go first when a bound is reached."""

    def __init__(self) -> None:
        self._by_post: OrderedDict[str, tuple[IO[bytes], Clip]] = OrderedDict()
        self._bytes = 0

    def put(self, publish_id: str, file: IO[bytes], clip: Clip, *, bound: int) -> None:
        self._by_post[publish_id] = (file, clip)
        self._bytes += clip.size
        while self._by_post and (self._bytes > bound or len(self._by_post) > MOST_KEPT):
            _, (oldest, shown) = self._by_post.popitem(last=False)
            oldest.close()
            shown.poster = b""
            self._bytes -= shown.size

    def get(self, publish_id: str) -> IO[bytes] | None:
        found = self._by_post.get(publish_id)
        return found[0] if found else None
