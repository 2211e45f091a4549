"""Sources and articles as HTTP shows them."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.articles.article_pages import problem_of
from app.articles.feed_limits import MOST_POLL_MINUTES, FeedState, Verdict, state_of
from app.articles.models import (
    Article,
    ArticleEvent,
    ArticlePage,
    ArticleState,
    Delivery,
    HubState,
    HubSubscription,
    SourceDelivery,
    SourceFeed,
)
from app.articles.rules import SourceRules, read_left_out
from app.kit.text import clean
from app.messages.message import Message, unpack

_LONGEST_NAME = 200
_LONGEST_CARD_NAME = 60
"""As much as a card has room for."""


def _name(value: object) -> object:
    name = clean(value) if isinstance(value, str) else value
    if isinstance(name, str) and not 0 < len(name) <= _LONGEST_NAME:
        raise PydanticCustomError("name", "must have 1 to {most} characters", {"most": _LONGEST_NAME})
    return name


def _card_name(value: object) -> object:
    name = clean(value) if isinstance(value, str) else value
    if isinstance(name, str) and len(name) > _LONGEST_CARD_NAME:
        raise PydanticCustomError("card_name", "must have at most {most} characters", {"most": _LONGEST_CARD_NAME})
    return name


# The validators' words are translated; the constraints behind them are for the API's document.
Name = Annotated[str, BeforeValidator(_name), StringConstraints(min_length=1, max_length=_LONGEST_NAME)]
CardName = Annotated[str, BeforeValidator(_card_name), StringConstraints(max_length=_LONGEST_CARD_NAME)]


FieldMapInput = dict[str, str | list[str]]
"""Where an article's fields stand in what the CMS sends: `{"title": "headline", "images": ["cover", "gallery"]}`."""


ReadToken = Annotated[str, Field(max_length=4000)]
"""With what the CMS is asked for articles; it is never shown again, and empty text forgets it."""


FeedUrl = Annotated[str, Field(max_length=2000)]
"""A feed (RSS, Atom, JSON Feed), or where this kind of CMS gives its articles in JSON; empty text: none."""
PollMinutes = Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MOST_POLL_MINUTES})]


class SourceCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    card_name: CardName = ""
    kind: Annotated[str, Field(max_length=32)]
    options: dict[str, Any] = Field(default_factory=dict)
    field_map: FieldMapInput | None = None
    read_token: ReadToken | None = None
    feed_url: FeedUrl | None = None
    poll_minutes: PollMinutes | None = None
    rules: SourceRules | None = None


class SourceUpdate(BaseModel):
    """What is left out stays as it is; `options` replaces all options but the field map, and `field_map` that one.

    Of `rules` too what is left out stays; what is named is replaced as a whole.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    card_name: CardName | None = None
    enabled: bool | None = None
    options: dict[str, Any] | None = None
    field_map: FieldMapInput | None = None
    read_token: ReadToken | None = None
    feed_url: FeedUrl | None = None
    poll_minutes: PollMinutes | None = None
    rules: SourceRules | None = None


def can_replay(delivery: SourceDelivery) -> bool:
    """Tell whether a delivery can be handled once more: its sender is known, and what it said was kept."""
    return delivery.signed_at is not None and delivery.kept_bytes > 0


class FeedRead(BaseModel):
    """How a source's feed fares. `items`: in it when it was last read; `taken`: articles that it told of first.

    `too_old`: items that were older than `rules.max_age_hours` when they appeared. `problem`: why the last poll failed.
    `is_behind`: after an outage not all pages of its list are read yet, and the next polls go on there.
    """

    state: FeedState
    problem: Message | None
    failures: int
    items: int
    taken: int
    too_old: int
    is_behind: bool
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_taken_at: datetime | None
    next_poll_at: datetime

    @classmethod
    def of(cls, feed: SourceFeed) -> Self:
        """Show a feed."""
        problem = unpack(feed.problem, feed.problem_message) if feed.problem else None
        is_behind = feed.backlog_page is not None
        return cls.model_validate(
            {**feed.model_dump(), "state": state_of(feed), "problem": problem, "is_behind": is_behind}
        )


class HubRead(BaseModel):
    """How the subscription at the feed's hub fares: until when it tells of what is new, and when it did so last."""

    model_config = ConfigDict(from_attributes=True)

    state: HubState
    hub: str
    lease_until: datetime | None
    pinged_at: datetime | None
    problem: Message | None

    @classmethod
    def of(cls, row: HubSubscription) -> Self:
        """Show a subscription."""
        problem = unpack(row.problem, row.problem_message) if row.problem else None
        return cls.model_validate(row, from_attributes=True).model_copy(update={"problem": problem})


class FeedItemRead(BaseModel):
    """An item of a feed, and what would become of it."""

    model_config = ConfigDict(from_attributes=True)

    external_id: str
    url: str
    title: str
    excerpt: str
    images: list[str]
    published_at: datetime | None
    verdict: Verdict


class FeedCheckRead(BaseModel):
    """What stands in a source's feed now. `items` counts all of it, `shown` are the first ones."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    items: int
    shown: list[FeedItemRead]


class SourceRead(BaseModel):
    """`card_name` is what headline cards print in the place of `name`; empty: the name.

    `has_read_token`: whether there is a token with which the CMS is asked for articles; it is never shown.
    """

    id: str
    slug: str
    name: str
    card_name: str
    kind: str
    enabled: bool
    options: dict[str, Any]
    webhook_url: str
    has_read_token: bool
    feed_url: str
    poll_minutes: int
    rules: SourceRules
    feed: FeedRead | None
    hub: HubRead | None
    previous_secret_valid_until: datetime | None
    last_delivery_at: datetime | None
    created_at: datetime
    updated_at: datetime


class SourceWithSecret(SourceRead):
    """The only answers that carry a secret: to the making of a source and to a rotation."""

    secret: str


class SourceList(BaseModel):
    items: list[SourceRead]
    next_cursor: str | None


class SourceDeliveryRead(BaseModel):
    """A delivery as the log keeps it, without its body. `outcome` is null where it was refused; `code` says why."""

    id: str
    outcome: Delivery | None
    code: str
    detail: Message | None
    article_id: str | None
    delivery_id: str | None
    body_bytes: int
    can_replay: bool
    replay_of: str | None
    received_at: datetime

    @classmethod
    def of(cls, delivery: SourceDelivery) -> Self:
        """Show a delivery."""
        detail = unpack(delivery.detail, delivery.message) if delivery.detail else None
        row = delivery.model_dump(include=set(cls.model_fields))
        return cls.model_validate(row | {"detail": detail, "can_replay": can_replay(delivery)})


class SourceDeliveryList(BaseModel):
    items: list[SourceDeliveryRead]
    next_cursor: str | None


class ReceiptRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    article_id: str | None
    post_ids: list[str]
    duplicate: bool
    outcome: Delivery
    reason: str


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
