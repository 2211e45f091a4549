"""Caption templates and hashtag rules that the newsroom has edited, and what they were before."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import new_dict
from app.kit.clock import utcnow
from app.kit.ids import new_id


class CaptionTemplate(SQLModel, table=True):
    """An edited caption template; where there is none, the shipped one serves. `language` may be "default"."""

    __tablename__ = "caption_templates"
    __table_args__ = (sa.UniqueConstraint("kind", "language"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    kind: str = Field(max_length=32)
    language: str = Field(default="default", max_length=16)
    source: str = Field(sa_type=sa.Text)
    updated_at: datetime = Field(default_factory=utcnow)


class HashtagRuleSet(SQLModel, table=True):
    """The edited hashtag rules: one row, `id` is always "rules"."""

    __tablename__ = "hashtag_rules"

    id: str = Field(default="rules", primary_key=True, max_length=36)
    rules: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    updated_at: datetime = Field(default_factory=utcnow)


class CaptionVersion(SQLModel, table=True):
    """What a caption template or the hashtag rules were from some moment on. `content` is `{}` for the shipped ones."""

    __tablename__ = "caption_versions"
    __table_args__ = (sa.Index("ix_caption_versions_subject_id", "subject", "id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    subject: str = Field(max_length=64)
    content: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    saved_at: datetime = Field(default_factory=utcnow)
    saved_by: str = Field(default="", max_length=320)
