"""Every message: what it says, and what became of it; and who has read of what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_list
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id


class MessageState(StrEnum):
    """`waiting`: for its first try or its next. `failed`: nobody tries again, but a person may replay it."""

    waiting = "waiting"
    delivered = "delivered"
    failed = "failed"


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
