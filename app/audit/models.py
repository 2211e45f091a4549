"""The audit log's table."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import new_dict
from app.kit.clock import utcnow
from app.kit.ids import new_id


class AuditEntry(SQLModel, table=True):
    """Who changed what. It points to no other row, because it outlives them; `before` and `after` hold no secrets."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        sa.Index("ix_audit_entries_action_id", "action", "id"),
        sa.Index("ix_audit_entries_actor_id_id", "actor_id", "id"),
        sa.Index("ix_audit_entries_object_id_id", "object_id", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    at: datetime = Field(default_factory=utcnow, index=True)
    actor_kind: str = Field(max_length=16)
    actor_id: str = Field(default="", max_length=36)
    actor_name: str = Field(default="", max_length=320)
    address: str = Field(default="", max_length=64)
    action: str = Field(max_length=64)
    object_kind: str = Field(default="", max_length=32)
    object_id: str = Field(default="", max_length=128)
    object_name: str = Field(default="", max_length=320)
    before: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    after: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
