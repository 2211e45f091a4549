"""The inbox of TikTok's events."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id


class WebhookEvent(SQLModel, table=True):
    """One event of TikTok's, stored once however often it was delivered.

    `event` is TikTok's own word, `kind` what we make of it, `content` the text as it came. `handled_at` is empty until
    the event was weighed; `outcome` then says what it did.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (partial_index("ix_webhook_events_unhandled", "handled_at IS NULL", "received_at"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    dedup_key: str = Field(unique=True, max_length=64)
    event: str = Field(max_length=128)
    kind: str = Field(max_length=32)
    client_key: str = Field(default="", max_length=255)
    open_id: str | None = Field(default=None, index=True, max_length=128)
    publish_id: str | None = Field(default=None, index=True, max_length=255)
    post_id: str | None = Field(default=None, max_length=255)
    comment_id: str | None = Field(default=None, max_length=64)
    publish_type: str | None = Field(default=None, max_length=64)
    reason: str | None = Field(default=None, max_length=128)
    content: str = Field(default="", sa_type=sa.Text)
    occurred_at: datetime | None = Field(default=None)
    signed_at: datetime | None = Field(default=None)
    received_at: datetime = Field(default_factory=utcnow)
    handled_at: datetime | None = Field(default=None)
    outcome: str | None = Field(default=None, max_length=64)
