"""Strapi 4 and 5: webhooks with the whole entry, recorded from 5.54.0; which fields there are the newsroom decides.

Nothing is signed, some versions count relations in place of telling them or tell no media, and some publish `null`: so
its REST API is asked for the article itself where its address is known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

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
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, ProvenOptions, is_article
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_


class StrapiOptions(FetchedOptions, ProvenOptions):
    """Strapi signs nothing: its API is asked, or the article's page."""


NAME = "strapi"
OPTIONS: type[SourceOptions] = StrapiOptions
MAX_BODY_BYTES = 10 * 1024 * 1024

_NEWEST_WITHIN = timedelta(minutes=10)
_ENDS_IN_Y = re.compile(r"[^aeiou]y$")
_HISSES = re.compile(r"(?:ss|x|ch|sh)$")
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
) -> ParsedDelivery | IgnoredDelivery | ThinDelivery:
    """Read the entry. In Strapi 5 its `id` changes with each publishing; its document and its language stay."""
    document = decode_object(body)
    event, model, uid = (fields.text_at(document, name) for name in ("event", "model", "uid"))
    if event not in _EVENTS and event:
        return IgnoredDelivery(event[:64], "only entries are of use here")
    if not event:
        raise Invalid(refusals.EVENT_REQUIRED)
    if not is_article(options, model, uid, uid.rpartition(".")[2]):
        return IgnoredDelivery(event, f"{(model or uid)[:60]} is none of the source's kinds of articles")
    entry = document.get("entry")
    if not isinstance(entry, dict):
        return _unnamed(event, document, options)
    return _delivery(event, document, entry, options)


def _delivery(
    event: str, document: dict[str, Any], entry: dict[str, Any], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery:
    assert isinstance(options, FetchedOptions)
    kind = _EVENTS[event]
    # Each change of a draft is told as well, also of one whose article is out: `publishedAt` is null then.
    is_draft = "publishedAt" in entry and entry["publishedAt"] is None
    if is_draft and event in {"entry.create", "entry.update"}:
        return IgnoredDelivery(event, "a draft is not published")
    # The event's own clock: an unpublishing leaves the entry's times as they were.
    revision = fields.find_moment(document.get("createdAt"), options.zone)
    draft = draft_of(entry, options, _USUAL, base=_base(options))
    key = _key(document, entry)
    news = ParsedDelivery(kind, event, key, draft, revision)
    if kind is EventKind.unpublished or not options.api_url:
        return news
    own_id = entry.get("documentId") or entry.get("id")
    named = {**_kind_of(document), "id": str(own_id)[:200], "locale": fields.text_at(entry, "locale")[:60]}
    return replace(news, unresolved=Lookup(key, named))


def _unnamed(event: str, document: dict[str, Any], options: SourceOptions) -> ThinDelivery:
    """Ask for what was published last, where the delivery does not say what that is.

    Some versions publish `null`: https://github.com/strapi/strapi/issues/25387 (seen in November 2026).
    """
    assert isinstance(options, FetchedOptions)
    if event != "entry.publish" or not options.api_url:
        raise Invalid(refusals.ENTRY_REQUIRED)
    kind, said_at = _kind_of(document), fields.find_moment(document.get("createdAt"), options.zone)
    named = {**kind, "since": (said_at - _NEWEST_WITHIN).isoformat()} if said_at else kind
    return ThinDelivery(event, [Lookup(f"{kind['uid']}:newest", named)], said_at)


def _kind_of(document: dict[str, Any]) -> dict[str, str]:
    uid = fields.text_at(document, "uid") or fields.text_at(document, "model")
    return {"uid": uid[:200], "model": (fields.text_at(document, "model") or uid.rpartition(".")[2])[:100]}


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask for one entry with what it refers to; for the newest where nobody knows which it is."""
    assert isinstance(options, FetchedOptions)
    if not options.api_url:
        raise Invalid(refusals.API_URL_REQUIRED)
    base = options.api_url.rstrip("/")
    kinds = urlsplit(base).path.rpartition("/api/")[2] if "/api/" in urlsplit(base).path else ""
    if not kinds:
        base = f"{base.removesuffix('/api')}/api/{quote(plural_of(named.get('model', '')), safe='')}"
    query = {"populate": "*"}
    if entry_id := named.get("id"):
        base = f"{base}/{quote(entry_id, safe='')}"
        query |= {"locale": named["locale"]} if named.get("locale") else {}
    else:
        query |= {"sort": "publishedAt:desc", "pagination[pageSize]": "1"}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Question(f"{base}?{urlencode(query, safe='[]:*')}", headers)


def read(
    answer: bytes | None, key: str, named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the entry; one that is not to be seen is asked for again."""
    if answer is None:
        return None
    data = decode_object(answer).get("data")
    entry = next(iter(data), None) if isinstance(data, list) else data
    if not isinstance(entry, dict):
        raise Invalid(refusals.ENTRY_REQUIRED)
    flat = flat_entry(entry)
    since = fields.find_moment(named.get("since"))
    published_at = fields.find_moment(flat.get("publishedAt"), options.zone)
    if since is not None and (published_at is None or published_at < since):
        return None
    document = {"uid": named.get("uid", ""), "model": named.get("model", "")}
    assert isinstance(options, FetchedOptions)
    draft = draft_of(flat, options, _USUAL, base=_base(options))
    own_key = _key(document, flat) if "id" not in named else key
    return ParsedDelivery(EventKind.published, "entry.publish", own_key, draft)


def flat_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Give an entry of the REST API as the webhook has it: version 4 has the fields one level deeper."""
    attributes = entry.get("attributes")
    return {**entry, **attributes} if isinstance(attributes, dict) else entry


def plural_of(model: str) -> str:
    """Name a kind of content as its address does: Strapi proposes the English plural."""
    if _ENDS_IN_Y.search(model):
        return f"{model[:-1]}ies"
    if model.endswith("s") and not model.endswith("ss"):
        return model
    return f"{model}es" if _HISSES.search(model) else f"{model}s"


def _base(options: FetchedOptions) -> str:
    """Tell what pictures' addresses begin with: they are Strapi's own."""
    return options.site_url or options.api_url.partition("/api")[0]


def _key(document: dict[str, Any], entry: dict[str, Any]) -> str:
    """Name the article: its kind, its document (Strapi 5) or number (Strapi 4), and its language."""
    kind = fields.text_at(document, "uid") or fields.text_at(document, "model")
    try:
        own_id = fields.first_id(entry.get("documentId"), entry.get("id"))
        parts = [kind, own_id, fields.text_at(entry, "locale")]
        return fields.external_id(":".join(part for part in parts if part))
    except ValueError:
        raise Invalid(refusals.ENTRY_ID_REQUIRED) from None


TRAITS = Traits(
    label=N_("Strapi"),
    summary=N_("Webhooks of Strapi 4 and 5: which events, which field is what, and the article's address."),
    recipe=(
        N_("In Strapi, open Settings, Webhooks, and create a webhook with the address above."),
        N_("Add a header Authorization with the value Bearer, a space, and the secret of this source."),
        N_("Tick for entries: update, delete, publish and unpublish; without drafts and publishing also create."),
        N_("Strapi sends no address of the article: say below how it is made, and which fields are what."),
        N_("Strapi signs nothing: give its address and a read token below, and it is asked for each article itself."),
    ),
    fetch=Fetch(ask, read, is_proof=True),
)
