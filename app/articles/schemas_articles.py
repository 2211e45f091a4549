"""Articles as HTTP shows them."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.articles.article_pages import problem_of
from app.articles.models import Article, ArticleEvent, ArticlePage, ArticleState, Delivery
from app.articles.rules import read_left_out
from app.messages.message import Message


class ImageRead(BaseModel):
    """A picture that the article names. `problem` says why its address cannot be used."""

    url: str
    alt: str = ""
    problem: str = ""


class LeftOutRead(BaseModel):
    """Why the source's rules left an article out; `account_id` null: for every account.

    `with_page`: the article's own page was heard, and not the CMS alone; also where it had nothing to add.
    """

    account_id: str | None
    code: str
    params: dict[str, Any]
    text: Message
    with_page: bool


def _read_left_out(stored: Any) -> Any:
    if stored and isinstance(stored[0], LeftOutRead):
        return stored
    return [
        LeftOutRead(
            account_id=one.account_id or None,
            code=one.why.code,
            params=dict(one.why.params),
            text=one.why,
            with_page=one.with_page,
        )
        for one in read_left_out(stored)
    ]


class ArticleSummary(BaseModel):
    """An article without its text. `left_out`: for whom the source's rules left it out, and why."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    source_id: str
    external_id: str
    state: ArticleState
    revision: datetime
    version: int
    url: str
    title: str
    excerpt: str
    language: str
    category: str
    tags: list[str]
    authors: list[str]
    breaking: bool
    is_paywalled: bool
    is_wanted: bool
    is_declined: bool
    caption: str
    images: list[ImageRead]
    video_url: str | None
    published_at: datetime | None
    left_out: Annotated[list[LeftOutRead], BeforeValidator(_read_left_out)]
    received_at: datetime
    updated_at: datetime


class ArticleEventRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    type: str
    outcome: Delivery
    delivery_id: str | None
    revision: datetime
    received_at: datetime


class ArticlePageRead(BaseModel):
    """What the article's own page was asked for. `filled`: the fields that were taken from it, the CMS having left them
    out. `problem`: why it could not be read the last time; `next_attempt_at`: when it is asked again."""

    model_config = ConfigDict(from_attributes=True)

    attempts: int
    next_attempt_at: datetime | None
    read_at: datetime | None
    filled: list[str]
    problem: Message | None

    @classmethod
    def of(cls, page: ArticlePage) -> Self:
        """Read the row."""
        return cls.model_validate(page, from_attributes=True).model_copy(update={"problem": problem_of(page)})


class ArticleRead(ArticleSummary):
    text: str
    events: list[ArticleEventRead]
    page: ArticlePageRead | None

    @classmethod
    def of(cls, article: Article, events: list[ArticleEvent], page: ArticlePage | None) -> Self:
        """Put an article, its deliveries and what is known of its page together."""
        summary = ArticleSummary.model_validate(article)
        return cls(
            **{name: getattr(summary, name) for name in ArticleSummary.model_fields},
            text=article.text,
            events=[ArticleEventRead.model_validate(event) for event in events],
            page=None if page is None else ArticlePageRead.of(page),
        )


class ArticleList(BaseModel):
    items: list[ArticleSummary]
    next_cursor: str | None
