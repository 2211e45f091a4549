"""Drupal: the module Webhooks, which posts nodes in Drupal's own normalised JSON, as its source has it.

Tags and media are only referred to there. Where the site's address is known, its JSON:API (Drupal's core) names them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

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
    Traits,
    Verified,
)
from app.articles.adapters.bearer import make_token
from app.articles.adapters.drupal_jsonapi import node_of, references_in
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, is_article
from app.articles.adapters.signing import check_mac
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "drupal"
OPTIONS: type[SourceOptions] = FetchedOptions
MAX_BODY_BYTES = 10 * 1024 * 1024

_SIGNATURE = "x-hub-signature"
_DELIVERY = "x-drupal-delivery"
_NODE = "entity:node:"
_OUT = frozenset({"published"})
_ENDED = frozenset({"archived", "unpublished"})
_USUAL: FieldMap = {
    "title": ["title", "label"],
    "excerpt": ["field_teaser", "field_summary", "field_lead", "field_subtitle", "body_summary"],
    "text": ["body", "field_body", "field_text", "field_content"],
    "images": ["field_image", "field_media_image", "field_images", "field_gallery", "field_media"],
    "video": ["field_video"],
    "category": ["field_category", "field_section", "field_rubric"],
    "authors": ["field_authors", "field_author", "field_byline"],
    "tags": ["field_tags"],
    "url": ["page_url"],
    "language": ["langcode"],
    "published_at": ["published_at", "created"],
}


def make_secret() -> str:
    """Make a secret; the module takes any text."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return _SIGNATURE in headers


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the signature of the raw bytes."""
    written = headers.get(_SIGNATURE, "").strip()
    check_mac(written, body, secrets, hashlib.sha1, lambda digest: b"sha1=" + digest.hex().encode())
    return Verified(headers.get(_DELIVERY, "")[:255] or None, now)


def parse(
    body: bytes, options: SourceOptions, headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the node. Each of its fields is a list of values; of what it refers to there is an address at most."""
    assert isinstance(options, FetchedOptions)
    document = decode_object(body)
    event = _text(document.get("event")) or headers.get("x-drupal-event", "")
    entity = document.get("entity")
    if event and not event.startswith(_NODE):
        return IgnoredDelivery(event[:64], "only content is of use here")
    if not isinstance(entity, dict):
        raise Invalid(refusals.ENTRY_REQUIRED)
    node = {name: _value(value) for name, value in entity.items()}
    bundle = _bundle(node)
    if bundle and not is_article(options, bundle):
        return IgnoredDelivery(event[:64], f"{bundle[:60]} is none of the source's kinds of articles")
    return _delivery(event or f"{_NODE}update", node, entity, options)


def _bundle(node: dict[str, Any]) -> str:
    type_ = node.get("type")
    return _text(type_.get("target_id")) if isinstance(type_, dict) else _text(type_)


def _delivery(
    event: str, node: dict[str, Any], entity: dict[str, Any], options: FetchedOptions
) -> ParsedDelivery | IgnoredDelivery:
    state = _text(node.get("moderation_state"))
    is_deleted = event.endswith(":delete")
    if state and state not in _OUT | _ENDED and not is_deleted:
        # A draft beside the article that is out is told as an update, with the status of the draft.
        return IgnoredDelivery(event[:64], "a draft is not published")
    is_out = state in _OUT or (not state and _is_on(node.get("status")))
    draft = draft_of(_entry(node, entity, options), options, _USUAL)
    key = _key(node)
    if is_deleted:
        return ParsedDelivery(EventKind.unpublished, event[:64], key, draft, None, only_if_known=not is_out)
    revision = fields.find_moment(_number(node.get("changed")), options.zone)
    kind = EventKind.published if is_out else EventKind.unpublished
    news = ParsedDelivery(kind, event[:64], key, draft, revision, only_if_known=not is_out)
    named = _wanted(node, entity) if is_out and (options.api_url or options.site_url) else None
    return news if named is None else replace(news, unresolved=Lookup(key, named))


def _wanted(node: dict[str, Any], entity: dict[str, Any]) -> dict[str, str] | None:
    """Name what it takes to ask JSON:API for a node with its tags and media; None where it refers to none."""
    includes, uuid = references_in(entity), _text(node.get("uuid"))
    if not includes or not uuid:
        return None
    is_translation = node.get("default_langcode") is False
    return {
        "bundle": _bundle(node)[:100],
        "uuid": uuid[:100],
        "include": ",".join(includes),
        "prefix": _text(node.get("langcode"))[:20] if is_translation else "",
    }


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask JSON:API for one node with what it refers to."""
    assert isinstance(options, FetchedOptions)
    base = (options.api_url or options.site_url).rstrip("/")
    if not base:
        raise Invalid(refusals.API_URL_REQUIRED)
    parts = [named["prefix"], "jsonapi", "node", named["bundle"], named["uuid"]]
    path = "/".join(quote(part, safe="") for part in parts if part)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Question(f"{base}/{path}?{urlencode({'include': named['include']}, safe=',.')}", headers)


def read(
    answer: bytes | None, key: str, _named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the node; one that is not to be seen is asked for again."""
    if answer is None:
        return None
    assert isinstance(options, FetchedOptions)
    entity = node_of(decode_object(answer), options.api_url or options.site_url)
    if entity is None:
        raise Invalid(refusals.ENTRY_REQUIRED)
    node = {name: _value(value) for name, value in entity.items()}
    draft = draft_of(_entry(node, entity, options), options, _USUAL)
    return ParsedDelivery(EventKind.published, f"{_NODE}update", key, draft)


def _key(node: dict[str, Any]) -> str:
    for name in ("uuid", "nid", "id"):
        try:
            parts = [fields.external_id(node.get(name)), _text(node.get("langcode"))]
            return fields.external_id(":".join(part for part in parts if part))
        except ValueError:
            continue
    raise Invalid(refusals.ENTRY_ID_REQUIRED)


def _entry(node: dict[str, Any], entity: dict[str, Any], options: FetchedOptions) -> dict[str, Any]:
    path = node.get("path")
    alias = _text(path.get("alias")) if isinstance(path, dict) else ""
    number = node.get("nid")
    page = alias or (f"/node/{number}" if isinstance(number, int) else "")
    is_known = page.startswith("/") and options.site_url and not options.article_url
    summary = [item.get("summary") for item in _items(entity.get("body")) if _text(item.get("summary"))]
    times = {name: _number(node.get(name)) for name in ("created", "published_at")}
    own = {"page_url": f"{options.site_url.rstrip('/')}{page}" if is_known else None, "body_summary": summary[:1]}
    return {**node, **times, **own}


def _value(values: Any) -> Any:
    """Give a field's value, or its values where there are several."""
    if not isinstance(values, list):
        return values
    plain = [_bare(item) for item in values]
    return plain[0] if len(plain) == 1 else plain


def _bare(item: Any) -> Any:
    if isinstance(item, dict) and "value" in item:
        return item.get("processed") or item["value"]
    if isinstance(item, dict) and str(item.get("target_type") or "file") != "file":
        # The address of what is referred to is that of a page: no picture, and no tag.
        return {name: value for name, value in item.items() if name != "url"}
    return item


def _items(values: Any) -> list[dict[str, Any]]:
    return [item for item in values if isinstance(item, dict)] if isinstance(values, list) else []


def _is_on(value: Any) -> bool:
    return value is True or value in {1, "1", "true"} if isinstance(value, bool | int | str) else False


def _number(value: Any) -> Any:
    """Read a Unix time that is written as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 14 else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


TRAITS = Traits(
    label=N_("Drupal"),
    summary=N_("The module Webhooks: which events to tick, which field is what, and the address of the site."),
    recipe=(
        N_("In Drupal, install the module Webhooks, open Configuration, Web services, Webhooks, and add one."),
        N_("Paste the address above as payload URL, and the secret of this source as secret; leave JSON as it is."),
        N_("Tick for content: create, update and delete."),
        N_("Give the address of the site below: a webhook has tags and media by number, and JSON:API names them."),
    ),
    fetch=Fetch(ask, read),
)
