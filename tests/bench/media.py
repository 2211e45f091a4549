"""Time the way of a picture: `python -m tests.bench.media` prints one line of JSON.

For every kind of picture: milliseconds of the library called alone in this process, of the same in the limited pool,
and their ratio; then of the whole preparation (download from a local server and conversion), with the children at rest
before it ("cold") and awake ("warm"). All in one run, so that the figures can be compared on any machine.
"""

import asyncio
import io
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pyvips
from PIL import Image

from app.kit.http.fetch import Fetcher
from app.media.pictures.converting import converters
from app.media.pictures.gather import gather_pictures
from app.media.problems import ImageSource
from tests.bench.tools import report, work_folder
from tests.media.origin import open_origin
from tests.media.samples import encode

pyvips.cache_set_max(0)  # or the second call for the same file would find the first one's result

WIDTH, HEIGHT = 4000, 3000
_FAST_HEIF = {"quality": 60, "enc_params": {"preset": "ultrafast"}}
KINDS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85},
    "PNG": {"compress_level": 3},
    "WEBP": {"method": 0},
    "HEIF": _FAST_HEIF,
    "AVIF": {"speed": 10},
}


def make_photo() -> Image.Image:
    """Twelve million pixels with about as much detail as a photograph has."""
    coarse = [Image.effect_noise((WIDTH // 8, HEIGHT // 8), 90).resize((WIDTH, HEIGHT)) for _ in range(3)]
    return Image.merge("RGB", coarse)


def convert_with_vips(path: Path) -> bytes:
    image = pyvips.Image.thumbnail(str(path), 1920, height=1080, size="down")
    data: bytes = image.jpegsave_buffer(Q=90, optimize_coding=True, keep="none", subsample_mode="on")
    return data


def convert_with_pillow(path: Path) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.draft("RGB", (1440, 1080))
        image.thumbnail((1920, 1080), Image.Resampling.LANCZOS)
        image.convert("RGB").save(buffer, "JPEG", quality=90, optimize=True)
    return buffer.getvalue()


async def milliseconds(act: Callable[[], Awaitable[object]], repeat: int = 3) -> float:
    """The median time of `repeat` calls."""
    times = []
    for _ in range(repeat):
        started = perf_counter()
        await act()
        times.append((perf_counter() - started) * 1000)
    return round(statistics.median(times), 1)


async def alone(convert: Callable[[Path], bytes], path: Path) -> float | None:
    async def act() -> None:
        convert(path)

    try:
        await act()
    except (pyvips.Error, OSError):
        return None
    return await milliseconds(act)


async def in_pool(path: Path, folder: Path) -> float:
    async def act() -> None:
        target = folder / "target.jpg"
        target.unlink(missing_ok=True)
        answer = await converters.run(source=str(path), target=str(target))
        assert "sha256" in answer, answer

    await act()
    return await milliseconds(act)


async def whole_way(data: bytes, *, is_cold: bool) -> float:
    async with open_origin() as origin:
        origin.files = {"/a": data}

        async def act() -> None:
            with work_folder() as folder:
                gathered = await gather_pictures([ImageSource(origin.url("/a"))], folder, allow_hosts=[origin.host])
            assert len(gathered.pictures) == 1, gathered

        times = []
        for _ in range(3):
            if is_cold:
                converters.close()
            times.append(await milliseconds(act, repeat=1))
    return round(statistics.median(times), 1)


async def measure() -> dict[str, Any]:
    """Every figure, by kind of picture."""
    photo, result = make_photo(), dict[str, Any]()
    async with Fetcher():
        pass  # the first one reads the certificates
    with work_folder() as folder:
        for kind, options in KINDS.items():
            path = folder / kind
            path.write_bytes(encode(photo, kind, **options))
            vips, pillow = await alone(convert_with_vips, path), await alone(convert_with_pillow, path)
            ours = await in_pool(path, folder)
            best = min(time for time in (vips, pillow) if time is not None)
            result[kind.lower()] = {
                "bytes": path.stat().st_size,
                "vips_ms": vips,
                "pillow_ms": pillow,
                "pool_ms": ours,
                "ratio": round(ours / best, 2),
            }
        jpeg = (folder / "JPEG").read_bytes()
        result["prepare_jpeg_ms"] = {
            "cold": await whole_way(jpeg, is_cold=True),
            "warm": await whole_way(jpeg, is_cold=False),
        }
    converters.close()
    return {"pixels": WIDTH * HEIGHT, **result}


if __name__ == "__main__":
    report("media", **asyncio.run(measure()))
