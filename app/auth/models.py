"""People and programs that may come in: admins, editors, their logins and second factors, keys, one-time links."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class Role(StrEnum):
    """What a person may do. An admin may do all that an editor may."""

    admin = "admin"
    editor = "editor"


class Scope(StrEnum):
    """What a key opens."""

    read = "read"
    write = "write"
    sources = "sources"
    internal = "internal"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    setup = "setup"
    invitation = "invitation"


class Admin(SQLModel, table=True):
    """A person who may log in, in either role; the name is older than the roles. `email` is stored case-folded.

    Who was invited and has set no password yet has an empty `password_hash`, which no password fits. `role` has a
    default in the database for processes of an older version, which knew admins alone.
    """

    __tablename__ = "admins"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    email: str = Field(unique=True, max_length=320)
    password_hash: str = Field(max_length=255)
    created_at: datetime = Field(default_factory=utcnow)
    password_changed_at: datetime = Field(default_factory=utcnow)
    name: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    role: Role = Field(
        default=Role.admin, sa_type=enum_type(Role), sa_column_kwargs={"server_default": Role.admin.value}
    )
    language: str = Field(default="", max_length=8, sa_column_kwargs={"server_default": ""})
    timezone: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    totp_secret_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    totp_confirmed_at: datetime | None = Field(default=None)
    totp_last_step: int | None = Field(default=None)

    @property
    def has_joined(self) -> bool:
        return bool(self.password_hash)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


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
    user_agent: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    address: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})


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


class RecoveryCode(SQLModel, table=True):
    """One of ten codes that stand in for a lost second factor; its row goes when it is used."""

    __tablename__ = "recovery_codes"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    admin_id: str = Field(foreign_key="admins.id", index=True, max_length=36, ondelete="CASCADE")
    code_hash: str = Field(unique=True, max_length=64)


class OneTimeLink(SQLModel, table=True):
    """A link that opens one thing once, without a login: the set-up page, or an invitation. It goes when it is used."""

    __tablename__ = "one_time_links"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    purpose: LinkPurpose = Field(sa_type=enum_type(LinkPurpose))
    token_hash: str = Field(unique=True, max_length=64)
    admin_id: str | None = Field(default=None, foreign_key="admins.id", index=True, max_length=36, ondelete="CASCADE")
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime


class ApiKey(SQLModel, table=True):
    """A program's key. It belongs to the installation and outlives whoever made it; `made_by` is a name to read."""

    __tablename__ = "api_keys"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    name: str = Field(max_length=200)
    key_hash: str = Field(unique=True, max_length=64)
    hint: str = Field(max_length=16)
    scopes: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    made_by: str = Field(default="", max_length=320)
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime | None = Field(default=None)
    last_used_at: datetime | None = Field(default=None)
