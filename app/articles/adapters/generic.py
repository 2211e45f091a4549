"""Any CMS that signs by Standard Webhooks 1.0.0 and sends Newsreel's own article document."""

import base64
import hashlib
import hmac
import re
import secrets as randomness
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo

from app.articles.adapters import fields, pictures
from app.articles.adapters.ans import is_ans, parse_ans
from app.articles.adapters.base import (
    NO_HEADERS,
    ArticleDraft,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SignatureRefused,
    SourceOptions,
    Traits,
    Verified,
    check_freshness,
)
from app.articles.adapters.for_tiktok import ForTikTok, lay_over
from app.articles.decode import decode_object, read_model
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def _public_key(value: str) -> str:
    value = value.strip()
    if value and key_of(value) is None:
        raise ValueError("must be whpk_ followed by 32 bytes in base64")
    return value


class GenericOptions(SourceOptions):
    """`public_key`: of a sender that signs with a key of its own by Ed25519 (`v1a`), as Standard Webhooks writes it."""

    public_key: Annotated[str, AfterValidator(_public_key)] = Field(default="", max_length=200)


NAME = "generic"
OPTIONS: type[SourceOptions] = GenericOptions
MAX_BODY_BYTES = 10 * 1024 * 1024
TRAITS = Traits(
    label=N_("Any other CMS"),
    summary=N_("The document to send, how it is signed, and examples to paste."),
    recipe=(
        N_(
            "Let the CMS send a POST request with JSON to the address above whenever an article is published or"
            " changed."
        ),
        N_("Sign it as Standard Webhooks says: webhook-id, webhook-timestamp and webhook-signature, with the secret."),
        N_("Only id, title and url of the article are required; with text, pictures and tags the post gets better."),
        N_("The form of the body stands in the API reference. An answer of 202 means that the article has been taken."),
    ),
)

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_KEY_PREFIX = "whpk_"
_BY_KEY = "v1a,"
_MOST_BY_KEY = 10
"""As many signatures are looked at: each costs a tenth of a millisecond, and anybody can send a header."""
_LISTED = re.compile(r"(?:^| )v1a?,")
_MOST_ITEMS = 1000
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
KINDS = {
    "article.published": EventKind.published,
    "article.updated": EventKind.updated,
    "article.unpublished": EventKind.unpublished,
    "article.deleted": EventKind.unpublished,
}


def make_secret() -> str:
    """Make a secret as Standard Webhooks writes them."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def sign_generic(secret: str, delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Sign a delivery as a CMS does, and give the headers that go with it."""
    signed = f"{delivery_id}.{timestamp}.".encode()
    return {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, signed, body).decode()}",
    }


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, options: SourceOptions
) -> Verified:
    """Check the signature on the raw bytes; one match of the listed signatures with a secret, or the key, is enough.

    Base64 is compared as text: its last letter has spare bits, so other letters decode to the same bytes.
    """
    delivery_id, timestamp, signatures = _signature_fields(headers)
    offered = [
        item.removeprefix("v1,").encode("latin-1", "replace")
        for item in signatures.split(" ")
        if item.startswith("v1,")
    ]
    signed = f"{delivery_id}.{timestamp}.".encode("latin-1", "replace")
    matches = [
        hmac.compare_digest(expected, signature)
        for expected in [_signature(secret, signed, body) for secret in secrets]
        for signature in offered
    ]
    is_right = any(matches) or _is_signed_by_key(getattr(options, "public_key", ""), signatures, signed, body)
    if not is_right or not delivery_id or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefused
    check_freshness(int(timestamp), now)
    return Verified(_bounded_id(delivery_id), datetime.fromtimestamp(int(timestamp), UTC))


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    delivery_id, timestamp, signatures = _signature_fields(headers)
    return bool(delivery_id and _TIMESTAMP.fullmatch(timestamp) and _LISTED.search(signatures))


def _signature_fields(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Give id, time and signatures. Svix, from which the standard came, and its libraries name them by themselves."""
    prefix = "webhook" if "webhook-id" in headers else "svix"
    return (
        headers.get(f"{prefix}-id", ""),
        headers.get(f"{prefix}-timestamp", ""),
        headers.get(f"{prefix}-signature", ""),
    )


def _signature(secret: str, signed: bytes, body: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if not key:
        raise SignatureRefused
    mac = hmac.new(key, signed, hashlib.sha256)
    mac.update(body)
    return base64.b64encode(mac.digest())


def _is_signed_by_key(public_key: str, signatures: str, signed: bytes, body: bytes) -> bool:
    """Check the listed signatures by Ed25519."""
    key = key_of(public_key) if public_key else None
    offered = [item.removeprefix(_BY_KEY) for item in signatures.split(" ") if item.startswith(_BY_KEY)]
    return key is not None and any(_verifies(key, item, signed + body) for item in offered[:_MOST_BY_KEY])


def _verifies(key: "Ed25519PublicKey", offered: str, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        signature = base64.b64decode(offered.encode("ascii"), validate=True)
        key.verify(signature, signed)
    except (NotBase64, ValueError, InvalidSignature):
        return False
    return base64.b64encode(signature).decode() == offered


def key_of(written: str) -> "Ed25519PublicKey | None":
    """Read a public key as Standard Webhooks writes it; None for what is none."""
    # Loaded by whoever has such a key, and by nobody else.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(written.removeprefix(_KEY_PREFIX).encode("ascii"), validate=True)
        return Ed25519PublicKey.from_public_bytes(raw) if written.startswith(_KEY_PREFIX) else None
    except (NotBase64, ValueError):
        return None


def _bounded_id(delivery_id: str) -> str:
    fits = len(delivery_id) <= 255 and delivery_id.isascii() and delivery_id.isprintable()
    return delivery_id if fits else hashlib.sha256(delivery_id.encode("latin-1", "replace")).hexdigest()


def _as_image(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _without_empty(value: object) -> object:
    """Leave out what stands for nothing in a list, and what no article has so much of."""
    if not isinstance(value, list):
        return value
    return [item for item in value if not _is_nothing(item)][:_MOST_ITEMS]


def _is_nothing(item: object) -> bool:
    if isinstance(item, dict):
        return not item or ("url" in item and fields.none_if_empty(item["url"]) is None)
    return fields.none_if_empty(item) is None


T = TypeVar("T")
Optional = Annotated[T | None, BeforeValidator(fields.none_if_empty)]


def _as_moment(value: object, info: ValidationInfo) -> datetime:
    options: SourceOptions = info.context or SourceOptions()
    return fields.parse_moment(value, options.zone)


Moment = Annotated[datetime, BeforeValidator(_as_moment)]
ExternalId = Annotated[str, BeforeValidator(fields.external_id)]


class _Image(BaseModel):
    url: str
    alt: Optional[str] = None


Images = Annotated[list[Annotated[_Image, BeforeValidator(_as_image)]], BeforeValidator(_without_empty)]


class _Envelope(BaseModel):
    type: str
    timestamp: Optional[Moment] = None
    data: dict[str, Any]


class _Identity(BaseModel):
    id: ExternalId


class _Article(_Identity):
    url: str
    title: str
    excerpt: Optional[str] = None
    html: Optional[str] = None
    language: Optional[str] = None
    category: Optional[str] = None
    tags: Optional[Annotated[list[str], BeforeValidator(_without_empty)]] = None
    authors: Optional[Annotated[list[str], BeforeValidator(_without_empty)]] = None
    breaking: Optional[bool] = None
    images: Optional[
        Annotated[list[Annotated[_Image, BeforeValidator(_as_image)]], BeforeValidator(_without_empty)]
    ] = None
    video: Optional[str] = None
    published_at: Optional[Moment] = None
    tiktok: Optional[ForTikTok] = None


def parse(
    body: bytes, options: SourceOptions, _headers: Mapping[str, str] = NO_HEADERS
) -> ParsedDelivery | IgnoredDelivery:
    """Read the document, or an event of Arc's.

    A type that is not known is ignored: a refusal would make the sender repeat it for days.
    """
    document = decode_object(body)
    if is_ans(document):
        return parse_ans(document, options)
    type_ = document.get("type")
    if isinstance(type_, str) and type_ not in KINDS:
        return IgnoredDelivery(type_[:64], f"only {', '.join(KINDS)} are of use here")
    envelope = read_model(_Envelope, document, context=options)
    kind = KINDS[envelope.type]
    if kind is EventKind.unpublished:
        identity = read_model(_Identity, envelope.data, at="data")
        draft = _draft_if_complete(envelope.data, options)
        return ParsedDelivery(kind, envelope.type, identity.id, draft, envelope.timestamp)
    article = read_model(_Article, envelope.data, at="data", context=options)
    return ParsedDelivery(kind, envelope.type, article.id, _draft(article, options), envelope.timestamp)


def _draft_if_complete(data: dict[str, Any], options: SourceOptions) -> ArticleDraft:
    # To withdraw an article its id is enough: a sender that has nothing more must still be heard.
    try:
        return _draft(read_model(_Article, data, at="data", context=options), options)
    except Invalid:
        return ArticleDraft()


def _draft(article: _Article, options: SourceOptions) -> ArticleDraft:
    url = fields.http_url(article.url)
    if url is None:
        raise Invalid(refusals.bad_article_address(most=fields.MAX_URL))
    markup = fields.readable_html(article.html or "")
    tags = article.tags or []
    draft = ArticleDraft(
        url=url,
        title=fields.one_line(article.title, fields.MAX_TITLE),
        excerpt=fields.many_lines(article.excerpt or "", fields.MAX_EXCERPT) or fields.opening_of(markup),
        text=fields.text_of(markup),
        language=fields.language_of(article.language or "", options.language),
        category=fields.one_line(article.category or "", fields.MAX_NAME) or options.category,
        tags=fields.tag_names(tags, without=options.opt_in_tag),
        authors=fields.people(article.authors or []),
        breaking=bool(article.breaking),
        is_wanted=not options.opt_in_tag or fields.has_tag(tags, options.opt_in_tag),
        images=_images(article, markup, url),
        video_url=pictures.film_address(article.video or "", url),
        published_at=article.published_at,
    )
    return lay_over(draft, article.tiktok)


def _images(article: _Article, markup: str, url: str) -> list[dict[str, Any]]:
    """Give the pictures that the sender names; those of the text where it names none that can be used."""
    named = [(image.url, image.alt or "") for image in article.images or []]
    found = pictures.image_list(named, url)
    if all("problem" in image for image in found):
        found = pictures.image_list(named + pictures.images_in(markup), url)
    return found
