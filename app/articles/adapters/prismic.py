"""Prismic: thin webhooks with the secret in their body, by its documents; the documents themselves are asked for."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from app.articles.adapters import fields
from app.articles.adapters.base import (
    NO_HEADERS,
    EventKind,
    Fetch,
    IgnoredDelivery,
    Lookup,
    ParsedDelivery,
    Question,
    SignatureRefused,
    SourceOptions,
    ThinDelivery,
    Traits,
    Verified,
)
from app.articles.adapters.bearer import make_token
from app.articles.adapters.entries import draft_of
from app.articles.adapters.entry_options import FetchedOptions, FieldMap, is_article
from app.articles.decode import decode_object
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

NAME = "prismic"
OPTIONS: type[SourceOptions] = FetchedOptions
MAX_BODY_BYTES = 1024 * 1024

_MOST_DOCUMENTS = 100
_USUAL: FieldMap = {
    "title": ["title", "headline", "name"],
    "excerpt": ["excerpt", "description", "summary", "lead", "subtitle"],
    "text": ["body", "content", "text", "article", "slices"],
    "images": ["image", "cover", "featured_image", "thumbnail", "gallery.image", "images.image"],
    "video": ["video"],
    "category": ["category", "section"],
    "authors": ["authors", "author"],
    "tags": ["document_tags", "tags"],
    "url": ["document_url", "url"],
    "language": ["lang"],
    "published_at": ["date", "published_at", "first_publication_date"],
    "breaking": ["breaking"],
}


class _Secret(msgspec.Struct):
    secret: str


def make_secret() -> str:
    """Make a secret; Prismic takes any text."""
    return make_token()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell nothing: the secret stands in the body, which is small."""
    return "json" in headers.get("content-type", "")


def verify(
    _headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, _options: SourceOptions
) -> Verified:
    """Check the secret in the body: Prismic signs nothing."""
    try:
        offered = msgspec.json.decode(body, type=_Secret).secret.encode("utf-8", "surrogatepass")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise SignatureRefused from None
    matches = [hmac.compare_digest(secret.encode(), offered) for secret in secrets if secret]
    if not any(matches):
        raise SignatureRefused
    return Verified(None, now)


def parse(
    body: bytes, _options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery | ThinDelivery:
    """Read which documents changed; whether they were published or withdrawn is not said."""
    document = decode_object(body)
    type_ = document.get("type")
    if not isinstance(type_, str) or not type_:
        raise Invalid(refusals.EVENT_REQUIRED)
    ids, ref = document.get("documents"), document.get("masterRef")
    if type_ != "api-update" or not isinstance(ids, list) or not ids or not isinstance(ref, str):
        return IgnoredDelivery(type_[:64], "no document that is out has changed")
    api_url = document.get("apiUrl")
    common = {"ref": ref[:200], "api_url": api_url[:1000] if isinstance(api_url, str) else ""}
    lookups = []
    for value in ids[:_MOST_DOCUMENTS]:
        try:
            key = fields.external_id(value)[:100]
        except ValueError:
            raise Invalid(refusals.ENTRY_ID_REQUIRED) from None
        lookups.append(Lookup(key, {**common, "id": key}))
    return ThinDelivery(type_, lookups)


def ask(named: Mapping[str, str], options: SourceOptions, token: str) -> Question:
    """Ask for one document, in whichever language it is."""
    assert isinstance(options, FetchedOptions)
    base = (options.api_url or _own_address(named.get("api_url", ""))).rstrip("/")
    wanted = named["id"].replace('"', "")
    query = {"ref": named["ref"], "q": f'[[at(document.id,"{wanted}")]]', "lang": "*"}
    return Question(f"{base}/documents/search?{urlencode(query | ({'access_token': token} if token else {}))}")


def read(
    answer: bytes | None, key: str, _named: Mapping[str, str], options: SourceOptions
) -> ParsedDelivery | IgnoredDelivery | None:
    """Read the document; one that is not found is not published."""
    if answer is None:
        return None
    assert isinstance(options, FetchedOptions)
    results = decode_object(answer).get("results")
    if not isinstance(results, list):
        raise Invalid(refusals.ENTRY_REQUIRED)
    found = next((one for one in results if isinstance(one, dict)), None)
    if found is None:
        draft = draft_of({}, FetchedOptions(), _USUAL)
        return ParsedDelivery(EventKind.unpublished, "api-update", key, draft, only_if_known=True)
    type_ = found.get("type")
    if isinstance(type_, str) and not is_article(options, type_):
        return IgnoredDelivery("api-update", f"{type_[:60]} is none of the source's kinds of articles")
    data = found.get("data")
    entry: dict[str, Any] = {
        **(data if isinstance(data, dict) else {}),
        **{name: found.get(name) for name in ("id", "uid", "lang", "first_publication_date")},
        "document_tags": found.get("tags"),
        "document_url": found.get("url"),
    }
    revision = fields.find_moment(found.get("last_publication_date"), options.zone)
    return ParsedDelivery(EventKind.published, "api-update", key, draft_of(entry, options, _USUAL), revision)


def _own_address(url: str) -> str:
    """Give the address that the delivery names, where it is Prismic's own."""
    try:
        parts = urlsplit(url)
        is_own = parts.scheme == "https" and (parts.hostname or "").endswith(".prismic.io") and parts.port is None
    except ValueError:
        is_own = False
    if not is_own:
        raise Invalid(refusals.API_URL_REQUIRED)
    return url


TRAITS = Traits(
    label=N_("Prismic"),
    summary=N_("Webhooks of documents, the token to read them with, and which field is what."),
    recipe=(
        N_("In Prismic, open Settings, Webhooks, and create a webhook with address and secret of this source."),
        N_("Tick: a document is published, a document is unpublished."),
        N_("If the API is private, make a permanent access token and give it below: documents are asked for with it."),
    ),
    answer_status=200,
    fetch=Fetch(ask, read),
)
