"""Pictures, good and bad, made on the spot."""

import functools
import io
import struct
import zlib
from typing import Any

import pillow_heif
import pyvips
from PIL import Image

pillow_heif.register_heif_opener()

GPS_PLACE = (43.0, 15.0, 7.0)
SECRET_WORDS = "Jane Doe, 5 Secret Street"


def photo(width: int = 800, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Something like a photograph: a red left half, a blue right half, with texture."""
    texture = Image.effect_noise((width, height), 12)
    image = Image.merge("RGB", (texture, texture, texture)).point(lambda value: value // 8)
    left = Image.new("RGB", (width // 2, height), (220, 20, 20))
    right = Image.new("RGB", (width - width // 2, height), (20, 20, 220))
    image.paste(left, (0, 0))
    image.paste(right, (width // 2, 0))
    return image.convert(mode)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@functools.cache
def jpeg(width: int = 800, height: int = 600) -> bytes:
    return encode(photo(width, height), "JPEG", quality=85)


def numbered(number: int) -> bytes:
    """A small JPEG like no other."""
    return encode(Image.new("RGB", (64, 48), (number * 37 % 256, number * 91 % 256, number * 53 % 256)), "JPEG")


def noisy(width: int, height: int) -> Image.Image:
    """A picture that hardly packs."""
    return Image.merge("RGB", [Image.effect_noise((width, height), 120) for _ in range(3)])


def exif(orientation: int) -> Image.Exif:
    """What a phone writes: which way up, where, and whose."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = SECRET_WORDS
    data[0x8825] = {1: "N", 2: GPS_PLACE, 3: "E", 4: GPS_PLACE}
    return data


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>{SECRET_WORDS}</creator></x:xmpmeta>'.encode()


def turned(kind: str, orientation: int, **options: Any) -> bytes:
    return encode(photo(), kind, exif=exif(orientation), **options)


def with_p3_profile() -> bytes:
    """Pure sRGB green, written in Display P3's numbers with its profile."""
    green = pyvips.Image.new_from_memory(bytes([0, 255, 0]) * 20_000, 200, 100, 3, "uchar").copy(interpretation="srgb")
    wide = green.icc_transform("p3", input_profile="srgb")
    data: bytes = wide.jpegsave_buffer(Q=100, subsample_mode="off")
    return data


def with_broken_profile() -> bytes:
    return encode(
        Image.new("RGB", (200, 100), (10, 200, 30)), "JPEG", icc_profile=b"this is no profile" * 20, quality=95
    )


def png_16_bit(value: int = 40000) -> bytes:
    return encode(Image.new("I;16", (200, 100), value), "PNG")


def png_16_bit_alpha() -> bytes:
    """A half-transparent 16-bit green."""
    pixel = struct.pack(">4H", 0, 65535, 0, 32768)
    rows = b"".join(b"\0" + pixel * 64 for _ in range(64))
    return _png(64, 64, depth=16, colour=6, packed=zlib.compress(rows))


def palette_with_alpha() -> bytes:
    """Left half transparent, right half green, by palette."""
    image = Image.new("P", (200, 100), 0)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.paste(1, (100, 0, 200, 100))
    return encode(image, "PNG", transparency=0)


def see_through(kind: str) -> bytes:
    """Black, but wholly transparent."""
    return encode(Image.new("RGBA", (200, 100), (0, 0, 0, 0)), kind)


def many_frames(count: int = 10_000) -> bytes:
    """A GIF of so many frames, each one pixel block; the first is green."""
    head = b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x80, 0, 0) + bytes([10, 200, 30, 200, 10, 30])
    frame = b"\x21\xf9\x04\x04\x0a\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, 64, 64, 0)
    first, others = _gif_block(0), _gif_block(1)
    return head + frame + first + (frame + others) * (count - 1) + b"\x3b"


def _gif_block(colour: int) -> bytes:
    image = Image.new("P", (64, 64), colour)
    image.putpalette([10, 200, 30, 200, 10, 30])
    data = encode(image, "GIF")
    return data[data.index(b"\x2c") + 10 : -1]


def bomb(side: int = 50_000) -> bytes:
    """A PNG of 300 KB that would be 2.5 thousand million pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side // 8)
    parts = [packer.compress(row) for _ in range(side)]
    return _png(side, side, depth=1, colour=0, packed=b"".join([*parts, packer.flush()]))


def lying_about_size() -> bytes:
    """A PNG that says 100 x 100 and then brings 200 MB of rows."""
    packer = zlib.compressobj(9)
    row = b"\0" * 1_000_000
    return _png(
        100, 100, depth=8, colour=2, packed=b"".join([packer.compress(row) for _ in range(200)] + [packer.flush()])
    )


def _png(width: int, height: int, *, depth: int, colour: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="http://10.0.0.1/"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file\n"
HTML = b"\n<!DOCTYPE html><html><body>Log in to see this picture</body></html>"
