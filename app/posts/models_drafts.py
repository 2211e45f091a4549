"""What people have begun to write."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import new_dict
from app.kit.clock import utcnow


class PostDraft(SQLModel, table=True):
    """What a person has begun to write and not sent: one post of their own, and one for each article (else "")."""

    __tablename__ = "post_drafts"

    person_id: str = Field(primary_key=True, max_length=36)
    article_id: str = Field(primary_key=True, max_length=36)
    data: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    updated_at: datetime = Field(default_factory=utcnow)
