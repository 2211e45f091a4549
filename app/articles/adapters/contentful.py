"""Contentful: signed webhooks of entries, as its documents and its own library (node-apps-toolkit) have them."""

import hashlib
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import Field

from app.articles.adapters import fields
from app.articles.adapters.base import (
    METHOD,
    NO_HEADERS,
    PATH,
    EventKind,
    Fetch,
    IgnoredDelivery,
    Lookup,
    ParsedDelivery,
    Question,
    SignatureRefused,
    SourceOptions,
    Traits,
    Verified,
    check_freshness,
)
from app.articles.adapters.contentful_links import has_links, in_locale, resolve_links
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, is_article
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_


class ContentfulOptions(FetchedOptions):
    """`locale`: which of Contentful's locales is taken; empty: that of the source's language, else the first."""

    locale: str = Field(default="", max_length=60)


NAME = "contentful"
OPTIONS: type[SourceOptions] = ContentfulOptions
MAX_BODY_BYTES = 10 * 1024 * 1024

_API = "https://cdn.contentful.com"
_SIGNATURE, _STAMP, _NAMES = "x-contentful-signature", "x-contentful-timestamp", "x-contentful-signed-headers"
_DELIVERY = "x-contentful-idempotency-key"
_HEX = re.compile(r"[0-9a-f]{64}")
_MILLISECONDS = re.compile(r"[0-9]{1,14}")
_MOST_HEADERS = 50
_SECRET_BYTES = 32
_KINDS = {
    "publish": EventKind.published,
    "unpublish": EventKind.unpublished,
    "archive": EventKind.unpublished,
    "delete": EventKind.unpublished,
}
_USUAL: FieldMap = {
    "title": ["title", "headline", "name", "internalName"],
    "excerpt": ["excerpt", "description", "summary", "lead", "subtitle"],
    "text": ["body", "content", "text", "article"],
    "images": ["cover", "image", "featuredImage", "heroImage", "thumbnail", "gallery", "images"],
    "video": ["video"],
    "category": ["category", "section", "categories"],
    "authors": ["authors", "author"],
    "tags": ["tags", "keywords", "metadata_tags"],
    "url": ["url", "link"],
    "language": ["sys_locale"],
    "published_at": ["publishDate", "publishedAt", "date", "sys_published"],
    "breaking": ["breaking"],
}


def make_secret() -> str:
    """Make a secret; Contentful takes exactly 64 letters and digits."""
    return randomness.token_hex(_SECRET_BYTES)


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return (
        _HEX.fullmatch(headers.get(_SIGNATURE, "")) is not None
        and _MILLISECONDS.fullmatch(headers.get(_STAMP, "")) is not None
    )


def sign_contentful(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Sign a request as Contentful does: the request line, the headers that it names, and the body."""
    names = [name.strip().lower() for name in headers.get(_NAMES, "").split(",")[:_MOST_HEADERS]]
    signed = ";".join(f"{name}:{headers.get(name, '').strip()}" for name in names if name)
    head = "\n".join([headers.get(METHOD, "POST"), headers.get(PATH, ""), signed, ""])
    mac = hmac.new(secret.encode(), head.encode("utf-8", "surrogatepass"), hashlib.sha256)
    mac.update(body)
    return mac.hexdigest()


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the signature of the request; its time and the list of what is signed must be among what is signed."""
    names = {name.strip().lower() for name in headers.get(_NAMES, "").split(",")}
    offered = headers.get(_SIGNATURE, "").encode("utf-8", "surrogatepass")
    expected = [sign_contentful(secret, headers, body).encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(one, offered) for one in expected]
    if not any(matches) or not {_STAMP, _NAMES} <= names or not is_signed(headers):
        raise SignatureRefused
    seconds = int(headers[_STAMP]) / 1000
    check_freshness(seconds, now)
    delivery_id = headers.get(_DELIVERY, "") if _DELIVERY in names else ""
    return Verified(delivery_id[:255] or None, datetime.fromtimestamp(seconds, UTC))


def parse(
    body: bytes, options: SourceOptions, headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the entry in the source's locale. What happened stands in the topic, `ContentManagement.Entry.publish`."""
    assert isinstance(options, ContentfulOptions)
    document = decode_object(body)
    sys = document.get("sys")
    if not isinstance(sys, dict):
        raise Invalid(refusals.ENTRY_ID_REQUIRED)
    type_ = fields.text_at(sys, "type")
    topic = headers.get("x-contentful-topic", "") or _topic_of(type_, sys)
    entity, _, action = topic.rpartition(".")
    if not entity.endswith("Entry") or action not in _KINDS or type_ not in {"Entry", "DeletedEntry"}:
        return IgnoredDelivery(topic[:64] or type_[:64] or "unknown", "only entries that go out are of use here")
    content_type = _link_id(sys.get("contentType"))
    if content_type and not is_article(options, content_type):
        return IgnoredDelivery(topic[:64], f"{content_type[:60]} is none of the source's kinds of articles")
    return _delivery(topic[:64], _KINDS[action], document, sys, options)


def _delivery(
    topic: str, kind: EventKind, document: dict[str, Any], sys: dict[str, Any], options: ContentfulOptions
) -> ParsedDelivery:
    try:
        key = fields.external_id(sys.get("id"))
        key = fields.external_id(f"{key}:{options.locale}") if options.locale else key
    except ValueError:
        raise Invalid(refusals.ENTRY_ID_REQUIRED) from None
    clock = ("deletedAt", "updatedAt") if kind is EventKind.unpublished else ("publishedAt", "updatedAt")
    moments = (fields.find_moment(sys.get(name), options.zone) for name in clock)
    entry = localised_entry(document, options)
    draft = draft_of(entry, options, _USUAL, base=options.site_url or _API)
    news = ParsedDelivery(kind, topic, key, draft, next(filter(None, moments), None))
    if kind is EventKind.unpublished or not has_links(document.get("fields")):
        return news
    named = {"id": fields.text_at(sys, "id")[:200], "revision": _number(sys.get("revision"))}
    named |= {"space": _link_id(sys.get("space"))[:200]}
    named |= {"environment": _link_id(sys.get("environment"))[:200] or "master"}
    return replace(news, unresolved=Lookup(key, named))


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask the Delivery API for one entry with what it refers to, in all its languages."""
    assert isinstance(options, ContentfulOptions)
    if not token:
        raise Invalid(refusals.READ_TOKEN_REQUIRED)
    base = (options.api_url or _API).rstrip("/")
    space, environment = (quote(named[name], safe="") for name in ("space", "environment"))
    path = f"{base}/spaces/{space}/environments/{environment}/entries"
    query = {"sys.id": named["id"], "include": "2", "locale": "*"}
    return Question(f"{path}?{urlencode(query, safe='*')}", {"Authorization": f"Bearer {token}"})


def read(
    answer: bytes | None, key: str, named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the entry with what it refers to. The Delivery API is some seconds behind: an older one comes too early."""
    if answer is None:
        return None
    assert isinstance(options, ContentfulOptions)
    found = decode_object(answer)
    items = found.get("items")
    if not isinstance(items, list):
        raise Invalid(refusals.ENTRY_REQUIRED)
    entry = next((item for item in items if isinstance(item, dict)), None)
    sys = entry.get("sys") if entry is not None else None
    if entry is None or not isinstance(sys, dict) or int(_number(sys.get("revision"))) < int(named.get("revision", 0)):
        return None
    whole = localised_entry(entry, options)
    resolved = resolve_links(whole, found.get("includes"), whole["sys_locale"])
    draft = draft_of(resolved, options, _USUAL, base=options.site_url or _API)
    return ParsedDelivery(EventKind.published, "entry", key, draft)


def localised_entry(document: dict[str, Any], options: ContentfulOptions) -> dict[str, Any]:
    """Give the entry's fields in one language, and what else is known of it under names of our own."""
    given = document.get("fields")
    by_name: dict[str, Any] = given if isinstance(given, dict) else {}
    locale = _choose(by_name, options)
    entry = {name: in_locale(value, locale) for name, value in by_name.items()}
    sys = document.get("sys")
    facts: dict[str, Any] = sys if isinstance(sys, dict) else {}
    metadata = document.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    names = [_link_id(tag) for tag in tags] if isinstance(tags, list) else []
    published = facts.get("firstPublishedAt") or facts.get("publishedAt") or facts.get("createdAt")
    own = {"sys": facts, "sys_locale": locale, "sys_published": published, "metadata_tags": names}
    return {**entry, **own}


def _choose(by_name: dict[str, Any], options: ContentfulOptions) -> str:
    locales = [locale for value in by_name.values() if isinstance(value, dict) for locale in value]
    language = options.language.partition("-")[0].lower()
    fitting = [locale for locale in locales if language and locale.partition("-")[0].lower() == language]
    return options.locale or next(iter([*fitting, *locales]), "")


def _topic_of(type_: str, sys: dict[str, Any]) -> str:
    # A webhook can be told to leave the headers out.
    if type_ == "DeletedEntry":
        return "ContentManagement.Entry.unpublish"
    return "ContentManagement.Entry.publish" if "publishedVersion" in sys and type_ == "Entry" else ""


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else "0"


def _link_id(link: Any) -> str:
    sys = link.get("sys") if isinstance(link, dict) else None
    return fields.text_at(sys, "id") if isinstance(sys, dict) else ""


TRAITS = Traits(
    label=N_("Contentful"),
    summary=N_("Signed webhooks of entries: which events, which field is what, and one source for each language."),
    recipe=(
        N_("In Contentful, open Settings, Webhooks, and add a webhook with the address above."),
        N_("Under Content Events tick publish, unpublish, archive and delete of entries."),
        N_("Under Settings, Webhooks, Settings, enable request verification with the secret of this source."),
        N_("Give a token of the Content Delivery API below: pictures, tags and authors are only named in a webhook."),
    ),
    fetch=Fetch(ask, read, needs_token=True),
)
