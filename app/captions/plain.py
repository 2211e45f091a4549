"""Fields of an article as plain text: CMSes put HTML where a headline or a summary belongs."""

import html
import re
from urllib.parse import urlsplit

from app.kit.html_text import html_to_text
from app.kit.text import clean, clean_multiline

MAX_FIELD = 20_000

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--[^<>]*--)>")
_CODE = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)


def plain_line(text: str) -> str:
    """Give a headline without markup. Entities are decoded only beside tags: without any, it is taken as plain text."""
    text = text[:MAX_FIELD]
    bare = _TAG.sub(" " if _is_spaced(text) else "", _CODE.sub("", text))
    return clean(html.unescape(bare) if bare != text else text)


def plain_lines(text: str) -> str:
    """Give a summary without markup, its paragraphs on lines of their own."""
    text = text[:MAX_FIELD]
    return html_to_text(text) if _TAG.search(text) else clean_multiline(text)


def usable_link(url: str) -> str:
    """Give a web address as it is, or the empty string for what no reader could open."""
    url = clean(url)
    if not url or any(map(str.isspace, url)):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def _is_spaced(text: str) -> bool:
    return re.search(r"</?(?:br|p|div|h[1-6]|li)\b", text, re.IGNORECASE) is not None
