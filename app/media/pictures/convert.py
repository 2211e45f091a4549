"""A downloaded file in, a JPEG that TikTok takes out. Runs in a limited child process and knows nothing of the service.

libvips decodes JPEG, PNG, WebP and GIF: it needs about half of Pillow's time for PNG and two thirds for WebP, and
streams instead of holding the whole picture. Its wheel has no HEVC, and takes twice Pillow's time for AVIF: so Pillow
decodes HEIC and AVIF. What follows is the same for all.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import pyvips

from app.media.pictures.jpeg_ends import end_jpeg, is_harmless
from app.media.pictures.png_turns import png_orientation
from app.media.sniff import HEAD_BYTES, ImageKind, Unusable, sniff
from app.messages import media_faults
from app.messages.message import keep

MAX_PIXELS = 64_000_000
"""For kinds whose decoders hold the whole picture: little enough for the child's memory."""

MAX_JPEG_PIXELS = 300_000_000
"""A JPEG is shrunk while it is read: 200 million pixels, as phones take them, need 190 MB of address space."""

_MAX_COEFFICIENTS = 640_000_000

MIN_SIDE = 32
"""Smaller ones are counters, spacers and icons."""

MAX_BYTES = 20_000_000
_LONG_SIDE, _SHORT_SIDE = 1920, 1080
_EXIF_ORIENTATION = 0x0112
_CACHED_OPERATIONS, _CACHED_BYTES = 1000, 2**40
_QUALITIES = (90, 80, 70, 60, 50, 40, 30)
# An unidentified picture is an OSError.
_PILLOW_ERRORS = (OSError, ValueError, SyntaxError, EOFError, RuntimeError)
_SHORT_OF_MEMORY = ("out of memory", "insufficient memory", "memory allocation")
_LOADERS = {
    ImageKind.jpeg: "VipsForeignLoadJpeg",
    ImageKind.png: "VipsForeignLoadPng",
    ImageKind.webp: "VipsForeignLoadWebp",
    ImageKind.gif: "VipsForeignLoadNsgif",
}

pyvips.operation_block_set("VipsForeignLoad", True)
for _loader in _LOADERS.values():
    pyvips.operation_block_set(_loader, False)


def convert(source: str, target: str, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Write the picture in the file `source` to the new file `target` as an upright sRGB JPEG without metadata.

    `source` is a download of our own: a JPEG gets the end marker that it may lack.

    It is shrunk, never enlarged and never cropped, to fit 1080 x 1920, 1920 x 1080 or 1080 x 1080, by its shape.
    Returns width, height, size and sha256; or `refused` (a code) and `why`.
    """
    # The profile that vips_thumbnail() gives a CMYK picture without one belongs to a cached operation (8.18.7): without
    # the cache it is freed memory, and the process dies. So the cache lives as long as one picture.
    pyvips.cache_set_max(_CACHED_OPERATIONS)
    pyvips.cache_set_max_mem(_CACHED_BYTES)
    try:
        jpeg, width, height = _convert(source, max_bytes)
    except Unusable as refusal:
        return {"refused": refusal.code, "why": keep(refusal.message)}
    finally:
        pyvips.cache_set_max(0)
    _write(Path(target), jpeg)
    return {"width": width, "height": height, "size": len(jpeg), "sha256": hashlib.sha256(jpeg).hexdigest()}


def _convert(source: str, max_bytes: int) -> tuple[bytes, int, int]:
    with Path(source).open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES))
    try:
        image = _shrink_with_vips(source, kind) if kind in _LOADERS else _shrink_with_pillow(source, kind)
        image = _flatten(_to_srgb(image)).copy_memory()
        return _encode(image, max_bytes), image.width, image.height
    except pyvips.Error as error:
        raise _blame(error) from error


def _shrink_with_vips(source: str, kind: ImageKind) -> Any:
    if kind is ImageKind.jpeg:
        end_jpeg(Path(source))
    header = _open_with_vips(source, kind)
    if kind is ImageKind.png:
        orientation = png_orientation(Path(source))
    else:
        orientation = header.get("orientation") if header.get_typeof("orientation") else 1
    most = _most_jpeg_pixels(header) if kind is ImageKind.jpeg else MAX_PIXELS
    box = _turned(_box(*_turned((header.width, header.height), orientation), most), orientation)
    if kind is ImageKind.gif:
        _check_gif(source)
    image = _thumbnail(source, box, kind)
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image.autorot()


def _check_gif(source: str) -> None:
    """Refuse a GIF whose first frame is not all there: libvips paints the rest black and says nothing."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(source, formats=("GIF",)) as image:
            image.load()
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except _PILLOW_ERRORS as error:
        raise _blame(error) from error


def _most_jpeg_pixels(header: Any) -> int:
    """Give how many pixels fit: of one in several scans (progressive) libjpeg holds every coefficient, in 16 bits."""
    if not (header.get_typeof("jpeg-multiscan") and header.get("jpeg-multiscan")):
        return MAX_JPEG_PIXELS
    is_halved = header.get_typeof("jpeg-chroma-subsample") and header.get("jpeg-chroma-subsample") == "4:2:0"
    bytes_per_pixel = 3 if is_halved else 2 * header.bands
    return min(_MAX_COEFFICIENTS // bytes_per_pixel, MAX_JPEG_PIXELS)


def _thumbnail(source: str, box: tuple[int, int], kind: ImageKind) -> Any:
    """Decode and shrink, into memory: the decoder streams and cannot begin again, and what is left is small.

    libjpeg only warns where data are missing or broken, and paints the rest grey.
    """
    is_jpeg = kind is ImageKind.jpeg
    for fail_on in ("warning", "error") if is_jpeg else ("error",):
        try:
            return pyvips.Image.thumbnail(
                source, box[0], height=box[1], size="down", no_rotate=True, fail_on=fail_on
            ).copy_memory()
        except pyvips.Error as error:
            if fail_on == "error" or not is_harmless(str(error), Path(source)):
                raise
    raise AssertionError("the last round returns or raises")


def _open_with_vips(source: str, kind: ImageKind) -> Any:
    match kind:
        case ImageKind.jpeg:
            return pyvips.Image.jpegload(source, access="sequential")
        case ImageKind.png:
            return pyvips.Image.pngload(source, access="sequential")
        case ImageKind.webp:
            return pyvips.Image.webpload(source, access="sequential")
        case _:
            return pyvips.Image.gifload(source, access="sequential")


def _shrink_with_pillow(source: str, kind: ImageKind) -> Any:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    if kind is ImageKind.heic:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(source, formats=("HEIF" if kind is ImageKind.heic else "AVIF",)) as image:
            orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
            box = _turned(_box(*_turned(image.size, orientation)), orientation)
            image.thumbnail(box, Image.Resampling.LANCZOS)
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image).convert("RGBA" if image.has_transparency_data else "RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except _PILLOW_ERRORS as error:
        raise _blame(error) from error
    bands = len(upright.getbands())
    result = pyvips.Image.new_from_memory(upright.tobytes(), upright.width, upright.height, bands, "uchar")
    result = result.copy(interpretation="srgb")
    if profile:
        result.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return result


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= 5 else size


def _box(width: int, height: int, most: int = MAX_PIXELS) -> tuple[int, int]:
    """Check an upright picture's size, before it is decoded, and choose what it must fit into."""
    if width * height > most:
        raise _too_many_pixels(most)
    if min(width, height) < MIN_SIDE:
        raise Unusable("image_too_small", media_faults.too_small(width=width, height=height))
    if width > height:
        box = (_LONG_SIDE, _SHORT_SIDE)
    elif height > width:
        box = (_SHORT_SIDE, _LONG_SIDE)
    else:
        box = (_SHORT_SIDE, _SHORT_SIDE)
    if min(width, height) * min(1.0, box[0] / width, box[1] / height) < MIN_SIDE:
        raise Unusable("image_too_narrow", media_faults.picture_too_narrow(width=width, height=height))
    return box


def _too_many_pixels(most: int = MAX_PIXELS) -> Unusable:
    limit = most // 1_000_000
    return Unusable("image_too_many_pixels", media_faults.too_many_pixels(count=limit))


def _blame(error: Exception) -> Exception:
    # Each decoder says in its own words that the limit was too low for it; the file is not to blame for that.
    if any(words in str(error).lower() for words in _SHORT_OF_MEMORY):
        return MemoryError()
    return Unusable("image_damaged", media_faults.DAMAGED)


def _to_srgb(image: Any) -> Any:
    # After shrinking, so that the work is on two million pixels instead of fifty.
    if image.get_typeof("icc-profile-data") != 0 or image.interpretation == "cmyk":
        try:
            fallback = "cmyk" if image.interpretation == "cmyk" else "srgb"
            return image.icc_transform(
                "srgb", embedded=True, input_profile=fallback, intent="relative", black_point_compensation=True, depth=8
            ).copy_memory()
        except pyvips.Error:
            # A profile that does not fit its picture: the plain numbers are nearer to the truth than no picture.
            image = image.copy()
            image.remove("icc-profile-data")
    return image.colourspace("srgb")


def _flatten(image: Any) -> Any:
    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    return image.cast("uchar")


def _encode(image: Any, max_bytes: int) -> bytes:
    # Baseline, 4:2:0 and nothing but the picture: what every decoder reads. keep="none" drops EXIF, XMP and profiles.
    for quality in _QUALITIES:
        jpeg: bytes = image.jpegsave_buffer(
            Q=quality, optimize_coding=True, interlace=False, subsample_mode="on", keep="none"
        )
        if len(jpeg) <= max_bytes:
            return jpeg
    raise Unusable("image_too_large", media_faults.picture_too_large(size=max_bytes // 1_000_000))


def _write(target: Path, jpeg: bytes) -> None:
    with target.open("xb") as file:
        file.write(jpeg)
        file.flush()
        os.fsync(file.fileno())
