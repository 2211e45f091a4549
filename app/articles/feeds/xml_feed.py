"""RSS 0.9 to 2, RDF and Atom."""

import codecs
import io
import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

import feedparser

from app.articles.adapters import fields
from app.articles.adapters.base import SourceOptions
from app.articles.feeds.drafts import Parts, article_url, draft_of
from app.articles.feeds.feed_values import MOST_OF_EACH, dicts_at, number_at, text_at
from app.articles.feeds.images import PICTURE_NAME, Picture
from app.articles.feeds.quick_library import make_quick
from app.articles.feeds.reading import MOST_ITEMS, Feed, Item, NoFeed
from app.articles.feeds.written_dates import moment_of
from app.kit.markup import Tag, read_markup

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"})
_MOST_HEAD = 200_000
_FILM_NAME = re.compile(r"\.(?:mp4|mov|m4v)(?:$|\?)", re.IGNORECASE)
# Of a Turbo page: the title once more, and the picture that the item names besides.
_HEADER = re.compile(r"<header\b.*?</header>", re.DOTALL | re.IGNORECASE)
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

make_quick()


def read_xml(body: bytes, address: str, charset: str, options: SourceOptions) -> Feed:
    """Read whatever feedparser makes of it, broken feeds included. Raises NoFeed."""
    charset = charset or next((name for mark, name in _MARKS.items() if body.startswith(mark)), "")
    # Where neither server nor document says otherwise XML is UTF-8; without a type the library takes it for Latin-1,
    # and mends the texts of that, but no attributes.
    kind = f"application/xml; charset={charset}" if charset else "application/xml"
    headers = {"content-location": address, "content-type": kind}
    # A stream: of bytes the library would also think that they are the name of a file of ours.
    read = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not read.entries and not read.version:
        raise NoFeed(_named_feed(body, address))
    language = text_at(read.feed, "language")
    base = article_url(text_at(read.feed, "link"), address) or address
    links = [link for link in read.feed.get("links", ()) if isinstance(link, dict)]
    # What RDF calls `dc:date` is the day of publication; only Atom tells of changes by such a time alone.
    is_atom = read.version.startswith("atom")
    items = [_item(entry, base, language, options, is_atom=is_atom) for entry in read.entries[:MOST_ITEMS]]
    return Feed(
        items=[item for item in items if item.url or item.identity],
        title=fields.one_line(text_at(read.feed, "title"), fields.MAX_NAME),
        hub=_link(links, "hub"),
        topic=_link(links, "self"),
        # RFC 5005: the pages of one feed, or the archives of what no longer stands in it.
        next_page=article_url(_link(links, "next") or _link(links, "prev-archive"), address),
        is_wordpress=_is_of_wordpress(read.feed),
    )


def _is_of_wordpress(feed: Any) -> bool:
    detail = dict.get(feed, "generator_detail")
    named = f"{text_at(feed, 'generator')} {text_at(detail, 'href') if isinstance(detail, dict) else ''}"
    return "//wordpress.org/" in named


def _item(entry: Any, base: str, language: str, options: SourceOptions, *, is_atom: bool) -> Item:
    contents = dicts_at(entry, "content")
    text = max((text_at(one, "value") for one in contents), key=len, default="") or _text_for_yandex(entry)
    summary = text_at(entry, "summary")
    url = article_url(text_at(entry, "feedburner_origlink") or text_at(entry, "link"), base)
    published_at = _moment(entry, "published", options.zone)
    updated_at = _moment(entry, "updated", options.zone)
    if published_at is None and not dict.__contains__(entry, "published"):
        published_at = _moment(entry, "created", options.zone) or (None if is_atom else updated_at)
    tags = [text_at(tag, "label") or text_at(tag, "term") for tag in dicts_at(entry, "tags")]
    covers, films = _media(entry)
    own_language = next((text_at(one, "language") for one in contents if dict.get(one, "language")), "")
    parts = Parts(
        url=url,
        title=text_at(entry, "title"),
        summary=summary,
        text=text,
        language=own_language or language,
        tags=tags[:MOST_OF_EACH],
        authors=_authors(entry),
        covers=covers,
        films=films,
        published_at=published_at,
        base=_base(contents) or url or base,
    )
    return Item(
        identity=text_at(entry, "id").strip(),
        url=url,
        title=parts.title,
        published_at=published_at,
        updated_at=updated_at,
        content=(summary, text, *(picture.url for picture in covers), *films),
        make=partial(draft_of, parts, options),
    )


def _text_for_yandex(entry: Any) -> str:
    """Give the whole text as feeds for Yandex News and Turbo pages carry it, where it stands nowhere else."""
    return text_at(entry, "yandex_full-text") or _HEADER.sub("", text_at(entry, "turbo_content"))


def _authors(entry: Any) -> list[str]:
    """Name who wrote an item. RSS has an address of mail in its own element, and perhaps a name behind it."""
    named = [text_at(author, "name") for author in dicts_at(entry, "authors") if isinstance(author, dict)]
    return [name for name in named if name][:MOST_OF_EACH] or [text_at(entry, "author")]


def _media(entry: Any) -> tuple[list[Picture], list[str]]:
    """Find the pictures and films that an item names by itself."""
    covers: list[Picture] = []
    films: list[str] = []
    for one in dicts_at(entry, "media_content"):
        address, kind = text_at(one, "url"), f"{text_at(one, 'medium')} {text_at(one, 'type')}".lower()
        if "video" in kind or _FILM_NAME.search(address):
            films.append(address)
        elif address and ("image" in kind or not kind.strip() or PICTURE_NAME.search(address)):
            covers.append(Picture(address, "", number_at(one, "width"), number_at(one, "height"), is_cover=True))
    for one in _enclosures(entry):
        address, kind = text_at(one, "href") or text_at(one, "url"), text_at(one, "type").lower()
        if kind.startswith("video/") or (not kind and _FILM_NAME.search(address)):
            films.append(address)
        elif kind.startswith("image/") or PICTURE_NAME.search(address):
            covers.append(Picture(address, is_cover=True))
    # Of a picture that is there in full it is a smaller one.
    for one in () if covers else dicts_at(entry, "media_thumbnail"):
        size = number_at(one, "width"), number_at(one, "height")
        covers.append(Picture(text_at(one, "url"), "", *size, is_cover=True, is_thumbnail=True))
    image = dict.get(entry, "image")
    if isinstance(image, dict) and text_at(image, "href"):
        covers.append(Picture(text_at(image, "href"), is_cover=True))
    return covers, films


def _moment(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    if not dict.__contains__(entry, name):
        return None
    return moment_of(text_at(entry, name), dict.get(entry, f"{name}_parsed"), zone)


def _named_feed(body: bytes, address: str) -> str:
    """Find the feed that a page names, where a page was fetched in the place of one."""
    markup = body[:_MOST_HEAD].decode("utf-8", "replace")
    for tag in read_markup(markup):
        if not isinstance(tag, Tag) or tag.name != "link" or tag.is_end:
            continue
        values = tag.attributes
        is_alternate = "alternate" in values.get("rel", "").lower().split()
        if is_alternate and values.get("type", "").strip().lower() in _FEED_TYPES and values.get("href"):
            return article_url(values["href"], address)
    return ""


def _enclosures(entry: Any) -> list[dict[str, Any]]:
    links = [link for link in dicts_at(entry, "links") if dict.get(link, "rel") == "enclosure"]
    return links or dicts_at(entry, "enclosures")


def _base(contents: Iterable[dict[str, Any]]) -> str:
    return next((base for one in contents if (base := fields.http_url(text_at(one, "base")))), "")


def _link(links: Iterable[dict[str, Any]], rel: str) -> str:
    return next((text_at(link, "href") for link in links if link.get("rel") == rel), "")
