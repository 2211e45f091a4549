"""Endpoints and their messages as HTTP shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints

from app.kit.text import clean
from app.notifications.channels.answer import Answer
from app.notifications.models import MessageState, NotificationMessage
from app.outbox.models_endpoints import Channel, NotificationEndpoint


def _clean(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=100)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]
Ids = Annotated[list[Annotated[str, Field(max_length=36)]], Field(max_length=200)]
Language = Literal["en", "ru", "kk"]
Zone = Annotated[str, Field(max_length=64)]
Minutes = Annotated[int, Field(ge=0, le=10_080)]
_LONGEST_TOKEN = 200


class EndpointCreate(BaseModel):
    """`url`: https address of a webhook, e-mail address, or a chat of Telegram's. `token`: of Telegram's bot.

    Without `events` it is told of all, without `accounts` of all accounts. `approval_after_minutes`: of posts that wait
    for approval it is told only once they have waited so long.
    """

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    url: Address
    name: Name = ""
    token: Annotated[SecretStr, Field(max_length=_LONGEST_TOKEN)] | None = None
    events: Names | None = None
    accounts: Ids = Field(default_factory=list)
    language: Language = "en"
    timezone: Zone = ""
    digest: bool = True
    approval_after_minutes: Minutes = 0
    enabled: bool = True


class EndpointUpdate(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    url: Address | None = None
    name: Name | None = None
    token: Annotated[SecretStr, Field(max_length=_LONGEST_TOKEN)] | None = None
    events: Names | None = None
    accounts: Ids | None = None
    language: Language | None = None
    timezone: Zone | None = None
    digest: bool | None = None
    approval_after_minutes: Minutes | None = None
    enabled: bool | None = None


class EndpointRead(BaseModel):
    """`switched_off_at`: Newsreel gave it up after a day of failures. `failing_since`: since its last success."""

    id: str
    channel: Channel
    name: str
    url: str
    events: list[str]
    accounts: list[str]
    language: str
    timezone: str
    digest: bool
    approval_after_minutes: int
    enabled: bool
    switched_off_at: datetime | None
    failing_since: datetime | None
    paused_until: datetime | None
    last_delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: NotificationEndpoint) -> Self:
        """Show an endpoint, without its secret."""
        return cls.model_validate(facts_of(row))


class EndpointWithSecret(EndpointRead):
    """The only answers that carry a secret: to the making of a webhook, and to a rotation; else `null`."""

    secret: str | None


class EndpointList(BaseModel):
    items: list[EndpointRead]
    next_cursor: str | None


class TryRead(BaseModel):
    """One try. `status`: HTTP's or SMTP's; none where nobody answered, then `text` names what went wrong."""

    at: datetime
    attempt: int
    status: int | None
    text: str


class DeliveryRead(BaseModel):
    """One message. `webhook_id` is what its receiver knows it by, at each try; `tries` has the latest last."""

    id: str
    webhook_id: str
    notification_id: str
    type: str
    count: int
    state: MessageState
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    tries: list[TryRead]

    @classmethod
    def of(cls, row: NotificationMessage) -> Self:
        """Show a message and what became of it."""
        return cls(
            **row.model_dump(include=_OF_MESSAGE),
            webhook_id=f"msg_{row.id.replace('-', '')}",
            notification_id=row.endpoint_id,
            count=len(row.items),
        )


_OF_MESSAGE = {"id", "type", "state", "attempts", "next_attempt_at", "delivered_at", "created_at", "tries"}


class DeliveryList(BaseModel):
    items: list[DeliveryRead]
    next_cursor: str | None


class TestResult(BaseModel):
    """What came of a test."""

    delivered: bool
    status: int | None
    text: str
    delivery: DeliveryRead

    @classmethod
    def of(cls, answer: Answer, row: NotificationMessage) -> Self:
        """Show what the other side said."""
        return cls(
            delivered=answer.is_delivered,
            status=answer.status,
            text=answer.shown_text,
            delivery=DeliveryRead.of(row),
        )


def facts_of(row: NotificationEndpoint) -> dict[str, Any]:
    """What may be shown of an endpoint, by the names that programs know."""
    return {**row.model_dump(), "url": row.address, "accounts": row.account_ids, "digest": row.is_digested}
