"""What the newsroom itself has said, once: answers to comments, and comments of its own under its own posts."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id

_IS_OPEN = "state IN ('begun', 'sending', 'unknown')"


class ReplyState(StrEnum):
    """How far what we say is.

    `begun`: nothing was sent yet. `sending`: it may have been. `unknown`: it was, and its answer is lost. `done`:
    TikTok has it. `refused`: TikTok surely has not, or it was deleted since.
    """

    begun = "begun"
    sending = "sending"
    unknown = "unknown"
    done = "done"
    refused = "refused"


OPEN = (ReplyState.begun, ReplyState.sending, ReplyState.unknown)
"""What is not settled."""


class Said(SQLModel):
    """Base of both: written before it is sent. The same text again at the same place is the same, unless `number`.

    `holder` works on it until `lease_until`. `looked_at`: when it was last looked for.
    """

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    fingerprint: str = Field(max_length=64)
    number: int = Field(default=1)
    text: str = Field(sa_type=sa.Text)
    state: ReplyState = Field(default=ReplyState.begun, sa_type=enum_type(ReplyState, length=16))
    admin_id: str | None = Field(default=None, max_length=36)
    caller: str = Field(default="", max_length=320)
    holder: str | None = Field(default=None, max_length=36)
    lease_until: datetime | None = Field(default=None)
    error: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    sent_at: datetime | None = Field(default=None)
    looked_at: datetime | None = Field(default=None)
    settled_at: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)


class CommentReply(Said, table=True):
    """One answer of the newsroom's to a comment. `reply_comment_id` is TikTok's id of it."""

    __tablename__ = "comment_replies"
    __table_args__ = (
        sa.UniqueConstraint("comment_row_id", "fingerprint", "number", name="uq_comment_replies_fingerprint"),
        partial_index("ix_comment_replies_open", _IS_OPEN, "created_at"),
        sa.Index("ix_comment_replies_reply_comment_id", "reply_comment_id"),
    )

    comment_row_id: str = Field(foreign_key="comments.id", max_length=36, ondelete="CASCADE")
    reply_comment_id: str | None = Field(default=None, max_length=64)


class OwnComment(Said, table=True):
    """One comment of the newsroom's own under a post of a business account. `comment_id` is TikTok's id of it."""

    __tablename__ = "own_comments"
    __table_args__ = (
        sa.UniqueConstraint(
            "mode", "account_id", "item_id", "fingerprint", "number", name="uq_own_comments_fingerprint"
        ),
        partial_index("ix_own_comments_open", _IS_OPEN, "created_at"),
        sa.Index("ix_own_comments_comment_id", "comment_id"),
    )

    mode: str = Field(max_length=16)
    account_id: str = Field(max_length=36)
    item_id: str = Field(max_length=64)
    comment_id: str | None = Field(default=None, max_length=64)
