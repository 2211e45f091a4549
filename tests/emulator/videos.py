"""Small real videos, and short ways to hand them to the emulator."""

import functools
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast
from urllib.parse import urlsplit

import av
import httpx
from av.video.stream import VideoStream
from PIL import Image

from tests.emulator.support import MEDIA, User

VIDEO_URL = f"{MEDIA}1.mp4"
INIT = "/v2/post/publish/video/init/"
INBOX_INIT = "/v2/post/publish/inbox/video/init/"


@functools.cache
def make_video(
    width: int = 360,
    height: int = 640,
    *,
    fps: int = 30,
    frames: int = 30,
    codec: str = "libx264",
    container: str = "mp4",
    faststart: bool = True,
) -> bytes:
    """Encode a video that goes from black to white; one frame in ten is a key frame."""
    options = {"movflags": "+faststart"} if faststart and container in {"mp4", "mov"} else {}
    with tempfile.NamedTemporaryFile() as file:
        _encode(file.name, container, options, codec, fps, frames, (width, height))
        return file.read()


def _encode(
    path: str, container: str, options: dict[str, str], codec: str, fps: int, frames: int, size: tuple[int, int]
) -> None:
    # By its path, because to move the index to the front FFmpeg opens the file a second time.
    with av.open(path, "w", format=container, options=options) as output:
        stream = cast("VideoStream", output.add_stream(codec, rate=Fraction(fps)))
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.codec_context.gop_size = 10
        for number in range(frames):
            shade = 255 * number // max(frames - 1, 1)
            image = Image.new("RGB", size, (shade, shade, shade))
            output.mux(stream.encode(av.VideoFrame.from_image(image)))
        output.mux(stream.encode(None))


def pad(video: bytes, size: int) -> bytes:
    """Make an MP4 as large as wanted, by a box that players skip."""
    space = size - len(video)
    return video + space.to_bytes(4, "big") + b"free" + bytes(space - 8)


def video_body(**changes: Any) -> dict[str, Any]:
    """Make an init body; what belongs to `post_info` is changed by name, `source_info` as a whole."""
    info: dict[str, Any] = {
        "title": "A caption #news",
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": False,
        "disable_duet": False,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }
    source = changes.pop("source_info", {"source": "PULL_FROM_URL", "video_url": VIDEO_URL})
    return {"post_info": {**info, **changes}, "source_info": source}


def upload_source(size: int, chunk: int | None = None, count: int = 1) -> dict[str, Any]:
    chunk_size = size if chunk is None else chunk
    return {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk_size, "total_chunk_count": count}


async def accepted_video(user: User, path: str = INIT, body: dict[str, Any] | None = None) -> dict[str, str]:
    """Init a video that must be accepted; give back `data`."""
    answer = await user.post(path, body or video_body())
    assert answer.json()["error"]["code"] == "ok", answer.text
    return dict(answer.json()["data"])


async def put(user: User, upload_url: str, content: bytes, first: int, total: int, **headers: str) -> httpx.Response:
    """Send a chunk; `headers` replace what would be right, an empty one is left out."""
    parts = urlsplit(upload_url)
    usual = {
        "Content-Type": "video/mp4",
        "Content-Length": str(len(content)),
        "Content-Range": f"bytes {first}-{first + len(content) - 1}/{total}",
    }
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    wanted = {name: value for name, value in {**usual, **changed}.items() if value}
    return await user.caller.client.put(f"{parts.path}?{parts.query}", content=content, headers=wanted)


def chunks(content: bytes, size: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Cut as the official rule says: the last takes the rest."""
    for number in range(count):
        first = number * size
        yield first, content[first:] if number == count - 1 else content[first : first + size]
