"""The headline card: a picture of words, for an article without a picture. Runs in a limited child process.

The same words, colours and libraries give the same bytes.
"""

import functools
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fontpkg
import regex
from PIL import Image, ImageDraw, ImageFont

from app.kit.text import clean, cut
from app.media.cards.colours import READABLE, Colour, accent_of, contrast, mix, parse_colour, readable_on
from app.media.cards.wrapping import wrap
from app.messages import media_faults
from app.messages.message import keep

WIDTH, HEIGHT = 1080, 1920

# TikTok's own words and buttons lie over the edges of a post: tabs at the top, the caption at the bottom, buttons on
# the right. Seen in the app and in its creative guides, November 2026.
LEFT, TOP, RIGHT, BOTTOM = 96, 260, WIDTH - 156, HEIGHT - 480

_TITLE_SIZES = range(124, 43, -4)
_TITLE_LEADING = 1.16
_LARGE = 76
_MOST_LARGE_LINES = 5
_SMALL_SIZE = 42
_SMALL_GAP = 44
_BAR, _RULE = 10, 112
_FOOT = _SMALL_SIZE + _SMALL_GAP + _BAR + 56
_OPTICAL_CENTRE = 0.42
_LONGEST_TITLE, _LONGEST_LABEL = 400, 60
_CLUSTER = regex.compile(r"\X")
_LONELY = regex.compile(r" +(?=[,.!?:;»”)])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text as it was drawn: its words and the box of its ink."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Card:
    """A drawn card and where its words stand."""

    image: Image.Image
    title: list[Line]
    labels: list[Line]


def render(
    target: str, *, title: str, section: str = "", source: str = "", background: str = "#101418", text: str = "#ffffff"
) -> dict[str, Any]:
    """Write the card as a JPEG to the new file `target`.

    Returns width, height, size and sha256; or `refused` (a code) and `why`, where the title has no letter to show.
    """
    card = draw(title=title, section=section, source=source, background=background, text=text)
    if card is None:
        return {"refused": "card_without_words", "why": keep(media_faults.CARD_WITHOUT_WORDS)}
    file = io.BytesIO()
    card.image.save(file, "JPEG", quality=92, subsampling=0, optimize=True)
    jpeg = file.getvalue()
    with Path(target).open("xb") as stored:
        stored.write(jpeg)
        stored.flush()
        os.fsync(stored.fileno())
    return {"width": WIDTH, "height": HEIGHT, "size": len(jpeg), "sha256": hashlib.sha256(jpeg).hexdigest()}


def draw(*, title: str, section: str, source: str, background: str, text: str) -> Card | None:
    """Draw the card; None where nothing of the title can be shown."""
    title, section, source = (
        showable(words, limit)
        for words, limit in ((title, _LONGEST_TITLE), (section, _LONGEST_LABEL), (source, _LONGEST_LABEL))
    )
    if not any(sign.isalnum() for sign in title):
        return None
    base = parse_colour(background)
    ink = readable_on(base, parse_colour(text))
    accent = accent_of(base, ink)
    size, lines = fit_title(title)
    image = _backdrop(base, ink)
    pen = ImageDraw.Draw(image)
    heights = [_SMALL_SIZE + _SMALL_GAP] * bool(section) + [_leading(size) * len(lines)] + [_FOOT] * bool(source)
    top = TOP + int((BOTTOM - TOP - sum(heights)) * _OPTICAL_CENTRE)
    labels = []
    if section:
        labels.append(_write_section(pen, section, top, accent))
        top += heights[0]
    drawn = _write_title(pen, lines, size, ink, top)
    if source:
        labels.append(_write_source(pen, source, top + _leading(size) * len(lines), accent, _quiet(base, ink)))
    return Card(image, drawn, labels)


def showable(words: str, limit: int) -> str:
    """Keep what the font can draw, whole signs only: an emoji without a glyph would be an empty box."""
    clusters = _CLUSTER.findall(words[: limit * 4])
    kept = [cluster if _can_draw(cluster) else " " for cluster in clusters]
    line = clean("".join(kept))
    if kept != clusters:
        line = _LONELY.sub("", line)
    return cut(line, limit)


def fit_title(title: str) -> tuple[int, list[str]]:
    """Choose the largest size at which the title fits its space; at the smallest, what does not fit is cut."""
    room = RIGHT - LEFT
    for size in _TITLE_SIZES:
        font = _font(size, 800)
        lines, is_broken = wrap(title, room, font.getlength)
        # A word is broken only where no size would hold it whole.
        if len(lines) <= _most_lines(size) and not (is_broken and size > _TITLE_SIZES[-6]):
            return size, lines
    *lines, last, over = lines[: _most_lines(size) + 1]
    return size, [
        *lines,
        _shorten(f"{last} {over}", len(last) + 1, lambda line: font.getlength(line) <= room),
    ]


def _shorten(line: str, most: int, fits: Callable[[str], bool]) -> str:
    return next((shorter for size in range(most, 0, -1) if fits(shorter := cut(line, size))), "…")


def _most_lines(size: int) -> int:
    fits = int((BOTTOM - TOP - _SMALL_SIZE - _SMALL_GAP - _FOOT) / _leading(size))
    return min(fits, _MOST_LARGE_LINES) if size > _LARGE else fits


def _leading(size: int) -> int:
    return round(size * _TITLE_LEADING)


def _write_title(pen: ImageDraw.ImageDraw, lines: list[str], size: int, ink: Colour, top: int) -> list[Line]:
    font = _font(size, 800)
    return [_write(pen, line, (LEFT, top + number * _leading(size)), font, ink) for number, line in enumerate(lines)]


def _write_section(pen: ImageDraw.ImageDraw, section: str, top: int, accent: Colour) -> Line:
    pen.rectangle((LEFT, top + 6, LEFT + _BAR - 1, top + _SMALL_SIZE + 10), fill=accent)
    font = _font(_SMALL_SIZE, 700)
    return _write(pen, _one_line(section.upper(), font, RIGHT - LEFT - 36), (LEFT + 36, top), font, accent)


def _write_source(pen: ImageDraw.ImageDraw, source: str, top: int, accent: Colour, ink: Colour) -> Line:
    top += _FOOT - _SMALL_SIZE - _SMALL_GAP - _BAR
    pen.rectangle((LEFT, top, LEFT + _RULE - 1, top + _BAR - 1), fill=accent)
    font = _font(_SMALL_SIZE, 500)
    return _write(pen, _one_line(source, font, RIGHT - LEFT), (LEFT, top + _BAR + 28), font, ink)


def _write(
    pen: ImageDraw.ImageDraw, text: str, at: tuple[int, int], font: ImageFont.FreeTypeFont, colour: Colour
) -> Line:
    pen.text(at, text, font=font, fill=colour)
    left, top, right, bottom = pen.textbbox(at, text, font=font)
    return Line(text, (int(left), int(top), int(right + 0.5), int(bottom + 0.5)))


def _one_line(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while font.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _quiet(base: Colour, ink: Colour) -> Colour:
    softer = mix(base, ink, 0.78)
    return softer if contrast(base, softer) >= READABLE else ink


def _backdrop(base: Colour, ink: Colour) -> Image.Image:
    """The colour, towards the bottom a little further from the ink: no flat hole in the feed, and no less contrast."""
    away = (0, 0, 0) if contrast(ink, (0, 0, 0)) > contrast(ink, (255, 255, 255)) else (255, 255, 255)
    ramp = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", ramp.size, mix(base, away, 0.3)), Image.new("RGB", ramp.size, base), ramp)


@functools.cache
def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    # Basic layout: Latin and Cyrillic need no shaping, and raqm is not in every build of Pillow.
    font = ImageFont.truetype(str(fontpkg.path("Noto Sans", 400)), size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([_axis(axis, weight) for axis in font.get_variation_axes()])
    return font


def _axis(axis: Any, weight: int) -> float:
    name = axis["name"].decode() if isinstance(axis["name"], bytes) else str(axis["name"])
    return float(weight) if name.lower().startswith("weight") else float(axis["default"])


@functools.cache
def _missing() -> bytes:
    return bytes(_font(32, 400).getmask("\U0010fffd"))


@functools.lru_cache(4096)
def _can_draw(cluster: str) -> bool:
    if cluster.isspace():
        return True
    return all(not sign.isprintable() or _has_glyph(sign) for sign in cluster) and any(map(str.isprintable, cluster))


@functools.lru_cache(4096)
def _has_glyph(sign: str) -> bool:
    mask = _font(32, 400).getmask(sign)
    return bytes(mask) != _missing()
