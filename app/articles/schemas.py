"""Sources as HTTP shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.articles.feed_limits import MOST_POLL_MINUTES
from app.articles.rules import SourceRules
from app.articles.schemas_feeds import FeedRead, HubRead
from app.kit.text import clean

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
