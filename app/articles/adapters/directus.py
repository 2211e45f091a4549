"""Directus: flows that call an address when items change, by its documents; the item itself is asked for."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.articles.adapters import fields
from app.articles.adapters.base import (
    NO_HEADERS,
    EventKind,
    Fetch,
    IgnoredDelivery,
    Lookup,
    ParsedDelivery,
    Question,
    SourceOptions,
    ThinDelivery,
    Traits,
    Verified,
)
from app.articles.adapters.bearer import has_bearer, make_token, verify_bearer
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, is_article
from app.articles.adapters.media_values import rewritten
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "directus"
OPTIONS: type[SourceOptions] = FetchedOptions
MAX_BODY_BYTES = 10 * 1024 * 1024

_MOST_KEYS = 100
_ACTIONS = {"create": EventKind.published, "update": EventKind.published, "delete": EventKind.unpublished}
_FILE_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_OUT = frozenset({"published", "public", "live"})
_USUAL: FieldMap = {
    "title": ["title", "headline", "name"],
    "excerpt": ["excerpt", "description", "summary", "lead", "subtitle"],
    "text": ["body", "content", "text", "article"],
    "images": [
        "cover",
        "image",
        "featured_image",
        "thumbnail",
        "gallery.directus_files_id",
        "images.directus_files_id",
    ],
    "video": ["video"],
    "category": ["category", "section"],
    "authors": ["authors", "author"],
    "tags": ["tags.tags_id.name", "tags"],
    "url": ["url", "link"],
    "language": ["language", "locale", "lang"],
    "published_at": ["date_published", "published_at", "publish_date", "date_created"],
    "breaking": ["breaking"],
}


def make_secret() -> str:
    """Make a secret; it stands in a header of the flow's request."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the request names a secret, before anybody reads its body."""
    return has_bearer(headers)


def verify(
    headers: Mapping[str, str], _body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the secret: a flow signs nothing."""
    return verify_bearer(headers, secrets, now)


def parse(
    body: bytes, options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery | ThinDelivery:
    """Read which items changed. The payload of an update holds no more than the fields that changed."""
    document = decode_object(body)
    event, collection = fields.text_at(document, "event"), fields.text_at(document, "collection")
    action = event.rpartition(".")[2]
    if not event or not collection:
        raise Invalid(refusals.EVENT_REQUIRED)
    if action not in _ACTIONS or ".items." not in f".{event}":
        return IgnoredDelivery(event[:64], "only items are of use here")
    if not is_article(options, collection):
        return IgnoredDelivery(event[:64], f"{collection[:60]} is none of the source's kinds of articles")
    keys = _keys(document)
    if _ACTIONS[action] is EventKind.unpublished and len(keys) == 1:
        return _gone(f"{collection}:{keys[0]}", event[:64])
    gone = {"gone": "1"} if _ACTIONS[action] is EventKind.unpublished else {}
    lookups = [Lookup(_key(collection, key), {"collection": collection, "key": key, **gone}) for key in keys]
    return ThinDelivery(event[:64], lookups)


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask for one item with what it refers to."""
    base = _base(options)
    path = f"{quote(named['collection'], safe='')}/{quote(named['key'], safe='')}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Question(f"{base}/items/{path}?fields=*.*.*", headers)


def read(
    answer: bytes | None, key: str, named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the item; one that is not there, or not to be seen, is not published."""
    if answer is None or "gone" in named:
        return _gone(key, "items.delete")
    assert isinstance(options, FetchedOptions)
    item = decode_object(answer).get("data")
    if not isinstance(item, dict):
        raise Invalid(refusals.ENTRY_REQUIRED)
    base = _base(options)
    entry = rewritten(item, lambda value: _file(value, base))
    draft = draft_of(entry, options, _USUAL, address=lambda value: _asset(value, base))
    times = (fields.find_moment(item.get(name), options.zone) for name in ("date_updated", "date_created"))
    status = item.get("status")
    is_out = not isinstance(status, str) or status.lower() in _OUT
    kind = EventKind.published if is_out else EventKind.unpublished
    return ParsedDelivery(kind, "item", key, draft, next(filter(None, times), None), only_if_known=not is_out)


def _gone(key: str, event: str) -> ParsedDelivery:
    return ParsedDelivery(EventKind.unpublished, event, key, draft_of({}, FetchedOptions(), _USUAL), only_if_known=True)


def _base(options: SourceOptions) -> str:
    assert isinstance(options, FetchedOptions)
    base = (options.api_url or options.site_url).rstrip("/")
    if not base:
        raise Invalid(refusals.API_URL_REQUIRED)
    return base


def _file(value: dict[str, Any], base: str) -> dict[str, Any] | None:
    """Give a file the address under which Directus serves it."""
    file_id = value.get("id")
    if "filename_download" not in value or not isinstance(file_id, str):
        return None
    alt = fields.text_at(value, "description") or fields.text_at(value, "title")
    return {"url": _asset(file_id, base), "alt": alt, "mime": fields.text_at(value, "type")}


def _asset(value: str, base: str) -> str:
    return f"{base}/assets/{value}" if _FILE_ID.fullmatch(value) else value


def _keys(document: dict[str, Any]) -> list[str]:
    given = document.get("keys") if isinstance(document.get("keys"), list) else [document.get("key")]
    keys: list[str] = []
    for value in (given or [])[:_MOST_KEYS]:
        try:
            keys.append(fields.external_id(value)[:200])
        except ValueError:
            raise Invalid(refusals.ENTRY_ID_REQUIRED) from None
    if not keys:
        raise Invalid(refusals.ENTRY_ID_REQUIRED)
    return keys


def _key(collection: str, key: str) -> str:
    return f"{collection[:100]}:{key}"


TRAITS = Traits(
    label=N_("Directus"),
    summary=N_("A flow that tells of changed items, the token to read them with, and which field is what."),
    recipe=(
        N_("In Directus, open Settings, Flows, and create a flow with an event hook on your articles."),
        N_("Add the operation Webhook / Request URL: POST to the address above, with the trigger as body."),
        N_("Add a header Authorization with the value Bearer, a space, and the secret of this source."),
        N_("Give the address of the CMS and a read token below: Newsreel asks for each article itself."),
    ),
    fetch=Fetch(ask, read),
)
