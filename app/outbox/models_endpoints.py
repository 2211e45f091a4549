"""Who is told: it stands here, because what happens is written down only where somebody listens."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class Channel(StrEnum):
    webhook = "webhook"
    email = "email"
    telegram = "telegram"


class NotificationEndpoint(SQLModel, table=True):
    """Where messages go: a web address, an e-mail address, or a chat of Telegram's.

    `secret_encrypted` is the secret that webhooks are signed with, or the token of Telegram's bot. An empty list of
    accounts means all. `approval_after_minutes`: of posts that wait for approval it is told only once they have
    waited so long. `owner_id` is the person who made it.

    `failing_since` and `failures` count from the last success; until `paused_until` nothing is tried. Who delivers
    holds the lease, so that messages leave in their order. `switched_off_at`: this service gave up on it.
    """

    __tablename__ = "notification_endpoints"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    name: str = Field(default="", max_length=100)
    channel: Channel = Field(sa_type=enum_type(Channel))
    address: str = Field(sa_type=sa.Text)
    secret_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    events: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    account_ids: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    language: str = Field(default="en", max_length=8)
    timezone: str = Field(default="UTC", max_length=64)
    is_digested: bool = Field(default=True)
    approval_after_minutes: int = Field(default=0)
    enabled: bool = Field(default=True)
    owner_id: str | None = Field(default=None, max_length=36)
    failures: int = Field(default=0)
    failing_since: datetime | None = Field(default=None)
    paused_until: datetime | None = Field(default=None)
    switched_off_at: datetime | None = Field(default=None)
    last_delivered_at: datetime | None = Field(default=None)
    lease_token: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)
