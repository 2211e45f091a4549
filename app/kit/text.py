"""Text as the outside world counts and breaks it: UTF-16 lengths, safe cuts, cleaning, HTML to plain text."""

import re
import unicodedata
from typing import TYPE_CHECKING

import regex

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


def utf16_len(text: str) -> int:
    """Count UTF-16 code units, which is how TikTok counts the length of its text fields."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, ellipsis: str = "…") -> str:
    """Shorten text to at most `limit` UTF-16 units, on a grapheme border and at the end of a word where one is near.

    A text that is too long ends with the ellipsis, unless that would leave no room for anything else.
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
    """Make one line of honest text: NFC, no control or invisible characters, single spaces; entities stay."""
    return " ".join(_without_junk(text).split())


def clean_multiline(text: str) -> str:
    """Clean each line like `clean`, and leave at most one empty line between two."""
    lines = (" ".join(line.split()) for line in _LINE_BREAK.split(_without_junk(text)))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def graphemes(text: str) -> list[str]:
    """Split text into what a reader sees as characters."""
    return _GRAPHEME.findall(text)


def _without_junk(text: str) -> str:
    if _UNSUSPECTED.fullmatch(text):
        return text
    text = unicodedata.normalize("NFC", _ENDLESS_MARKS.sub("", _JUNK.sub("", text)))
    return unicodedata.normalize("NFC", _TOO_MANY_MARKS.sub("", text))


def _fitting(text: str, budget: int) -> str:
    # A grapheme that reaches the end of this slice lies past the budget, so none can be seen cut in half.
    kept: list[str] = []
    used = 0
    for match in _GRAPHEME.finditer(text[: max(budget, 0) + 1]):
        used += utf16_len(match.group())
        if used > budget:
            break
        kept.append(match.group())
    follows = text[sum(map(len, kept)) :][:1]
    if follows and not follows.isspace():
        kept = _to_word_border(kept)
    while kept and (kept[-1].isspace() or kept[-1] in ",;:([{«“„-–—"):
        kept.pop()
    return "".join(kept)


def _to_word_border(kept: list[str]) -> list[str]:
    nearest = len(kept) - max(len(kept) // 4, 1)
    for index in range(len(kept) - 1, max(nearest, 1) - 1, -1):
        if kept[index].isspace():
            return kept[:index]
    return kept


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
    tree = _parse(html)
    for node in tree.css(_BESIDE_THE_STORY):
        node.decompose()
    for paragraph in tree.css("p")[:MAX_PARAGRAPHS]:
        if text := clean(paragraph.text(deep=True)):
            return text
    return html_to_text(html).partition("\n")[0]


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


_SENTENCE_END = regex.compile(r"(?:[.!?…]+|[。！？])[\"'»”’)\]]*(?:\s+(?=[\p{Lu}\p{Lo}\p{N}«“\"'(—–-])|$)")
_ABBREVIATIONS = frozenset({
    "ул", "им", "руб", "тыс", "млн", "млрд", "см", "стр", "гл", "кв", "обл", "р-н", "пр", "просп", "тг", "др", "проч",
    "mr", "mrs", "ms", "dr", "st", "prof",
})  # fmt: skip


def first_sentences(text: str, count: int = 2) -> str:
    """Give the first sentences of a text; initials and common abbreviations do not end one."""
    text = clean(text)
    found = 0
    for match in _SENTENCE_END.finditer(text):
        word = text[: match.start()].rpartition(" ")[2].strip("(«“\"'").casefold()
        if match.group().startswith(".") and (word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())):
            continue
        found += 1
        if found == count:
            return text[: match.end()].rstrip()
    return text
