"""Text as the outside world counts and breaks it: UTF-16 lengths, safe cuts, cleaning, HTML to plain text."""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

import regex

from app.kit.breaks import LOOSE_END, is_abbreviation, last_word, may_end

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# The parser's tree building takes quadratic time on nested or attribute-laden rubbish: 0.5 MB of `<div>` needs
# 13 s (selectolax 1.0.2). This many characters of markup without attributes are 9,000 words and at worst half a second.
MAX_MARKUP = 60_000
MAX_PARAGRAPHS = 50
# A letter with more marks than this is decoration ("zalgo"), and one such letter could fill a whole title.
MAX_MARKS = 8

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
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
    text = _LONE_SURROGATE.sub("", text)
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


_UNSEEN = "script style noscript template iframe object embed svg math canvas audio video select textarea head title"
_RAW_TEXT = re.compile(r"<(script|style|svg|iframe|noscript|template)\b", re.ASCII | re.IGNORECASE)
_RAW_TEXT_END = {
    name: re.compile(f"</{name}", re.ASCII | re.IGNORECASE)
    for name in ("script", "style", "svg", "iframe", "noscript", "template")
}
# Quoted values with `<` or `>` are left to the parser: here every attempt ends at the next `<`, so time stays linear.
_ATTRIBUTES = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9:-]*+)[\s/](?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+>""")
_BLOCK = re.compile(
    r"(?=</?(?:address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|"
    r"footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul)\b)",
    re.IGNORECASE,
)
_CELL = re.compile(r"(?=<t[dh]\b)", re.IGNORECASE)
_BESIDE_THE_STORY = "figure,figcaption,blockquote,aside,nav,footer,form"


def html_to_text(html: str) -> str:
    """Give the visible text of HTML, entities decoded, each block element on lines of its own.

    Hostile markup costs at most about a second: what lies past `MAX_MARKUP` characters of bare markup is not read.
    """
    return clean_multiline(_parse(html).text(deep=True))


def first_paragraph(html: str) -> str:
    """Give the first paragraph of running text: no captions, quotations or side notes; else the first line."""
    return next(_paragraphs(html), "") or html_to_text(html).partition("\n")[0]


def first_paragraphs(html: str, limit: int) -> str:
    """Give the paragraphs of running text that fit into so many UTF-16 units, the last one cut after a sentence."""
    kept, left = "", limit
    for paragraph in _paragraphs(html):
        whole = whole_sentences(paragraph, left) if utf16_len(paragraph) > left else paragraph
        # A first paragraph without any end of a sentence is cut all the same: it is all that there is.
        kept += whole if kept or whole else cut(paragraph, limit)
        left = limit - utf16_len(kept) - 2
        if whole != paragraph or left <= 0:
            break
        kept += "\n\n"
    if kept := kept.rstrip():
        return kept
    line = html_to_text(html).partition("\n")[0]
    return whole_sentences(line, limit) or cut(line, limit)


def whole_sentences(text: str, limit: int) -> str:
    """Give the sentences from the beginning that fit into so many UTF-16 units; perhaps none does."""
    kept = ""
    for count in range(1, limit):
        more = first_sentences(text, count)
        if utf16_len(more) > limit or more == kept:
            break
        kept = more
    return kept


def _paragraphs(html: str) -> Iterator[str]:
    tree = _parse(html)
    for node in tree.css(_BESIDE_THE_STORY):
        node.decompose()
    for paragraph in tree.css("p")[:MAX_PARAGRAPHS]:
        if text := clean(paragraph.text(deep=True)):
            yield text


def _parse(html: str) -> "LexborHTMLParser":
    # Some megabytes for a process that may never meet markup: what the worker reads was made plain at the door.
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_lighten(html))
    for node in tree.css(_UNSEEN.replace(" ", ",")):
        node.decompose()
    return tree


def _lighten(html: str) -> str:
    bare = _ATTRIBUTES.sub(r"<\1>", _without_raw_text(_LONE_SURROGATE.sub("", html)))
    bare = bare[:MAX_MARKUP].replace("\r", " ").replace("\n", " ").replace("\0", " ")
    return _CELL.sub(" ", _BLOCK.sub("\n", bare))


def _without_raw_text(html: str) -> str:
    """Drop elements whose content can be large and is never read, before the length is cut."""
    kept: list[str] = []
    at = 0
    for match in _RAW_TEXT.finditer(html):
        if match.start() < at:
            continue
        end = _RAW_TEXT_END[match[1].lower()].search(html, match.end())
        if end is None:
            break
        kept.append(html[at : match.start()])
        at = end.start()
    return "".join([*kept, html[at:]])


# Where words stand without spaces, a sentence ends without one too.
_SENTENCE_END = regex.compile(
    r"""([.!?…؟۔।։]+)["'»”’)\]]*(?:\s+(?=[\p{Lu}\p{Lo}\p{N}«“"'(—–-])|$)|[。！？]+(?![\]"'»”’)」』）])\s*"""
)
_LETTER = regex.compile(r"\p{L}")


def first_sentences(text: str, count: int = 2) -> str:
    """Give the first sentences of a text; numbers, initials and common abbreviations do not end one."""
    text = clean(text)
    found = start = 0
    for match in _SENTENCE_END.finditer(text):
        if not _LETTER.search(text, start, match.start()) or (match[1] == "." and _goes_on(text, match)):
            continue
        found, start = found + 1, match.end()
        if found == count:
            return text[: match.end()].rstrip()
    return text


def _goes_on(text: str, match: regex.Match[str]) -> bool:
    at, after = match.start(), text[match.end() : match.end() + 1]
    return (text[at - 1 : at].isdigit() and after.isdigit()) or is_abbreviation(last_word(text, at), after)
