"""Text as the outside world counts and breaks it: UTF-16 lengths, safe cuts, cleaning."""

import re
import unicodedata
from collections.abc import Iterator

import regex

from app.kit.breaks import LOOSE_END, may_end

# A letter with more marks than this is decoration ("zalgo"), and one such letter could fill a whole title.
MAX_MARKS = 8

LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_GRAPHEME = regex.compile(r"\X")
# The scripts in which ZWJ and ZWNJ change the spelling of a word.
_JOINING = (
    r"\p{Arabic}\p{Syriac}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
    r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}"
)
_JUNK = regex.compile(
    rf"""
      \U0001F3F4[\U000E0030-\U000E007A]{{2,8}}\U000E007F (*SKIP)(*FAIL)           # a regional flag is spelt in tags
    | [\p{{Cc}}\p{{Cs}}\p{{Co}}--[\t\n\v\f\r\x1c-\x1f\x85]]
    | [\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0]
    | [\uFFF9-\uFFFC\uFDD0-\uFDEF]
    | [\p{{Noncharacter_Code_Point}}]
    | [\U000E0000-\U000E007F]
    | \u200D(?<!(?:\p{{Extended_Pictographic}}[\uFE0F\p{{Emoji_Modifier}}]?|[{_JOINING}]\p{{M}}*)\u200D)
    | \u200D(?<=\p{{Extended_Pictographic}}[\uFE0F\p{{Emoji_Modifier}}]?\u200D)(?!\p{{Extended_Pictographic}})
    | \u200C(?<![{_JOINING}]\p{{M}}*\u200C)
    | [\uFE0E\uFE0F](?<![\p{{Emoji}}\p{{Extended_Pictographic}}].)
    | [\uFE00-\uFE0D\U000E0100-\U000E01EF](?<![\p{{Han}}\p{{Mongolian}}\p{{Myanmar}}].)
    """,
    regex.VERBOSE | regex.VERSION1,
)
# Cyrillic and Latin prose without emoji, which is most of what comes, needs no closer look.
_UNSUSPECTED = re.compile(r"[\t\n\r -~\xa0-\xac\xae-\xbf\u0400-\u0482\u048a-\u052f\u2013-\u201e\u2026\u2116]*")
# Normalising sorts each run of marks in quadratic time, so a run is bounded before that, and brought to size after.
_ENDLESS_MARKS = regex.compile(r"(?<=\p{M}{64})\p{M}+")
_TOO_MANY_MARKS = regex.compile(rf"(?<=\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MANY_LINES = re.compile(r"\n{3,}")
_NO_BREAK = "\u00a0\u202f\u2007"
_SPACES = re.compile(r"\s+")


def utf16_len(text: str) -> int:
    """Count UTF-16 code units, which is how TikTok counts the length of its text fields."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, ellipsis: str = "…") -> str:
    """Shorten text to at most `limit` UTF-16 units, on a grapheme border and at the end of a word where one is near.

    A text that is too long ends with the ellipsis, unless that would leave no room for anything else. Half a number
    is another number: what must stay whole (`may_end`) goes as a whole, even if nothing is left.
    """
    text = LONE_SURROGATE.sub("", text)
    if utf16_len(text) <= limit:
        return text
    for tail in (ellipsis, ""):
        head = _fitting(text, limit - utf16_len(tail))
        if head:
            return head + tail
    return ""


def clean(text: str) -> str:
    """Make one line of honest text: NFC, no control or invisible characters, single spaces; entities stay.

    A no-break space stays one: it holds a number together on the reader's screen too.
    """
    return _single_spaced(_without_junk(text))


def clean_multiline(text: str) -> str:
    """Clean each line like `clean`, and leave at most one empty line between two."""
    lines = map(_single_spaced, _LINE_BREAK.split(_without_junk(text)))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """Give what two spellings of a name have in common: compatibility forms, case and kinds of space do not count."""
    folded = unicodedata.normalize("NFKC", clean(text)).casefold().replace("i\u0307", "i")  # the İ of Turkish
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _without_junk(text: str) -> str:
    if _UNSUSPECTED.fullmatch(text):
        return text
    text = unicodedata.normalize("NFC", _ENDLESS_MARKS.sub("", _JUNK.sub("", text)))
    return unicodedata.normalize("NFC", _TOO_MANY_MARKS.sub("", text))


def _single_spaced(line: str) -> str:
    if any(space in line for space in _NO_BREAK):
        return _SPACES.sub(_one_space, line).strip()
    return " ".join(line.split())


def _one_space(match: re.Match[str]) -> str:
    run = match.group()
    return " " if run.strip(_NO_BREAK) else run[0]


def _fitting(text: str, budget: int) -> str:
    # A grapheme that reaches the end of this slice lies past the budget, so none can be seen cut in half.
    ends = [0]
    used = 0
    for match in _GRAPHEME.finditer(text[: max(budget, 0) + 1]):
        used += utf16_len(match.group())
        if used > budget:
            break
        ends.append(match.end())
    end = next((end for end in _places(text, ends) if _may_end(text, end)), 0)
    return text[:end].rstrip(LOOSE_END)


def _places(text: str, ends: list[int]) -> Iterator[int]:
    """Give the places where a text may be cut, best first: where the last word ends, in that word if it is long."""
    words = [end for end in reversed(ends) if text[end : end + 1].isspace()]
    nearest = ends[max(len(ends) - 1 - max((len(ends) - 1) // 4, 1), 0)]
    if not words or words[0] < nearest:
        yield from (end for end in reversed(ends) if not words or end > words[0])
    yield from words
    yield from reversed(ends)


def _may_end(text: str, end: int) -> bool:
    """Tell whether a text may be cut here. A word that belongs to its neighbour is not torn either."""
    if not may_end(text, end):
        return False
    if text[end : end + 1].isspace():
        return True
    start = next((at for at in range(end, 0, -1) if text[at - 1].isspace()), 0)
    stop = next((at for at in range(end, len(text)) if text[at].isspace()), len(text))
    return start == end or (may_end(text, start) and may_end(text, stop))
