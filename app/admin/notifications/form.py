"""The form of a notification: what is stored put into its fields, and what was typed as the service understands it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field

from app.articles.decode import read_model
from app.notifications.schemas import EndpointCreate, EndpointUpdate
from app.notifications.wording import CHOICES
from app.outbox.models_endpoints import Channel, NotificationEndpoint

_Short = Annotated[str, Field(max_length=2000)]


def _list_of(value: object) -> object:
    """One ticked box comes as one value."""
    return value if isinstance(value, list) else [value]


_Ticked = Annotated[list[Annotated[str, Field(max_length=64)]], BeforeValidator(_list_of), Field(max_length=200)]


class NotificationInput(BaseModel):
    """A notification. `channel` counts only when it is added; an unticked box is not sent."""

    channel: _Short = Channel.webhook.value
    name: _Short = ""
    url: _Short = ""
    token: Annotated[str, Field(max_length=2000, repr=False)] = ""
    events: _Ticked = []
    accounts: _Ticked = []
    language: _Short = "en"
    timezone: _Short = ""
    digest: bool = False
    approval_after_minutes: _Short = ""
    enabled: bool = False

    @classmethod
    def of(cls, row: NotificationEndpoint) -> Self:
        """Fill the form with what is stored; a token is never shown again."""
        return cls(
            channel=row.channel.value,
            name=row.name,
            url=row.address,
            events=row.events,
            accounts=row.account_ids,
            language=row.language,
            timezone=row.timezone,
            digest=row.is_digested,
            approval_after_minutes=str(row.approval_after_minutes or ""),
            enabled=row.enabled,
        )

    @classmethod
    def empty(cls, channel: Channel, *, language: str, timezone: str) -> Self:
        """The form for a new one: told of all, in the language of whoever makes it."""
        return cls(
            channel=channel.value, events=[*CHOICES], language=language, timezone=timezone, digest=True, enabled=True
        )

    def to_create(self) -> EndpointCreate:
        """Give the new notification. Raises Invalid, without repeating a token."""
        values = self._common() | {"channel": self.channel, "enabled": True}
        return read_model(EndpointCreate, values)

    def to_update(self) -> EndpointUpdate:
        """Give the change. Raises Invalid."""
        return read_model(EndpointUpdate, self._common() | {"enabled": self.enabled})

    def _common(self) -> dict[str, Any]:
        minutes = self.approval_after_minutes.strip()
        return {
            "name": self.name,
            "url": self.url,
            "token": self.token.strip() or None,
            "events": self.events,
            "accounts": self.accounts,
            "language": self.language,
            "timezone": self.timezone,
            "digest": self.digest,
            "approval_after_minutes": minutes or 0,
        }
