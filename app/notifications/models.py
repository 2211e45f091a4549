"""Who is told, and every message: what it says, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_list
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id


class Channel(StrEnum):
    webhook = "webhook"
    email = "email"
    telegram = "telegram"


class MessageState(StrEnum):
    """`waiting`: for its first try or its next. `failed`: nobody tries again, but a person may replay it."""

    waiting = "waiting"
    delivered = "delivered"
    failed = "failed"


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


class NotificationMessage(SQLModel, table=True):
    """One message to one endpoint. Its id is what receivers know it by, at each try and each replay.

    `items` are the events that it tells of, several where it is a digest: `{id, at, is_escalation, data}`. `due_at`:
    when it may leave first. `tries` lists each try with its answer, the latest last.
    """

    __tablename__ = "notification_messages"
    __table_args__ = (
        sa.Index("ix_notification_messages_endpoint_id_id", "endpoint_id", "id"),
        partial_index("ix_notification_messages_waiting", "state = 'waiting'", "endpoint_id", "next_attempt_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    endpoint_id: str = Field(foreign_key="notification_endpoints.id", max_length=36, ondelete="CASCADE")
    type: str = Field(max_length=64)
    items: list[dict[str, Any]] = Field(default_factory=new_list, sa_type=sa.JSON)
    subjects: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    state: MessageState = Field(default=MessageState.waiting, sa_type=enum_type(MessageState))
    attempts: int = Field(default=0)
    due_at: datetime = Field(default_factory=utcnow)
    next_attempt_at: datetime | None = Field(default_factory=utcnow)
    first_attempt_at: datetime | None = Field(default=None)
    delivered_at: datetime | None = Field(default=None)
    tries: list[dict[str, Any]] = Field(default_factory=new_list, sa_type=sa.JSON)
    created_at: datetime = Field(default_factory=utcnow, index=True)


class NotificationReading(SQLModel, table=True):
    """When a person last looked at what the newsroom was told: what came since is unread."""

    __tablename__ = "notification_readings"

    admin_id: str = Field(foreign_key="admins.id", primary_key=True, max_length=36, ondelete="CASCADE")
    read_at: datetime = Field(default_factory=utcnow)
