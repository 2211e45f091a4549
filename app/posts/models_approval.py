"""Who consents to a post, by which one-time link, and who is looking at it."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON
from app.kit.clock import utcnow
from app.kit.ids import new_id


class PostConsent(SQLModel, table=True):
    """A person's consent to one post as it stood. `content_hash` is of the very words and pictures.

    It ends as soon as they change: `ended_at`, and `end_message` says why. `link_id`: it was given by a one-time link.
    """

    __tablename__ = "post_consents"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    post_id: str = Field(foreign_key="posts.id", index=True, max_length=36, ondelete="CASCADE")
    content_hash: str = Field(max_length=64)
    given_by: str = Field(max_length=320)
    given_at: datetime = Field(default_factory=utcnow)
    link_id: str | None = Field(default=None, max_length=36)
    ended_at: datetime | None = Field(default=None)
    end_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)


class SignOffLink(SQLModel, table=True):
    """A one-time link by which somebody without a login decides about one post, as it stood when the link was made.

    The token is kept nowhere, only its hash. `used_for` names the decision that used the link up.
    """

    __tablename__ = "sign_off_links"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    post_id: str = Field(foreign_key="posts.id", index=True, max_length=36, ondelete="CASCADE")
    token_hash: str = Field(unique=True, max_length=64)
    content_hash: str = Field(max_length=64)
    made_by: str = Field(max_length=320)
    made_for: str = Field(max_length=100)
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = Field(default=None)
    used_for: str | None = Field(default=None, max_length=32)


class PostViewer(SQLModel, table=True):
    """Somebody who looks at a post that waits for approval. It keeps nobody out, and is over at `until`."""

    __tablename__ = "post_viewers"

    post_id: str = Field(foreign_key="posts.id", primary_key=True, max_length=36, ondelete="CASCADE")
    viewer_id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=320)
    until: datetime = Field(index=True)
