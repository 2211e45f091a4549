"""What has happened and is still to be told, and the kinds of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import new_dict
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id


class EventType(StrEnum):
    """What a newsroom can be told of. Programs read these names: they never change.

    `notification.switched_off` is for every other endpoint, whatever it listens to.
    """

    post_published = "post.published"
    post_failed = "post.failed"
    post_waiting = "post.waiting_for_approval"
    post_unconfirmed = "post.unconfirmed"
    post_taken_down = "post.taken_down"
    post_link_known = "post.link_known"
    account_reconnect = "account.reconnect"
    account_disconnected = "account.disconnected"
    media_refused = "media.refused"
    source_silent = "source.silent"
    article_withdrawn = "article.withdrawn_but_posted"
    comment_new = "comment.new"
    ads_watch = "ads.watch"
    ads_report = "ads.report"
    ads_boost = "ads.boost"
    switched_off = "notification.switched_off"


class OutboxEvent(SQLModel, table=True):
    """Something that happened, written in the transaction that made it so, where somebody listens to it.

    Events of one `subject`, like `post:ID`, are told in their order. `due_at`: not before. With `endpoint_id` it is for
    that endpoint alone, and an escalation: it is told only if the post still waits then. `taken_at`: since when the
    messages stand in a table of their own.
    """

    __tablename__ = "outbox_events"
    __table_args__ = (
        partial_index("ix_outbox_events_due_at", "taken_at IS NULL", "due_at", "id"),
        sa.Index("ix_outbox_events_subject_type", "subject", "type"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    type: str = Field(max_length=64)
    subject: str = Field(max_length=64)
    account_id: str | None = Field(default=None, max_length=36)
    data: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    at: datetime = Field(default_factory=utcnow, index=True)
    due_at: datetime = Field(default_factory=utcnow)
    endpoint_id: str | None = Field(default=None, max_length=36)
    taken_at: datetime | None = Field(default=None)
