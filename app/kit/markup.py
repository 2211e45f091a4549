"""The tags and comments of HTML, told apart as browsers do it, in a time that grows with the length alone.

For what must be found in markup without a tree. selectolax builds one, in quadratic time where the nesting is hostile;
html.parser sees the ends of comments and scripts as each patch release of Python has it.
https://html.spec.whatwg.org/multipage/parsing.html#tokenization (seen 2026-11-29)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""Elements that have no end tag, and hold nothing."""

_SPACE = r"\t\n\f\r "
_OPENING = re.compile(
    r"<(?:(?P<comment>!--)|(?P<odd>[!?]|/(?![a-zA-Z]))|(?P<end>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*+))"
)
# `<!-->` and `<!--->` are whole comments already.
_COMMENT_REST = re.compile(r"-?>|.*?--!?>", re.DOTALL)
# A quotation mark opens a value only behind `=`; without its partner it swallows the rest, and no tag comes of it.
_VALUE = rf"""(?:"[^"]*+"|'[^']*+'|["'](?s:.*+)|(?=>|$)|[^{_SPACE}>"'][^{_SPACE}>]*+)"""
_NAME = rf"[^{_SPACE}/>][^{_SPACE}/>=]*+"
_EQUALS = rf"[{_SPACE}]*+=[{_SPACE}]*+"
_ATTRIBUTE = re.compile(rf"({_NAME})(?:{_EQUALS}({_VALUE}))?+")
_TAG_REST = re.compile(rf"((?:[{_SPACE}/]*+{_NAME}(?:{_EQUALS}{_VALUE})?+)*+)[{_SPACE}/]*+>")
_RAW_TEXT = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
_RAW_TEXT_END = {name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in _RAW_TEXT}
_ENTITY = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|[a-zA-Z][a-zA-Z0-9]*+(?:;|(?!=)))")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it stands in the markup from `start` to `end`; its name is in lower case."""

    name: str
    start: int
    end: int
    is_end: bool
    written: str

    @property
    def attributes(self) -> dict[str, str]:
        """The values by lower-case name, entities resolved; of two of the same name the first counts."""
        values: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(self.written):
            bare = value[1:-1] if value[:1] in {'"', "'"} else value
            values.setdefault(name.lower(), _ENTITY.sub(_resolve, bare))
        return values


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from `start` to `end`, its delimiters included."""

    text: str
    start: int
    end: int


def read_markup(html: str) -> Iterator[Tag | Comment]:
    """Give the tags and comments in their order. What stands in scripts, styles and the like is text, and no tag.

    The content of <noscript> is read as markup: it is what readers without scripts are shown. What is begun and never
    ended (a comment, a tag, a script) reaches to the end, as in browsers.
    """
    at = 0
    while found := _OPENING.search(html, at):
        start = found.start()
        if found["name"] is None:
            at = _past_comment(html, found)
            if found["comment"]:
                yield Comment(html[start:at], start, at)
            continue
        rest = _TAG_REST.match(html, found.end())
        if rest is None:
            return
        name, at = found["name"].lower(), rest.end()
        yield Tag(name, start, at, bool(found["end"]), rest[1])
        if name in _RAW_TEXT and not found["end"]:
            closing = _RAW_TEXT_END[name].search(html, at)
            if closing is None:
                return
            at = closing.start()


def _past_comment(html: str, opening: re.Match[str]) -> int:
    if opening["comment"]:
        rest = _COMMENT_REST.match(html, opening.end())
        return rest.end() if rest else len(html)
    # Declarations, processing instructions and the like: to the next `>`, whatever they hold.
    return html.find(">", opening.end()) + 1 or len(html)


def _resolve(entity: re.Match[str]) -> str:
    # `&sect` in `?a=1&section=2` is part of an address: without a semicolon only a whole name counts.
    return unescape(entity[0]) if entity[0][1] == "#" else html5.get(entity[0][1:], entity[0])
