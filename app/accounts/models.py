"""The TikTok app, connected accounts with their settings, their tokens, and OAuth hops under way."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Relationship, SQLModel

from app.db import enum_type, new_dict, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class AccountKind(StrEnum):
    """Through which of TikTok's APIs an account is spoken to, and so which app its permission was given to.

    `creator`: Content Posting and Display API, with the app of the settings page. `business`: the Accounts API of the
    Business API, with `TikTok__AppId`; its `open_id` is the `business_id` there.
    """

    creator = "creator"
    business = "business"


class AccountState(StrEnum):
    connected = "connected"
    reconnect = "reconnect"
    disconnected = "disconnected"


class PublishMode(StrEnum):
    direct = "direct"
    approve = "approve"
    inbox = "inbox"


class TikTokApp(SQLModel, table=True):
    """The credentials of our app at TikTok, as edited on the settings page: one row, `id` is always "app"."""

    __tablename__ = "tiktok_apps"

    id: str = Field(default="app", primary_key=True, max_length=36)
    client_key: str = Field(default="", max_length=255)
    client_secret_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    redirect_uri: str = Field(default="", max_length=512)
    updated_at: datetime = Field(default_factory=utcnow)


class AccountSettings(SQLModel, table=True):
    """How an account posts. `privacy_level` has no default: TikTok wants it chosen by a person."""

    __tablename__ = "account_settings"

    account_id: str = Field(default="", foreign_key="accounts.id", primary_key=True, max_length=36, ondelete="CASCADE")
    enabled: bool = Field(default=True)
    mode: PublishMode = Field(default=PublishMode.direct, sa_type=enum_type(PublishMode))
    privacy_level: str | None = Field(default=None, max_length=64)
    disable_comment: bool = Field(default=False)
    disable_duet: bool = Field(default=False)
    disable_stitch: bool = Field(default=False)
    auto_add_music: bool = Field(default=True)
    brand_content_toggle: bool = Field(default=False)
    brand_organic_toggle: bool = Field(default=False)
    is_aigc: bool = Field(default=False)
    language: str = Field(default="", max_length=16)
    daily_cap: int = Field(default=15)
    with_link: bool = Field(default=True)
    resend_after_no_trace: bool = Field(default=True)
    post_incomplete: bool = Field(default=False)
    headline_card: bool = Field(default=True)
    card_background: str = Field(default="#101418", max_length=7)
    card_text: str = Field(default="#ffffff", max_length=7)
    title_limit: int | None = Field(default=None)
    description_limit: int | None = Field(default=None)
    caption_limit: int | None = Field(default=None)


class AccountPace(SQLModel, table=True):
    """What holds an account's posts back: a pause, a wider distance between inits, a cap that TikTok taught us."""

    __tablename__ = "account_pace"

    account_id: str = Field(default="", foreign_key="accounts.id", primary_key=True, max_length=36, ondelete="CASCADE")
    init_not_before: datetime | None = Field(default=None)
    init_pause_reason: str | None = Field(default=None, max_length=64)
    init_gap_seconds: float = Field(default=0.0)
    init_gap_since: datetime | None = Field(default=None)
    learned_daily_cap: int | None = Field(default=None)
    learned_daily_cap_at: datetime | None = Field(default=None)


# Every account has both, so the join need not be an outer one. Each gets the account's id when it is given to it.
_TOGETHER = {"lazy": "joined", "innerjoin": True, "uselist": False, "cascade": "save-update, merge"}


class Account(SQLModel, table=True):
    """A connected TikTok account: who it is, and what it has granted us.

    Its settings and pace come with it in the same question. Its tokens do not: see `AccountTokens`.
    """

    __tablename__ = "accounts"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    kind: AccountKind = Field(
        default=AccountKind.creator,
        sa_type=enum_type(AccountKind),
        sa_column_kwargs={"server_default": AccountKind.creator.value},
    )
    open_id: str = Field(unique=True, max_length=128)
    union_id: str | None = Field(default=None, max_length=128)
    display_name: str = Field(default="", max_length=255)
    username: str = Field(default="", max_length=255)
    avatar_url: str | None = Field(default=None, sa_type=sa.Text)
    state: AccountState = Field(default=AccountState.connected, sa_type=enum_type(AccountState), index=True)
    state_reason: str | None = Field(default=None, max_length=64)
    scopes: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)

    connected_at: datetime = Field(default_factory=utcnow)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)

    settings: AccountSettings = Relationship(sa_relationship_kwargs=_TOGETHER)
    pace: AccountPace = Relationship(sa_relationship_kwargs=_TOGETHER)


class AccountTokens(SQLModel, table=True):
    """An account's pair of tokens, as ciphertext, and when it ends: `app.accounts.tokens` alone reads and writes it.

    `version` grows with each pair stored, and every write of a pair names the version it replaces.
    """

    __tablename__ = "account_tokens"

    account_id: str = Field(foreign_key="accounts.id", primary_key=True, max_length=36, ondelete="CASCADE")
    access_token_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    refresh_token_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    version: int = Field(default=0)
    obtained_at: datetime | None = Field(default=None)
    expires_at: datetime | None = Field(default=None)
    refresh_expires_at: datetime | None = Field(default=None)
    refresh_due_at: datetime | None = Field(default=None, index=True)
    refresh_lease_until: datetime | None = Field(default=None)
    refresh_lease_token: str | None = Field(default=None, max_length=64)


class OAuthState(SQLModel, table=True):
    """One OAuth hop: single-use, ten minutes, bound to the browser by the hash of a cookie."""

    __tablename__ = "oauth_states"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    state_hash: str = Field(unique=True, max_length=64)
    binding_hash: str = Field(max_length=64)
    admin_id: str = Field(max_length=36)
    account_id: str | None = Field(default=None, max_length=36)
    kind: AccountKind = Field(
        default=AccountKind.creator,
        sa_type=enum_type(AccountKind),
        sa_column_kwargs={"server_default": AccountKind.creator.value},
    )
    redirect_uri: str = Field(max_length=512)
    code_verifier_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = Field(default=None)


class PendingConnection(SQLModel, table=True):
    """Another TikTok account than the one to reconnect came back from consent: kept until the admin says yes or no."""

    __tablename__ = "pending_connections"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    account_id: str = Field(max_length=36)
    admin_id: str = Field(max_length=36)
    kind: AccountKind = Field(
        default=AccountKind.creator,
        sa_type=enum_type(AccountKind),
        sa_column_kwargs={"server_default": AccountKind.creator.value},
    )
    open_id: str = Field(max_length=128)
    profile: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    grant_encrypted: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
