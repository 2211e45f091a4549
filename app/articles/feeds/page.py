"""What an article's own page says of it: JSON-LD first, then OpenGraph, then what else newsrooms' pages say."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from typing import Any

from charset_normalizer import from_bytes

from app.articles.adapters import fields
from app.articles.feeds.images import PICTURE_NAME, Picture, best_first
from app.articles.feeds.page_head import read_head
from app.articles.feeds.written_dates import moment_of
from app.kit.clock import rfc3339

_ARTICLES = frozenset(
    {
        "newsarticle", "article", "reportagenewsarticle", "analysisnewsarticle", "askpublicnewsarticle",
        "backgroundnewsarticle", "opinionnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting",
        "socialmediaposting", "report", "advertisercontentarticle",
    }
)  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_COMMENTED = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?:-->|//\]\]>|/\*\]\]>\*/)\s*$")
_LAST_COMMA = re.compile(r",(\s*[}\]])")
# The best first. A plain "author" is the site or its maker as often, and "keywords" is for search engines.
_TITLE = ("og:title", "twitter:title", "headline")
_EXCERPT = ("og:description", "description", "twitter:description")
_SECTION = ("article:section", "mediator_theme", "parsely-section", "articlesection")
_KEYWORDS = ("article:tag", "news_keywords", "parsely-tags")
_AUTHOR = ("article:author", "mediator_author", "parsely-author")
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "mediator_published_time", "datepublished",
    "parsely-pub-date", "dc.date.issued", "pubdate",
)  # fmt: skip
_PICTURE = ("og:image", "og:image:secure_url", "twitter:image", "twitter:image:src", "image_src", "image")
_MOST_MARKUP = 5_000_000
_DEEPEST = 6
_MOST_NODES = 200
_MOST_TAGS = 50
_MOST_LOOKED_AT_FOR_CHARSET = 4_096


def read_page(body: bytes, charset: str, address: str, zone: tzinfo = UTC) -> dict[str, Any]:
    """Read the article's fields as a page tells them; what it does not tell is left out."""
    # A time that names no zone is the site's: that of the source.
    markup = _decoded(body, charset)
    metas, scripts, language, title = read_head(markup)
    article = _article(scripts)
    named = _pictures(article.get("image")) or _pictures(article.get("thumbnailUrl"))
    pictures = [*named, *_og_pictures(metas)]
    published = _first(article.get("datePublished"), *_said(metas, _PUBLISHED))
    found = {
        "title": fields.one_line(
            _first(article.get("headline"), article.get("name"), *_said(metas, _TITLE), title), fields.MAX_TITLE
        ),
        "excerpt": fields.many_lines(_first(article.get("description"), *_said(metas, _EXCERPT)), fields.MAX_EXCERPT),
        "text": fields.many_lines(_first(article.get("articleBody")), fields.MAX_TEXT),
        "category": fields.one_line(_first(article.get("articleSection"), *_said(metas, _SECTION)), fields.MAX_NAME),
        "tags": fields.tag_names(_tags(article.get("keywords")) or _split(_first(*_said(metas, _KEYWORDS)))),
        "authors": fields.people(_people(article.get("author"))) or fields.people(_authors_in(metas)),
        "language": fields.language_of(
            _first(article.get("inLanguage"), metas.get("og:locale", "").replace("_", "-"), language), ""
        ),
        "images": [list(image) for image in best_first(pictures, address)],
        "published_at": rfc3339(moment) if (moment := moment_of(published, None, zone)) else None,
        "is_paywalled": _is_false(article.get("isAccessibleForFree")),
    }
    return {name: value for name, value in found.items() if value}


def _said(metas: dict[str, str], names: Iterable[str]) -> Iterator[str]:
    return (metas[name] for name in names if name in metas)


def _authors_in(metas: dict[str, str]) -> list[str]:
    return [name for name in _said(metas, _AUTHOR) if not name.startswith(("http:", "https:", "/"))][:1]


def _article(scripts: list[str]) -> dict[str, Any]:
    """Find the article, with what it only names by `@id` in place of the name: so Yoast says its picture."""
    nodes = [node for document in _documents(scripts) for node in _nodes(document, 0)]
    article = next((node for node in nodes if _is_article(node)), {})
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return {name: _looked_up(value, by_id) for name, value in article.items()}


def _documents(scripts: list[str]) -> Iterator[Any]:
    for script in scripts:
        written = _COMMENTED.sub("", script.strip())
        for text in (written, _LAST_COMMA.sub(r"\1", written)):
            try:
                yield json.loads(text, strict=False)
            except (ValueError, RecursionError):
                continue
            break


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and kind.rpartition("/")[2].lower() in _ARTICLES for kind in named)


def _looked_up(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_looked_up(one, by_id) for one in value[:_MOST_NODES]]
    if isinstance(value, dict) and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], {}) | value
    return value


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value[:_MOST_NODES]:
            yield from _nodes(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _nodes(value.get(name), depth + 1)


def _pictures(value: Any, depth: int = 0) -> list[Picture]:
    if isinstance(value, str):
        return [Picture(value, is_cover=True)]
    if isinstance(value, list) and depth < _DEEPEST:
        return [picture for one in value[:_MOST_TAGS] for picture in _pictures(one, depth + 1)]
    if isinstance(value, dict):
        # What has only a name is described elsewhere, or is named by its address.
        named = value["@id"] if isinstance(value.get("@id"), str) and PICTURE_NAME.search(value["@id"]) else ""
        url = _first(value.get("url"), value.get("contentUrl"), named)
        size = _pixels(value.get("width")), _pixels(value.get("height"))
        alt = _first(value.get("caption"), value.get("name"))
        return [Picture(url, alt, *size, is_cover=True)] if url.startswith(("http", "/")) else []
    return []


def _og_pictures(metas: dict[str, str]) -> list[Picture]:
    written = _first(*_said(metas, _PICTURE))
    size = _pixels(metas.get("og:image:width")), _pixels(metas.get("og:image:height"))
    found = [Picture(url, metas.get("og:image:alt", ""), is_cover=True) for url in written.split("\n") if url.strip()]
    if len(found) == 1:
        return [Picture(found[0].url, found[0].alt, *size, is_cover=True)]
    return found


def _tags(value: Any) -> list[str]:
    if isinstance(value, list):
        return [one for one in value[:_MOST_TAGS] if isinstance(one, str)]
    return _split(value) if isinstance(value, str) else []


def _people(value: Any) -> list[str]:
    return [_first(one) for one in (value if isinstance(value, list) else [value])[:_MOST_TAGS]]


def _split(value: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,\n]", value) if one.strip()][:_MOST_TAGS]


def _first(*values: Any) -> str:
    """Give the first text among values, each of which may be a list of texts or an object with a name."""
    for value in values:
        one = value[0] if isinstance(value, list) and value else value
        if isinstance(one, dict):
            one = one.get("name") or one.get("@value") or one.get("alternateName")
        if isinstance(one, str) and one.strip():
            return one
    return ""


def _is_false(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.rpartition("/")[2].strip().lower() == "false")


def _pixels(value: Any) -> int:
    if isinstance(value, dict):
        value = value.get("value")
    written = str(value if value is not None else "").strip().removesuffix("px").strip()
    return int(written[:5]) if written.isascii() and written.isdigit() else 0


def _decoded(body: bytes, charset: str) -> str:
    """Decode by what the server says, else by what the page says, else by its looks."""
    head = body[:_MOST_LOOKED_AT_FOR_CHARSET]
    written = _CHARSET.search(head)
    for name in (charset, written[1].decode("ascii") if written else "", "utf-8"):
        try:
            return body.decode(name)[:_MOST_MARKUP] if name else _never()
        except (LookupError, ValueError):
            continue
    best = from_bytes(body[:100_000]).best()
    return body.decode(best.encoding if best else "utf-8", "replace")[:_MOST_MARKUP]


def _never() -> str:
    raise ValueError
