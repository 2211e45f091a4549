"""What runs in a limited process of its own: reading a feed or a page that a stranger wrote."""

import gc
import json
import zlib
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import SourceOptions
from app.articles.feeds.json_feed import decode_json, read_json_feed
from app.articles.feeds.page import read_page as read_markup_of_page
from app.articles.feeds.reading import Feed, NoFeed, Told, tell_apart
from app.articles.feeds.rest_api import read_rest
from app.articles.feeds.xml_feed import read_xml
from app.kit.clock import rfc3339
from app.kit.zones import zone_of

_MOST_UNPACKED = 64 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_SPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_feed(
    feed: str, answer: str, kind: str, options: dict[str, Any], address: str, charset: str, known: str, drafts: int
) -> dict[str, Any]:
    """Read the file `feed`, and write what stands in it into the file `answer`.

    `known` is a file with the digests of the items that are known, by key; up to `drafts` of the others get the
    article that they tell of. Gives how many items there are, or why it is no feed.
    """
    body = _unpacked(Path(feed).read_bytes())
    if body is None:
        return {"problem": "feed_too_large"}
    # A feed is a tree without circles: to look for them after every few objects takes a sixth of the time.
    gc.disable()
    try:
        return _read_feed(body, answer, kind, options, address, charset, known, drafts)
    finally:
        gc.enable()


def _read_feed(
    body: bytes, answer: str, kind: str, options: dict[str, Any], address: str, charset: str, known: str, drafts: int
) -> dict[str, Any]:
    read_options = ADAPTERS[kind].OPTIONS.model_validate(options) if kind in ADAPTERS else SourceOptions()
    try:
        found = _read(body, kind, address, charset, read_options)
    except NoFeed as none:
        return {"problem": "no_feed", "hint": none.hint}
    digests = json.loads(Path(known).read_bytes())
    told = tell_apart(found.items, kind)
    # What is new comes before what has changed: some feeds change all their items each time.
    new = [one.key for one in told if one.key not in digests]
    changed = [one.key for one in told if one.key in digests and digests[one.key] != one.digest]
    in_full = set((new + changed)[:drafts])
    with Path(answer).open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(_written(one, needs_draft=one.key in in_full)) + "\n" for one in told)
    return {field.name: getattr(found, field.name) for field in fields(found)} | {"items": len(told)}


def read_page(page: str, charset: str, address: str, timezone: str) -> dict[str, Any]:
    """Read what the page in this file says of its article; times without a zone are those of `timezone`."""
    body = _unpacked(Path(page).read_bytes())
    return read_markup_of_page(body or b"", charset, address, zone_of(timezone))


def _read(body: bytes, kind: str, address: str, charset: str, options: SourceOptions) -> Feed:
    start = body.removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACE)[:1]
    if start not in {b"{", b"["}:
        return read_xml(body, address, charset, options)
    document = decode_json(body)
    if isinstance(document, dict) and "jsonfeed.org" in str(document.get("version", "")):
        return read_json_feed(document, address, options)
    return read_rest(document, kind, address, options)


def _unpacked(body: bytes) -> bytes | None:
    """Unpack what is packed, whatever the server says of it; None for what would become too large."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(31)
    try:
        whole = unpacker.decompress(body, _MOST_UNPACKED)
    except zlib.error:
        return b""
    return None if unpacker.unconsumed_tail else whole


def _written(one: Told, *, needs_draft: bool) -> dict[str, Any]:
    item = one.item
    return {
        "key": one.key,
        "address": one.address,
        "external_id": one.external_id,
        "digest": one.digest,
        "url": item.url,
        "title": item.title[:500],
        "published_at": _time(item.published_at),
        "updated_at": _time(item.updated_at),
        "draft": {**asdict(draft := item.make()), "published_at": _time(draft.published_at)} if needs_draft else None,
    }


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
