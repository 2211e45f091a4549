"""Any CMS that signs by Standard Webhooks 1.0.0 and sends Newsreel's own article document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo

from app.articles.adapters import fields, pictures, standard_webhooks
from app.articles.adapters.ans import is_ans, parse_ans
from app.articles.adapters.base import (
    NO_HEADERS,
    ArticleDraft,
    EventKind,
    IgnoredDelivery,
    ParsedDelivery,
    SourceOptions,
    Traits,
)
from app.articles.adapters.for_tiktok import ForTikTok, lay_over
from app.articles.decode import decode_object, read_model
from app.errors import Invalid
from app.messages import refusals
from app.messages.translator import N_


def _public_key(value: str) -> str:
    value = value.strip()
    if value and standard_webhooks.key_of(value) is None:
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
make_secret = standard_webhooks.make_secret
is_signed = standard_webhooks.is_signed
verify = standard_webhooks.verify

_MOST_ITEMS = 1000
KINDS = {
    "article.published": EventKind.published,
    "article.updated": EventKind.updated,
    "article.unpublished": EventKind.unpublished,
    "article.deleted": EventKind.unpublished,
}


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


class DocumentArticle(_Identity):
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
    article = read_model(DocumentArticle, envelope.data, at="data", context=options)
    return ParsedDelivery(kind, envelope.type, article.id, _draft(article, options), envelope.timestamp)


def _draft_if_complete(data: dict[str, Any], options: SourceOptions) -> ArticleDraft:
    # To withdraw an article its id is enough: a sender that has nothing more must still be heard.
    try:
        return _draft(read_model(DocumentArticle, data, at="data", context=options), options)
    except Invalid:
        return ArticleDraft()


def _draft(article: DocumentArticle, options: SourceOptions) -> ArticleDraft:
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


def _images(article: DocumentArticle, markup: str, url: str) -> list[dict[str, Any]]:
    """Give the pictures that the sender names; those of the text where it names none that can be used."""
    named = [(image.url, image.alt or "") for image in article.images or []]
    found = pictures.image_list(named, url)
    if all("problem" in image for image in found):
        found = pictures.image_list(named + pictures.images_in(markup), url)
    return found
