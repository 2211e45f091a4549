"""Superdesk: HTTP Push of ninjs 1 to 3, and the webhooks of Superdesk Publisher, as their sources have them."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
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
from app.articles.adapters.bearer import has_bearer, make_token
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import EntryOptions, FieldMap, ProvenOptions
from app.articles.adapters.signing import verify_mac_or_bearer
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_


class SuperdeskOptions(EntryOptions, ProvenOptions):
    """Superdesk signs its items; Superdesk Publisher signs nothing."""


NAME = "superdesk"
OPTIONS: type[SourceOptions] = SuperdeskOptions
MAX_BODY_BYTES = 10 * 1024 * 1024
TRAITS = Traits(
    label=N_("Superdesk"),
    summary=N_("HTTP Push of ninjs items: the destination, what a kill does, and which field is what."),
    recipe=(
        N_("In Superdesk, open Subscribers, and add a destination HTTP Push with format NINJS to the one for TikTok."),
        N_("Paste the address above as resource URL, and the secret of this source as secret token."),
        N_("Leave the assets URL empty, so that pictures come with their public addresses."),
    ),
)

_SIGNATURE = "x-superdesk-signature"
_PUBLISHER_EVENT = "x-webhook-event"
_PUBLISHER = {
    "article[published]": EventKind.published,
    "article[updated]": EventKind.updated,
    "article[unpublished]": EventKind.unpublished,
    "article[canceled]": EventKind.unpublished,
}
_STATUS = {"usable": EventKind.published, "withheld": EventKind.unpublished, "canceled": EventKind.unpublished,
           "cancelled": EventKind.unpublished}  # fmt: skip
_SOCIAL_MEDIA = re.compile(r"\bsocial\b|tiktok|соц\w*[\s-]*сет|соцмедиа|әлеуметтік\s+(?:желі|медиа)", re.IGNORECASE)
_FORBIDS = re.compile(
    r"\b(?:no|not|never|without|except\w*|exclud\w*|prohibit\w*|forbid\w*|restrict\w*|out|не|нельзя|без|кроме|запре\w*"
    r"|исключ\w*|болмайды|тыйым\w*|қоспағанда)\b",
    re.IGNORECASE,
)
_LONGEST_TERMS = 4_000
_ITEMS = frozenset({"", "text"})
_HTML = re.compile(r"html", re.IGNORECASE)
_USUAL: FieldMap = {
    "title": ["headline", "title", "name"],
    "excerpt": ["description_text", "description_html", "lead", "abstract"],
    "text": ["body_html", "body", "body_text", "body_xhtml"],
    "images": ["pictures"],
    "category": ["service", "section", "route", "genre"],
    "authors": ["authors", "byline"],
    "tags": ["keywords", "subject", "subjects"],
    "url": ["extra.article_url", "extra.url", "extra.link", "canonical_url", "canonicalUrl", "online_url"],
    "language": ["language", "locale"],
    "published_at": ["goes_out_at"],
}


def make_secret() -> str:
    """Make a secret; Superdesk takes any text."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return _SIGNATURE in headers or has_bearer(headers)


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the signature of the raw bytes; Publisher signs nothing, and names the secret in the address."""
    return verify_mac_or_bearer(
        headers, _SIGNATURE, body, secrets, now, hashlib.sha1, lambda digest: b"sha1=" + digest.hex().encode()
    )


def parse(
    body: bytes, options: SourceOptions, headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read an item of ninjs, or an article of Publisher's. A kill ends what waits, and alerts about what is out."""
    assert isinstance(options, EntryOptions)
    document = decode_object(body)
    event = headers.get(_PUBLISHER_EVENT, "")
    if event or ("guid" not in document and "uri" not in document and "body" in document):
        return _article(event or "article[published]", document, options)
    return _item(document, options)


def _item(item: dict[str, Any], options: EntryOptions) -> ParsedDelivery | IgnoredDelivery:
    status = (fields.text_at(item, "pubstatus") or fields.text_at(item, "pubStatus") or "usable").lower()
    type_ = fields.text_at(item, "type") or ("text" if "bodies" in item or "body_html" in item else "")
    key = _key(item, ("guid", "uri"))
    if status not in _STATUS:
        return IgnoredDelivery(status[:64], "only usable, withheld and canceled items are of use here")
    if type_ not in _ITEMS:
        return IgnoredDelivery(status, f"a {type_[:60]} item is no article here")
    version = fields.text_at(item, "versioncreated") or fields.text_at(item, "versionCreated")
    return ParsedDelivery(
        _STATUS[status], status, key, _draft(item, options), fields.find_moment(version, options.zone)
    )  # fmt: skip


def _article(event: str, article: dict[str, Any], options: EntryOptions) -> ParsedDelivery | IgnoredDelivery:
    if event not in _PUBLISHER:
        return IgnoredDelivery(event[:64], "only articles that go out are of use here")
    key = _key(article, ("id", "code"))
    moments = (fields.find_moment(article.get(name), options.zone) for name in ("updated_at", "published_at"))
    draft = _draft(article, options)
    return ParsedDelivery(_PUBLISHER[event], event, key, draft, next(filter(None, moments), None))


def _key(item: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return fields.external_id(item.get(name))
        except ValueError:
            continue
    raise Invalid(refusals.GUID_REQUIRED)


def _draft(item: dict[str, Any], options: EntryOptions) -> Any:
    draft = draft_of(_as_one(item, options.zone), options, _USUAL, is_typed=False)
    # An urgency of 1 is a flash.
    draft = replace(draft, breaking=draft.breaking or item.get("urgency") == 1)
    return replace(draft, is_declined=True, is_wanted=False) if _is_kept_off_social_media(item) else draft


def _is_kept_off_social_media(item: dict[str, Any]) -> bool:
    """Tell whether the terms of use name social media in a sentence that forbids something."""
    terms = " ".join(fields.text_at(item, name) for name in ("usageterms", "usageTerms"))[:_LONGEST_TERMS]
    return any(_SOCIAL_MEDIA.search(one) and _FORBIDS.search(one) for one in re.split(r"[.;\n]", terms))


def _as_one(item: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Give items of ninjs 2 and 3 the names of the first, and all of them their pictures as a list."""
    entry = dict(item)
    entry.setdefault("headline", _by_role(item.get("headlines"), ("main", "headline")))
    entry.setdefault("description_text", _by_role(item.get("descriptions"), ("text", "summary", "main")))
    entry.setdefault("body_html", _body(item.get("bodies")))
    entry["pictures"] = _pictures(item)
    embargo = fields.find_moment(item.get("embargoed"), zone)
    firsts = (
        item.get(name)
        for name in ("firstpublished", "firstPublished", "published_at", "versioncreated", "versionCreated")
    )
    entry["goes_out_at"] = embargo.isoformat() if embargo else next((one for one in firsts if one), None)
    entry["online_url"] = _online(item)
    return entry


def _by_role(values: Any, roles: tuple[str, ...]) -> str:
    items = [item for item in values if isinstance(item, dict)] if isinstance(values, list) else []
    ordered = [item for role in roles for item in items if item.get("role") == role] + items
    return next(filter(None, (fields.text_at(item, "value") for item in ordered)), "")


def _body(bodies: Any) -> str:
    items = [item for item in bodies if isinstance(item, dict)] if isinstance(bodies, list) else []
    marked = [
        item
        for item in items
        if _HTML.search(fields.text_at(item, "contentType") + fields.text_at(item, "contenttype"))
    ]
    return next(filter(None, (fields.text_at(item, "value") for item in [*marked, *items])), "")


def _pictures(item: dict[str, Any]) -> list[dict[str, str]]:
    """Give each picture beside the item in its largest size."""
    beside = item.get("associations")
    parts = list(beside.values()) if isinstance(beside, dict) else beside if isinstance(beside, list) else []
    parts += [item.get("feature_media"), *(media if isinstance(media := item.get("media"), list) else [])]
    found = [
        (part, _largest(part.get("renditions"))) for part in parts[:200] if isinstance(part, dict) and _is_picture(part)
    ]
    return [{"url": href, "alt": _describe(part)} for part, href in found if href]


def _is_picture(part: dict[str, Any]) -> bool:
    return fields.text_at(part, "type") in {"", "picture", "image", "graphic"}


def _largest(renditions: Any) -> str:
    sizes = renditions.values() if isinstance(renditions, dict) else renditions if isinstance(renditions, list) else ()
    best, most = "", -1
    for size in sizes:
        href = (fields.text_at(size, "href") or fields.text_at(size, "url")) if isinstance(size, dict) else ""
        width = size.get("width") if isinstance(size, dict) else None
        weight = width if isinstance(width, int) and not isinstance(width, bool) else 0
        if href and weight > most and not fields.text_at(size, "contentType").startswith(("video/", "audio/")):
            best, most = href, weight
    return best


def _describe(part: dict[str, Any]) -> str:
    names = ("body_text", "description_text", "headline", "description")
    return next(filter(None, (fields.text_at(part, name) for name in names)), "") or _by_role(
        part.get("descriptions"), ("text", "main")
    )


def _online(item: dict[str, Any]) -> str:
    links = item.get("_links")
    online = links.get("online") if isinstance(links, dict) else None
    return fields.text_at(online, "href") if isinstance(online, dict) else ""
