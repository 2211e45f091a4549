"""JSON Feed, 1.0 and 1.1."""

import json
from functools import partial
from typing import Any

from app.articles.adapters import fields
from app.articles.adapters.base import SourceOptions
from app.articles.feeds.drafts import Parts, article_url, draft_of
from app.articles.feeds.feed_values import MOST_OF_EACH, dicts_at, text_at
from app.articles.feeds.images import Picture
from app.articles.feeds.reading import MOST_ITEMS, Feed, Item, NoFeed


def read_json_feed(document: dict[str, Any], address: str, options: SourceOptions) -> Feed:
    """Read a JSON Feed, 1.0 or 1.1."""
    language = text_at(document, "language")
    items = [_item(one, address, language, options) for one in dicts_at(document, "items")[:MOST_ITEMS]]
    hubs = [text_at(hub, "url") for hub in dicts_at(document, "hubs") if text_at(hub, "type").lower() == "websub"]
    return Feed(
        items=[item for item in items if item.url or item.identity],
        title=fields.one_line(text_at(document, "title"), fields.MAX_NAME),
        hub=next(iter(hubs), ""),
        topic=text_at(document, "feed_url"),
        next_page=article_url(text_at(document, "next_url"), address),
    )


def _item(one: dict[str, Any], address: str, language: str, options: SourceOptions) -> Item:
    url = article_url(text_at(one, "url") or text_at(one, "external_url"), address)
    covers = [Picture(text_at(one, name), is_cover=True) for name in ("image", "banner_image") if text_at(one, name)]
    films: list[str] = []
    for attached in dicts_at(one, "attachments"):
        kind = text_at(attached, "mime_type").lower()
        if kind.startswith("image/"):
            covers.append(Picture(text_at(attached, "url"), is_cover=True))
        elif kind.startswith("video/"):
            films.append(text_at(attached, "url"))
    text = text_at(one, "content_html") or _paragraphs(text_at(one, "content_text"))
    summary = _paragraphs(text_at(one, "summary"))
    published_at = fields.find_moment(one.get("date_published"), options.zone)
    tags = [tag for tag in one.get("tags") or () if isinstance(tag, str)][:MOST_OF_EACH]
    parts = Parts(
        url=url,
        title=text_at(one, "title"),
        summary=summary,
        text=text,
        language=text_at(one, "language") or language,
        tags=tags,
        authors=[
            text_at(author, "name")
            for author in dicts_at(one, "authors") or dicts_at({"of": [one.get("author")]}, "of")
        ],
        covers=covers,
        films=films,
        published_at=published_at,
        has_typed_title=True,
    )
    id_ = one.get("id")
    return Item(
        identity=str(id_)[:4000].strip() if isinstance(id_, str | int) and not isinstance(id_, bool) else "",
        url=url,
        title=parts.title,
        published_at=published_at,
        updated_at=fields.find_moment(one.get("date_modified"), options.zone),
        content=(summary, text, *(picture.url for picture in covers), *films),
        make=partial(draft_of, parts, options),
    )


def _paragraphs(text: str) -> str:
    """Make markup of plain text."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part}</p>" for part in escaped.split("\n\n") if part.strip())


def decode_json(body: bytes) -> Any:
    """Decode JSON. Raises NoFeed."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise NoFeed from None
