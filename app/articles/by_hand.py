"""Articles that people write here: they have no CMS, and a source that is none."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import fields, pictures
from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery
from app.articles.intake.arrivals import Arrival, Envelope, Receipt, Wish
from app.articles.intake.batches import hand_in
from app.articles.intake.merge import rank
from app.articles.models import Article, ArticleEvent, Source
from app.errors import Conflict, Invalid
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.messages import uploads
from app.resources import Resources

HAND_SOURCE_ID = "00000000-0000-7000-8000-00000000a11d"
"""The row that stands for the newsroom's own hand. It is marked as removed from the beginning: nothing sends by it."""

_KIND = "hand"
_MOST_PICTURES = 35
_TYPE = "article.by_hand"


class PictureByHand(BaseModel):
    """A picture's address, and what it shows."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=fields.MAX_URL)]
    alt: Annotated[str, Field(max_length=1000)] = ""


def _as_picture(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _id(value: str | None) -> str | None:
    try:
        return None if value is None else fields.external_id(value)
    except ValueError as error:
        raise PydanticCustomError("article_id", str(error)) from None


class ArticleByHand(BaseModel):
    """An article as a person writes it: what the generic webhook has in `data`, and only a title or text is needed.

    `excerpt` is the text under the title, as plain text. `id` is the caller's own: the same id is the same article.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str | None, AfterValidator(_id), Field(max_length=fields.MAX_EXTERNAL_ID)] = None
    title: Annotated[str, Field(max_length=fields.MAX_TITLE)] = ""
    excerpt: Annotated[str, Field(max_length=fields.MAX_EXCERPT)] = ""
    html: Annotated[str, Field(max_length=500_000)] = ""
    url: Annotated[str, Field(max_length=fields.MAX_URL)] = ""
    language: Annotated[str, Field(max_length=60)] = ""
    category: Annotated[str, Field(max_length=fields.MAX_NAME)] = ""
    tags: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=fields.MAX_TAGS)] = []
    breaking: bool = False
    images: Annotated[
        list[Annotated[PictureByHand, BeforeValidator(_as_picture)]], Field(max_length=_MOST_PICTURES)
    ] = []
    video: Annotated[str | None, Field(max_length=fields.MAX_URL)] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title.strip() or self.excerpt.strip() or self.html.strip()):
            raise ValueError("needs a title or a text")
        return self


def draft_of(data: ArticleByHand) -> ArticleDraft:
    """Read what a person wrote as the canonical article. Raises Invalid for an address that is none."""
    url = data.url.strip() and fields.http_url(data.url)
    if url is None:
        raise Invalid(uploads.NO_LINK, code="invalid_url")
    markup = fields.readable_html(data.html)
    return ArticleDraft(
        url=url,
        title=fields.typed_line(data.title, fields.MAX_TITLE),
        excerpt=fields.typed_lines(data.excerpt, fields.MAX_EXCERPT) or fields.opening_of(markup),
        text=fields.text_of(markup),
        language=fields.language_of(data.language, ""),
        category=fields.typed_line(data.category, fields.MAX_NAME),
        tags=fields.tag_names(data.tags, is_typed=True),
        breaking=data.breaking,
        images=pictures.image_list([(image.url, image.alt) for image in data.images], url),
        video_url=pictures.film_address(data.video or "", url),
    )


def preview_article(data: ArticleByHand) -> Article:
    """Make the article that would be stored, to look at what would become of it. Raises Invalid."""
    draft = draft_of(data)
    columns: dict[str, Any] = {name: getattr(draft, name) for name in draft.__slots__}
    return Article(source_id=HAND_SOURCE_ID, external_id="preview", revision=utcnow(), **columns)


async def hand_in_by_hand(
    resources: Resources, data: ArticleByHand, wishes: Sequence[Wish], *, asked: dict[str, Any]
) -> Receipt:
    """Store an article that a person wrote, with the posts that the person wants of it.

    `asked` is all that was asked for: the same id and the same wish again get the first answer. Raises Invalid, and
    Conflict where the id was given to something else before.
    """
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    external_id = data.id or new_id()
    draft = draft_of(data)
    since = await _open_source(resources)
    if data.id is not None:
        await _require_same(resources, external_id, digest)
    now = utcnow()
    news = ParsedDelivery(EventKind.published, _TYPE, external_id, draft)
    arrival = Arrival(HAND_SOURCE_ID, since, news, Envelope(None, digest, rank(now)), wishes=tuple(wishes))
    return await hand_in(resources, arrival)


async def _require_same(resources: Resources, external_id: str, digest: str) -> None:
    query = (
        select(ArticleEvent.body_sha256)
        .join(Article, col(Article.id) == col(ArticleEvent.article_id))
        .where(Article.source_id == HAND_SOURCE_ID, Article.external_id == external_id)
        .order_by(col(ArticleEvent.id))
        .limit(1)
    )
    async with resources.read() as session:
        first = (await session.exec(query)).first()
    if first is not None and first != digest:
        raise Conflict(uploads.OTHER_REQUEST, code="idempotency_mismatch")


async def _open_source(resources: Resources) -> datetime:
    """Make sure that the source is there, and tell since when."""
    async with resources.read() as session:
        if (since := await _since(session)) is not None:
            return since
    async with resources.transaction() as session:
        now = utcnow()
        row = Source(
            id=HAND_SOURCE_ID, slug=_KIND, name="", kind=_KIND, enabled=False, secret_encrypted="", deleted_at=now
        )
        table = Source.__table__  # type: ignore[attr-defined]
        insert = insert_into(session.get_bind().dialect.name, table).values(**row.model_dump())
        await session.exec(insert.on_conflict_do_nothing(index_elements=["id"]))
    return now


async def _since(session: AsyncSession) -> datetime | None:
    return (await session.exec(select(Source.created_at).where(Source.id == HAND_SOURCE_ID))).first()
