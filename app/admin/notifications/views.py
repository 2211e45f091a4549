"""What the pages of notifications show, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.notifications.form import NotificationInput
from app.admin.settings.page import Problem
from app.auth.models import Admin


@dataclass(frozen=True, slots=True)
class TryView:
    """One try, with its answer in words."""

    at: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message, and what became of it."""

    id: str
    summary: str
    state: str
    tone: str
    at: datetime
    next_attempt_at: datetime | None
    tries: Sequence[TryView]


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One notification with its form."""

    id: str
    title: str
    channel: str
    address: str
    state: str
    tone: str
    is_switched_off: bool
    failing_since: datetime | None
    last_delivered_at: datetime | None
    events: str
    values: NotificationInput
    has_secret: bool
    tested: MessageView | None


@dataclass(frozen=True, slots=True)
class NewSecretView:
    """A new secret, shown in the answer to the request that made it and nowhere else."""

    title: str
    secret: str

    def __repr__(self) -> str:
        return f"NewSecretView({self.title!r})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants the page to show beside what is stored."""

    problem: Problem | None = None
    typed: NotificationInput | None = None
    new_secret: NewSecretView | None = None
    tested_id: str = ""
    owner_id: str | None = None
    person: Admin | None = None


@dataclass(frozen=True, slots=True)
class NewsLine:
    """Something that the newsroom was told."""

    at: datetime
    what: str
    name: str
    href: str
    is_unread: bool


@dataclass(frozen=True, slots=True)
class NotificationsPage:
    """Everything on the page."""

    news: Sequence[NewsLine]
    unread: int
    endpoints: Sequence[EndpointView]
    new: Sequence[tuple[str, str, NotificationInput]]
    events: Sequence[tuple[str, str]]
    accounts: Sequence[tuple[str, str]]
    languages: Mapping[str, str]
    has_mail: bool
    new_secret: NewSecretView | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """What one notification was told."""

    endpoint: EndpointView
    messages: Sequence[MessageView]
    more_href: str
