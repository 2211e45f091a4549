"""HTML as plain text: its words, its paragraphs, its beginning."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.kit.sentences import whole_sentences
from app.kit.text import LONE_SURROGATE, clean, clean_multiline, cut, utf16_len

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# The parser's tree building takes quadratic time on nested or attribute-laden rubbish: 0.5 MB of `<div>` needs
# 13 s (selectolax 1.0.2). This many characters of markup without attributes are 9,000 words and at worst half a second.
MAX_MARKUP = 60_000
MAX_PARAGRAPHS = 50
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
    bare = _ATTRIBUTES.sub(r"<\1>", _without_raw_text(LONE_SURROGATE.sub("", html)))
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
