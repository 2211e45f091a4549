"""Strapi 4 and 5: webhooks with the whole entry, recorded from 5.54.0; which fields there are the newsroom decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.articles.adapters import fields
from app.articles.adapters.base import (
    NO_HEADERS,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SourceOptions,
    Traits,
    Verified,
)
from app.articles.adapters.bearer import has_bearer, make_token, verify_bearer
from app.articles.adapters.entries import EntryOptions, FieldMap, draft_of, is_article
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "strapi"
OPTIONS: type[SourceOptions] = EntryOptions
MAX_BODY_BYTES = 10 * 1024 * 1024
TRAITS = Traits(
    label=N_("Strapi"),
    summary=N_("Webhooks of Strapi 4 and 5: which events, which field is what, and the article's address."),
    recipe=(
        N_("In Strapi, open Settings, Webhooks, and create a webhook with the address above."),
        N_("Add a header Authorization with the value Bearer, a space, and the secret of this source."),
        N_("Tick for entries: update, delete, publish and unpublish; without drafts and publishing also create."),
        N_("Strapi sends no address of the article: say below how it is made, and which fields are what."),
    ),
)

_EVENTS = {
    "entry.create": EventKind.published,
    "entry.update": EventKind.updated,
    "entry.publish": EventKind.published,
    "entry.unpublish": EventKind.unpublished,
    "entry.delete": EventKind.unpublished,
}
_USUAL: FieldMap = {
    "title": ["title", "headline", "name"],
    "excerpt": ["description", "excerpt", "summary", "lead", "subtitle"],
    "text": ["body", "content", "text", "article", "blocks"],
    "images": ["cover", "image", "featuredImage", "featured_image", "thumbnail", "gallery", "images", "photos"],
    "video": ["video"],
    "category": ["category", "section", "categories"],
    "authors": ["authors", "author"],
    "tags": ["tags", "keywords"],
    "url": ["url", "link"],
    "language": ["locale", "language"],
    "published_at": ["publishedAt", "published_at"],
    "breaking": ["breaking"],
}


def make_secret() -> str:
    """Make a secret; it stands in a header that Strapi sends along."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the request names a secret, before anybody reads its body."""
    return has_bearer(headers)


def verify(
    headers: Mapping[str, str], _body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the secret in the header: Strapi signs nothing."""
    return verify_bearer(headers, secrets, now)


def parse(
    body: bytes, options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the entry. In Strapi 5 its `id` changes with each publishing; its document and its language stay."""
    document = decode_object(body)
    event, model, uid = (_text(document, name) for name in ("event", "model", "uid"))
    if event not in _EVENTS and event:
        return IgnoredDelivery(event[:64], "only entries are of use here")
    if not event:
        raise Invalid(refusals.EVENT_REQUIRED)
    if not is_article(options, model, uid, uid.rpartition(".")[2]):
        return IgnoredDelivery(event, f"{(model or uid)[:60]} is none of the source's kinds of articles")
    entry = document.get("entry")
    if not isinstance(entry, dict):
        # https://github.com/strapi/strapi/issues/25387: some versions publish `null`.
        raise Invalid(refusals.ENTRY_REQUIRED)
    return _delivery(event, document, entry, options)


def _delivery(
    event: str, document: dict[str, Any], entry: dict[str, Any], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery:
    assert isinstance(options, EntryOptions)
    kind = _EVENTS[event]
    # Each change of a draft is told as well, also of one whose article is out: `publishedAt` is null then.
    is_draft = "publishedAt" in entry and entry["publishedAt"] is None
    if is_draft and event in {"entry.create", "entry.update"}:
        return IgnoredDelivery(event, "a draft is not published")
    # The event's own clock: an unpublishing leaves the entry's times as they were.
    revision = fields.find_moment(document.get("createdAt"), options.zone)
    draft = draft_of(entry, options, _USUAL)
    return ParsedDelivery(kind, event, _key(document, entry), draft, revision)


def _key(document: dict[str, Any], entry: dict[str, Any]) -> str:
    """Name the article: its kind, its document (Strapi 5) or number (Strapi 4), and its language."""
    kind = _text(document, "uid") or _text(document, "model")
    for value in (entry.get("documentId"), entry.get("id")):
        try:
            parts = [kind, fields.external_id(value), _text(entry, "locale")]
            return fields.external_id(":".join(part for part in parts if part))
        except ValueError:
            continue
    raise Invalid(refusals.ENTRY_ID_REQUIRED)


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
