"""Breaking a line of text into lines of a given width."""

from collections.abc import Callable

import regex

_CLUSTER = regex.compile(r"\X")
_SPACE = regex.compile(r"[^\S\u00a0\u202f]+")
# A line may end after these although no space follows.
_SEAM = regex.compile(r"(?<=[-–—/])(?=\w)")


def wrap(text: str, room: float, measure: Callable[[str], float]) -> tuple[list[str], bool]:
    """Break text into balanced lines no wider than `room`; tell whether a word had to be broken."""
    words, is_broken = _whole_words(text, room, measure)
    lines = _fill(words, room, measure)
    return _balance(words, lines, room, measure), is_broken


def _whole_words(text: str, room: float, measure: Callable[[str], float]) -> tuple[list[str], bool]:
    """Split into words with the space or nothing that follows; a word wider than the room comes in pieces."""
    words: list[str] = []
    is_broken = False
    for word in _SPACE.split(text.strip()):
        parts = _SEAM.split(word) if measure(word) > room else [word]
        for part in parts:
            if measure(part) > room:
                is_broken = True
                words += _pieces(part, room, measure)
            else:
                words.append(part)
        words[-1] += " "
    return words, is_broken


def _pieces(word: str, room: float, measure: Callable[[str], float]) -> list[str]:
    pieces = [""]
    for cluster in _CLUSTER.findall(word):
        if pieces[-1] and measure(pieces[-1] + cluster + "-") > room:
            pieces[-1] += "-"
            pieces.append("")
        pieces[-1] += cluster
    return pieces


def _fill(words: list[str], room: float, measure: Callable[[str], float]) -> list[str]:
    lines = [""]
    for word in words:
        if lines[-1] and measure((lines[-1] + word).rstrip()) > room:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _balance(words: list[str], lines: list[str], room: float, measure: Callable[[str], float]) -> list[str]:
    """Narrow the room as long as the lines stay as many, so that no last line holds one short word."""
    low, high = room * 0.6, room
    best = lines
    for _ in range(6):
        middle = (low + high) / 2
        tried = _fill(words, middle, measure)
        fits = len(tried) == len(lines) and all(measure(line) <= room for line in tried)
        if fits:
            best, high = tried, middle
        else:
            low = middle
    return best
