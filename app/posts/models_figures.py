"""How often posts are seen, over time."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.kit.clock import utcnow
from app.kit.ids import new_id


class PostFigures(SQLModel, table=True):
    """How often a post was seen by one moment, as TikTok told it."""

    __tablename__ = "post_figures"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    post_id: str = Field(foreign_key="posts.id", index=True, max_length=36, ondelete="CASCADE")
    at: datetime = Field(default_factory=utcnow)
    views: int | None = Field(default=None, sa_type=sa.BigInteger)
    likes: int | None = Field(default=None, sa_type=sa.BigInteger)
    comments: int | None = Field(default=None, sa_type=sa.BigInteger)
    shares: int | None = Field(default=None, sa_type=sa.BigInteger)
