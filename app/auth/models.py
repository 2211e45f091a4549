"""Admins, their login sessions, and recent wrong logins."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.kit.clock import utcnow
from app.kit.ids import new_id


class Admin(SQLModel, table=True):
    """A person who may log in. `email` is stored case-folded."""

    __tablename__ = "admins"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    email: str = Field(unique=True, max_length=320)
    password_hash: str = Field(max_length=255)
    created_at: datetime = Field(default_factory=utcnow)
    password_changed_at: datetime = Field(default_factory=utcnow)


class LoginSession(SQLModel, table=True):
    """The server's side of one login: its token is good only while this row is.

    `token_hash` is the SHA-256 of the token's `jti`. The page's CSRF token is computed from the `jti`, and not stored.
    """

    __tablename__ = "login_sessions"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    admin_id: str = Field(foreign_key="admins.id", index=True, max_length=36, ondelete="CASCADE")
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(default_factory=utcnow)
    last_seen_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime


class LoginAttempt(SQLModel, table=True):
    """A login whose password was looked at and was wrong, or is being looked at. Kept for an hour, against guessing.

    The keys are keyed hashes of the e-mail address and of the client's address: people type passwords into the wrong
    field.
    """

    __tablename__ = "login_attempts"
    __table_args__ = (
        sa.Index("ix_login_attempts_user_key_at", "user_key", "at"),
        sa.Index("ix_login_attempts_address_key_at", "address_key", "at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    user_key: str = Field(max_length=64)
    address_key: str = Field(max_length=64)
    at: datetime = Field(default_factory=utcnow, index=True)
