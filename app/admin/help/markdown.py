"""One page of the manual: Markdown to HTML, with anchors on its headings and its words for the search."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text up to the next one; the first is the page's own and has no anchor."""

    level: int
    title: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A page, ready to be shown and searched."""

    title: str
    html: Markup
    sections: Sequence[Section]

    @property
    def chapters(self) -> Sequence[Section]:
        """What a list of contents of this page names."""
        return [section for section in self.sections if section.level == 2]


def read_document(source: str, locate: Callable[[str], str]) -> Document:
    """Read a page that begins with its title. `locate` gives the address of what a link or a picture leads to."""
    parser = _parser()
    tokens = parser.parse(unicodedata.normalize("NFC", source))
    anchors = _anchors(tokens)
    sections = list(_sections(tokens, anchors))
    html = parser.renderer.render(list(_for_pages(tokens, anchors, locate)), parser.options, {})
    return Document(sections[0].title, Markup(html), sections)  # noqa: S704 - what the parser made of our own file


def _anchors(tokens: Sequence["Token"]) -> dict[int, str]:
    """The anchor of each heading by its place, as GitHub makes them, so that a link is good in both places."""
    anchors: dict[int, str] = {}
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            plain = _NOT_IN_ANCHORS.sub("", _words(tokens[place + 1]).lower()).replace(" ", "-")
            count = sum(re.fullmatch(rf"{re.escape(plain)}(-\d+)?", taken) is not None for taken in anchors.values())
            anchors[place] = f"{plain}-{count}" if count else plain
    return anchors


def _sections(tokens: Sequence["Token"], anchors: dict[int, str]) -> Iterator[Section]:
    starts = [*anchors, len(tokens)]
    for start, end in pairwise(starts):
        level = int(tokens[start].tag[1])
        text = " ".join(filter(None, (_words(token) for token in tokens[start + 2 : end])))
        yield Section(level, _words(tokens[start + 1]), anchors[start] if level > 1 else "", text)


def _words(token: "Token") -> str:
    """What a reader reads of a block."""
    if token.type in {"fence", "code_block"}:
        return _SPACES.sub(" ", token.content).strip()
    parts = (" " if child.type.endswith("break") else child.content for child in token.children or ())
    return _SPACES.sub(" ", "".join(parts)).strip()


def _for_pages(tokens: Sequence["Token"], anchors: dict[int, str], locate: Callable[[str], str]) -> Iterator["Token"]:
    for place, token in enumerate(tokens):
        match token.type:
            case "heading_open" if token.tag != "h1":
                token.attrSet("id", anchors[place])
                heading = tokens[place + 1].children or []
                heading.append(_raw(f' <a class="anchor" href="#{anchors[place]}" aria-label="Link to this">#</a>'))
            case "table_open":
                yield _raw('<div class="wide" role="group" aria-label="Table" tabindex="0">')
            case "fence" | "code_block":
                yield _raw(f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>\n')
                continue
        for child in token.children or ():
            _lead(child, locate)
        yield token
        if token.type == "table_close":
            yield _raw("</div>\n")


def _raw(html: str) -> "Token":
    from markdown_it.token import Token

    return Token("html_inline", "", 0, content=html)


def _lead(token: "Token", locate: Callable[[str], str]) -> None:
    """Let a link or a picture lead where the page is served."""
    if token.type == "link_open":
        address = locate(str(token.attrs["href"]))
        token.attrSet("href", address)
        if address.startswith("https://"):
            token.attrSet("rel", "noopener noreferrer")
            token.attrSet("target", "_blank")
    elif token.type == "image":
        token.attrSet("src", locate(str(token.attrs["src"])))
        token.attrSet("loading", "lazy")


@cache
def _parser() -> "MarkdownIt":
    """HTML in a page stays text: whoever writes a page needs no more than Markdown, and the pages need no trust."""
    # A megabyte, until somebody reads the manual.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
