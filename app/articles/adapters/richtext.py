"""Rich text as headless CMSes store it, made into plain markup that is read like any other.

Portable Text (Sanity), Contentful's rich text, Strapi's blocks and dynamic zones, Storyblok's and other ProseMirror
documents, Lexical, Slate, Prismic's and Editor.js's blocks are all trees of named nodes with text at their leaves; they
differ in the names. So one walker reads them all, and what it does not know gives the text that is in it.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from app.articles.adapters.media_values import find_picture

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_DEEPEST = 60
_MOST_PIECES = 20_000
_LONGEST_MARKDOWN = 100_000
_NAMES = ("_type", "nodeType", "type", "__component", "component")
_CHILDREN = ("content", "children", "root", "blocks", "columns", "items", "body", "document")
_INLINE = frozenset({
    "a", "link", "hyperlink", "entry-hyperlink", "asset-hyperlink", "autolink", "span", "text", "mention", "strong",
    "em",
})  # fmt: skip
_BREAKS = frozenset({"hardbreak", "linebreak", "break", "br"})
# Another site's matter, or what only a program reads.
_UNREAD = frozenset({
    "embed", "oembed", "embedded-entry-block", "embedded-entry-inline", "embedded-resource-block", "iframe", "video",
    "audio", "youtube", "tweet", "twitter", "instagram", "attaches", "linktool", "raw", "button", "horizontalrule",
    "delimiter", "relation-block",
})  # fmt: skip
# Editor.js keeps a block's HTML in its data.
_EDITOR_JS = frozenset({"text", "items", "code", "message"})
_HEADING = re.compile(r"(?:heading|header|title|h)[-_]?[1-6]?")
_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|figure|img|a|b|i|strong|em|span|table|blockquote|section|!--)\b", re.IGNORECASE
)


def markup_of(value: Any) -> str:
    """Give the markup of an article's text, in whichever form the CMS has it: HTML, Markdown or rich text."""
    if isinstance(value, str):
        return value if _MARKUP.search(value) else _markdown().render(value[:_LONGEST_MARKDOWN])
    pieces: list[str] = []
    for piece in _walk(value, 0):
        pieces.append(piece)
        if len(pieces) == _MOST_PIECES:
            break
    return "".join(pieces)


def _walk(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield _lines(value)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        yield from _node(value, depth)


def _node(node: dict[str, Any], depth: int) -> Iterator[str]:
    written = _first_text(node, _NAMES)
    name = written.rpartition(".")[2].lower().replace("_", "")
    if name in _BREAKS:
        yield "<br>"
    elif _is_picture(name, node):
        yield from _picture(node)
    elif name not in _UNREAD:
        tag = _tag(name, node)
        yield f"<{tag}>" if tag else ""
        yield from _inside(node, depth)
        yield f"</{tag}>" if tag else ""


def _inside(node: dict[str, Any], depth: int) -> Iterator[str]:
    data = node.get("data")
    if isinstance(data, dict) and not _EDITOR_JS.isdisjoint(data) and not _has_children(node):
        yield from (_as_markup(data[key]) for key in ("text", "items", "code", "message") if key in data)
        return
    if not _has_children(node):
        for key in ("text", "value", "body", "content", "richText", "quote"):
            if isinstance(node.get(key), str):
                yield _leaf(node[key], is_leaf=key in {"text", "value"})
                return
    for key in (*_CHILDREN, "file", "files", "attrs", "primary", "text"):
        if isinstance(node.get(key), list | dict):
            yield from _walk(node[key], depth + 1)


def _leaf(text: str, *, is_leaf: bool) -> str:
    return _lines(text) if is_leaf else markup_of(text)


def _as_markup(value: Any) -> str:
    if isinstance(value, str):
        return value
    items = value if isinstance(value, list) else []
    return "".join(f"<li>{item}</li>" for item in items if isinstance(item, str))


def _is_picture(name: str, node: dict[str, Any]) -> bool:
    if name in {"image", "img", "picture", "embedded-asset-block", "asset", "upload", "media", "captionedimage"}:
        return True
    mime = node.get("mime") or node.get("mimeType")
    return isinstance(mime, str) and mime.startswith("image/")


def _picture(node: dict[str, Any]) -> Iterator[str]:
    found = find_picture(node)
    if found is not None:
        yield f'<img src="{escape(found[0])}" alt="{escape(found[1])}">'


def _tag(name: str, node: dict[str, Any]) -> str:
    style = node.get("style")
    if isinstance(style, str) and name in {"block", ""}:
        name = "listitem" if node.get("listItem") else style.lower()
    if name in _INLINE or (not name and not _has_children(node)):
        return ""
    if name in {"listitem", "list-item", "o-list-item", "li", "taskitem"}:
        return "li"
    if name in {"blockquote", "quote", "pullquote"}:
        return "blockquote"
    if _HEADING.fullmatch(name):
        return "h2"
    is_paragraph = name in {"paragraph", "normal", "p", "preformatted"} or _holds_text(node)
    return "p" if is_paragraph else "div"


def _holds_text(node: dict[str, Any]) -> bool:
    children = node.get("children") or node.get("content")
    return isinstance(children, list) and any(isinstance(child, dict) and "text" in child for child in children[:20])


def _has_children(node: dict[str, Any]) -> bool:
    return any(isinstance(node.get(key), list | dict) for key in _CHILDREN)


def _first_text(node: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((node[key] for key in keys if isinstance(node.get(key), str)), "")


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


@cache
def _markdown() -> "MarkdownIt":
    # A megabyte, in every process of newsrooms whose CMS keeps no Markdown.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")
