"""Colours of a card: read, mixed, and made readable."""

import colorsys

Colour = tuple[int, int, int]

READABLE = 4.5
"""WCAG 2.2's least contrast for text; the card's title is larger, but a telephone in the sun is darker."""

_SEEN = 3.0
_SIGNAL: Colour = (255, 92, 72)
_BLACK: Colour = (12, 14, 16)
_WHITE: Colour = (255, 255, 255)


def parse_colour(text: str) -> Colour:
    """Read `#rrggbb`. Raises ValueError."""
    if len(text) != 7 or text[0] != "#":
        raise ValueError(f"{text!r} is no colour like #1a2b3c")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(base: Colour, other: Colour, share: float) -> Colour:
    """Blend `share` of the other colour into the base."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(base, other, strict=True))
    return red, green, blue


def readable_on(base: Colour, wanted: Colour) -> Colour:
    """Give the wanted colour for text, or black or white where nobody could read it."""
    if contrast(base, wanted) >= READABLE:
        return wanted
    return max((_WHITE, _BLACK), key=lambda colour: contrast(base, colour))


def accent_of(base: Colour, ink: Colour) -> Colour:
    """Choose the colour of the small things: a tint of a colourful background, a signal red on a plain one."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in base))
    is_plain = saturation < 0.35 or lightness < 0.12 or lightness > 0.92
    wanted = _SIGNAL if is_plain else _tint(hue, 0.82 if _luminance(base) < 0.4 else 0.2)
    return wanted if contrast(base, wanted) >= _SEEN else ink


def _tint(hue: float, lightness: float) -> Colour:
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, lightness, 0.75))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
