"""What a file is, by its first bytes: names, types and headers of the web lie."""

from enum import StrEnum

from app.messages import media_faults
from app.messages.message import Message

HEAD_BYTES = 4096


class ImageKind(StrEnum):
    jpeg = "jpeg"
    png = "png"
    webp = "webp"
    gif = "gif"
    heic = "heic"
    avif = "avif"


class Unusable(Exception):
    """This file will never become a picture of a post. The message tells an editor why, and what to do."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message


_KINDS = ((b"\xff\xd8\xff", ImageKind.jpeg), (b"\x89PNG\r\n\x1a\n", ImageKind.png), (b"GIF8", ImageKind.gif))
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_OTHERS = (
    (b"%PDF", media_faults.PDF),
    (b"%!PS", media_faults.POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", media_faults.POSTSCRIPT),
    (b"II*\x00", media_faults.TIFF),
    (b"MM\x00*", media_faults.TIFF),
    (b"BM", media_faults.BMP),
    (b"\x00\x00\x01\x00", media_faults.ICON),
    (b"\xff\x0a", media_faults.JPEG_XL),
    (b"\x00\x00\x00\x0cJXL ", media_faults.JPEG_XL),
    (b"\x00\x00\x00\x0cjP  ", media_faults.JPEG_2000),
    (b"\xff\x4f\xff\x51", media_faults.JPEG_2000),
    (b"8BPS", media_faults.PHOTOSHOP),
    (b"\x1a\x45\xdf\xa3", media_faults.FILM),
    (b"PK\x03\x04", media_faults.ZIP),
)


def sniff(head: bytes) -> ImageKind:
    """Tell the kind of picture that begins with these bytes, or raise Unusable saying what it is instead."""
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageKind.webp
    if head[4:8] == b"ftyp":
        return _sniff_boxes(head)
    for magic, what in _OTHERS:
        if head.startswith(magic):
            raise Unusable("image_kind", media_faults.other_kind(what))
    raise _not_a_picture(head)


def _sniff_boxes(head: bytes) -> ImageKind:
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[at : at + 4] for at in (8, *range(16, length, 4))}
    if brands & _AVIF_BRANDS:
        return ImageKind.avif
    if brands & _HEIC_BRANDS:
        return ImageKind.heic
    raise Unusable("image_kind", media_faults.FILM_OR_UNKNOWN)


def _not_a_picture(head: bytes) -> Unusable:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in text and text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")):
        return Unusable("image_kind", media_faults.other_kind(media_faults.SVG))
    if text.startswith(b"<"):
        return Unusable("image_is_page", media_faults.PAGE_NOT_PICTURE)
    return Unusable("image_kind", media_faults.NO_PICTURE)
