"""Articles in JSON at an address of the CMS: WordPress's REST API, Ghost's Content API, Strapi."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.articles.adapters import fields, ghost, strapi, wordpress
from app.articles.adapters.base import Adapter, ArticleDraft, ParsedDelivery, SourceOptions
from app.articles.feeds.reading import MOST_ITEMS, Feed, Item, NoFeed
from app.errors import AppError

_PER_PAGE = "50"
_WORDPRESS_PATH = "/wp-json/wp/v2/"
_GHOST_PATH = "/ghost/api/"
_STRAPI_PATH = "/api/"
_PAGES = {
    "wordpress": ("page", _WORDPRESS_PATH),
    "ghost": ("page", _GHOST_PATH),
    "strapi": ("pagination[page]", _STRAPI_PATH),
}
"""How each names a page of its list, and where the list is. WordPress's RSS has pages as well, under another name."""
_WORDPRESS_FEED = re.compile(r"/feed(?:/(?:rss2?|rdf|atom))?/?$")
_OWN_PAGE = frozenset({"page", "paged", "offset", "pagination[page]", "pagination[start]", "pagination[limit]"})
_OWN_TEXT = ("rendered", "raw")


def asked_url(kind: str, url: str, token: str) -> tuple[str, dict[str, str]]:
    """Give the address that is asked, with what an editor need not know of it, and the headers with the read token."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    headers: dict[str, str] = {}
    if kind == "wordpress" and _WORDPRESS_PATH in parts.path:
        query = {"_embed": "1", "per_page": _PER_PAGE, **query}
    elif kind == "ghost" and _GHOST_PATH in parts.path:
        query = {"include": "tags,authors", "formats": "html,plaintext", "limit": _PER_PAGE, **query}
        query |= {"key": token} if token else {}
    elif kind == "strapi" and _STRAPI_PATH in parts.path:
        query = {"populate": "*", "pagination[pageSize]": _PER_PAGE, "sort": "publishedAt:desc", **query}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
    else:
        return url, {}
    return urlunsplit(parts._replace(query=urlencode(query, safe="[]:*,"))), headers


def page_url(kind: str, url: str, number: int) -> str | None:
    """Give the address of a further page of the list, the first being 1; None where the address has no pages."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    name, path = _PAGES.get(kind, ("", ""))
    if kind == "wordpress" and (_WORDPRESS_FEED.search(parts.path) or "feed" in query):
        name, path = "paged", ""
    if not name or path not in parts.path or not _OWN_PAGE.isdisjoint(query):
        return None
    return urlunsplit(parts._replace(query=urlencode({**query, name: str(number)}, safe="[]:*,")))


def read_rest(document: Any, kind: str, address: str, options: SourceOptions) -> Feed:
    """Read the list of articles that this kind of CMS gives. Raises NoFeed."""
    if kind == "wordpress" and isinstance(document, list):
        return Feed(list(_items(wordpress, map(_of_wordpress, _dicts(document)), options)))
    if kind == "ghost" and isinstance(document, dict) and isinstance(document.get("posts"), list):
        return Feed(list(_items(ghost, map(_of_ghost, _dicts(document["posts"])), options)))
    if kind == "strapi" and isinstance(document, dict) and isinstance(document.get("data"), list):
        model = _model(address, options)
        return Feed(list(_items(strapi, (_of_strapi(entry, model) for entry in _dicts(document["data"])), options)))
    raise NoFeed


def _items(adapter: Adapter, documents: Iterable[dict[str, Any]], options: SourceOptions) -> Iterable[Item]:
    """Let the adapter read each as if its webhook had brought it, so that both give one article the same id."""
    for document in documents:
        try:
            news = adapter.parse(json.dumps(document).encode(), options, {})
        except (AppError, RecursionError):
            continue
        if isinstance(news, ParsedDelivery) and (news.draft.title or news.draft.url):
            draft = news.draft
            yield Item(
                identity=news.external_id,
                url=draft.url,
                title=draft.title,
                published_at=draft.published_at,
                updated_at=_updated(document, news.revision, options),
                content=(draft.excerpt, draft.text, *(str(image["url"]) for image in draft.images)),
                make=_giver(draft),
                external_id=news.external_id,
            )


def _giver(draft: ArticleDraft) -> Callable[[], ArticleDraft]:
    return lambda: draft


def _updated(document: dict[str, Any], revision: datetime | None, options: SourceOptions) -> datetime | None:
    entry = document.get("entry")
    return fields.find_moment(entry.get("updatedAt"), options.zone) if isinstance(entry, dict) else revision


def _of_wordpress(post: dict[str, Any]) -> dict[str, Any]:
    """Give a post of the REST API the shape of the plugin's document."""
    embedded = post.get("_embedded")
    embedded = embedded if isinstance(embedded, dict) else {}
    content = post.get("content")
    is_protected = isinstance(content, dict) and bool(content.get("protected"))
    terms: dict[str, list[dict[str, Any]]] = {}
    for term in (term for group in embedded.get("wp:term") or () if isinstance(group, list) for term in _dicts(group)):
        terms.setdefault(str(term.get("taxonomy")), []).append(term)
    authors = [str(author.get("name") or "") for author in _dicts(embedded.get("author"))]
    media = next(iter(_dicts(embedded.get("wp:featuredmedia"))), {})
    return {
        "post_id": post.get("id"),
        "post": {
            "ID": post.get("id"),
            "post_title": _rendered(post, "title"),
            "post_content": _rendered(post, "content"),
            "post_excerpt": _rendered(post, "excerpt"),
            "post_status": post.get("status", "publish"),
            "post_password": "protected" if is_protected else "",
            "post_type": post.get("type", "post"),
            "post_date_gmt": _spaced(post.get("date_gmt")),
            "post_modified_gmt": _spaced(post.get("modified_gmt")),
        },
        "post_before": False,
        "post_permalink": post.get("link") or "",
        "post_thumbnail": media.get("source_url") or False,
        "taxonomies": terms,
        "authors": authors,
    }


def _of_ghost(post: dict[str, Any]) -> dict[str, Any]:
    # The Content API gives published posts alone, and says so of none of them.
    return {
        "event": "post.published",
        "post": {"current": {"status": "published", **post}, "previous": {"status": "draft"}},
    }


def _of_strapi(entry: dict[str, Any], model: str) -> dict[str, Any]:
    """Give an entry the shape of the webhook's document."""
    flat = strapi.flat_entry(entry)
    return {
        "event": "entry.publish",
        "createdAt": flat.get("updatedAt") or flat.get("publishedAt"),
        "model": model,
        "uid": f"api::{model}.{model}",
        "entry": flat,
    }


def _model(address: str, options: SourceOptions) -> str:
    """Tell the kind of content, of which the address has the plural: one of the source's kinds, or without its `s`."""
    plural = urlsplit(address).path.rstrip("/").rpartition("/")[2].casefold()
    named = [name.strip() for name in str(getattr(options, "content_types", "")).split(",") if name.strip()]
    fitting = [name for name in named if name.casefold() in {plural, plural.removesuffix("s")}]
    return next(iter(fitting), plural.removesuffix("s"))


def _rendered(post: dict[str, Any], name: str) -> str:
    value = post.get(name)
    if isinstance(value, dict):
        value = next((value[key] for key in _OWN_TEXT if isinstance(value.get(key), str)), "")
    return value if isinstance(value, str) else ""


def _spaced(moment: Any) -> str:
    return moment.replace("T", " ") if isinstance(moment, str) else ""


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)][:MOST_ITEMS] if isinstance(values, list) else []
