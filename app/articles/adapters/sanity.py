"""Sanity: GROQ-powered webhooks, signed as its webhook-toolkit does; the body is the projection that somebody wrote."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.articles.adapters import fields
from app.articles.adapters.base import (
    NO_HEADERS,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SignatureRefused,
    SourceOptions,
    Traits,
    Verified,
    check_freshness,
)
from app.articles.adapters.bearer import make_token
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import EntryOptions, FieldMap, is_article
from app.articles.adapters.media_values import rewritten
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "sanity"
OPTIONS: type[SourceOptions] = EntryOptions
MAX_BODY_BYTES = 10 * 1024 * 1024
TRAITS = Traits(
    label=N_("Sanity"),
    summary=N_("GROQ-powered webhooks: the filter and the projection to paste, and which field is what."),
    recipe=(
        N_("In Sanity's management pages, open API, Webhooks, and create a webhook with the address above."),
        N_("Tick create, update and delete, and paste filter and projection from the manual."),
        N_("Paste the secret of this source as secret, and leave drafts out."),
    ),
)

_HEADER = "sanity-webhook-signature"
_SIGNATURE = re.compile(r"t=([0-9]{1,14})[, ]+v1=([A-Za-z0-9_-]{43})")
# Sanity repeats what failed for half an hour, and its documents warn of deliveries that come late.
_TOLERANCE_SECONDS = 3600
_UNPUBLISHED = ("drafts.", "versions.")
_IMAGE = re.compile(r"image-([A-Za-z0-9]{8,80}-[0-9]{1,6}x[0-9]{1,6})-([a-z0-9]{2,5})")
_PLACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KINDS = {"create": EventKind.published, "update": EventKind.updated, "delete": EventKind.unpublished}
_USUAL: FieldMap = {
    "title": ["title", "headline", "name"],
    "excerpt": ["excerpt", "description", "summary", "lead"],
    "text": ["body", "content", "text"],
    "images": ["image", "mainImage", "cover", "gallery", "images"],
    "video": ["video"],
    "category": ["category", "section", "categories"],
    "authors": ["authors", "author"],
    "tags": ["tags", "keywords"],
    "url": ["url", "link"],
    "language": ["language", "__i18n_lang", "locale"],
    "published_at": ["publishedAt", "_createdAt"],
    "breaking": ["breaking"],
}


def make_secret() -> str:
    """Make a secret; Sanity takes any text."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    return _SIGNATURE.fullmatch(headers.get(_HEADER, "")) is not None


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the signature over the time, a dot, and the raw bytes."""
    header = _SIGNATURE.fullmatch(headers.get(_HEADER, ""))
    stamp, offered = (header[1], header[2].encode()) if header else ("0", b"")
    matches = [hmac.compare_digest(_signature(secret, stamp, body), offered) for secret in secrets if secret]
    if not any(matches):
        raise SignatureRefused
    seconds = int(stamp) / 1000
    check_freshness(seconds, now, tolerance=_TOLERANCE_SECONDS)
    return Verified(headers.get("idempotency-key", "")[:255] or None, datetime.fromtimestamp(seconds, UTC))


def _signature(secret: str, stamp: str, body: bytes) -> bytes:
    mac = hmac.new(secret.encode(), f"{stamp}.".encode(), hashlib.sha256)
    mac.update(body)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=")


def parse(
    body: bytes, options: SourceOptions, headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the document. A publishing makes it anew or changes it; drafts have ids of their own."""
    assert isinstance(options, EntryOptions)
    document = decode_object(body)
    operation = headers.get("sanity-operation", "create")
    kind = _KINDS.get(operation)
    try:
        key = fields.external_id(document.get("_id") or headers.get("sanity-document-id"))
    except ValueError:
        raise Invalid(refusals.DOCUMENT_ID_REQUIRED) from None
    if kind is None or key.startswith(_UNPUBLISHED):
        return IgnoredDelivery(operation[:64], "only documents that go out are of use here")
    type_ = document.get("_type")
    if isinstance(type_, str) and not is_article(options, type_):
        return IgnoredDelivery(operation, f"{type_[:60]} is none of the source's kinds of articles")
    # Of a deleted document nothing says when, but the delivery.
    revision = None if kind is EventKind.unpublished else fields.find_moment(document.get("_updatedAt"), options.zone)
    project, dataset = headers.get("sanity-project-id", ""), headers.get("sanity-dataset", "")
    entry = rewritten(document, lambda value: _picture(value, project, dataset))
    return ParsedDelivery(kind, operation, key, draft_of(entry, options, _USUAL), revision)


def _picture(value: dict[str, Any], project: str, dataset: str) -> dict[str, Any] | None:
    """Give a picture the address that follows from its reference."""
    reference = value.get("_ref")
    found = _IMAGE.fullmatch(reference) if isinstance(reference, str) else None
    if found is None or not _PLACE.fullmatch(project) or not _PLACE.fullmatch(dataset):
        return None
    return {"url": f"https://cdn.sanity.io/images/{project}/{dataset}/{found[1]}.{found[2]}"}
