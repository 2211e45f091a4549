"""Who consented to ads, what that opens and how far, and the ad accounts."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class AdsConnectionState(StrEnum):
    """`reconnect`: TikTok no longer accepts the token, and only a new consent helps."""

    connected = "connected"
    reconnect = "reconnect"


class AdsConnection(SQLModel, table=True):
    """One consent of an advertiser's. `mode`: an emulated one is never shown to TikTok, nor the other way about.

    `scopes` are this token's own: a new consent may carry others. `advertiser_ids` are those that the consent named.
    """

    __tablename__ = "ads_connections"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    core_user_id: str | None = Field(default=None, index=True, max_length=64)
    display_name: str = Field(default="", max_length=255)
    email: str = Field(default="", max_length=255)
    scopes: list[int] = Field(default_factory=new_list, sa_type=sa.JSON)
    advertiser_ids: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    state: AdsConnectionState = Field(
        default=AdsConnectionState.connected, sa_type=enum_type(AdsConnectionState), index=True
    )
    state_reason: str | None = Field(default=None, max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    connected_at: datetime = Field(default_factory=utcnow)
    synced_at: datetime | None = Field(default=None)


class AdsToken(SQLModel, table=True):
    """The token of a connection, sealed; `id` is the connection's. Only the vault reads this table."""

    __tablename__ = "ads_tokens"

    id: str = Field(primary_key=True, max_length=36)
    access_token_encrypted: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(default_factory=utcnow)


class Advertiser(SQLModel, table=True):
    """An ad account as TikTok described it at `synced_at`; `balance` is its decimal number as text."""

    __tablename__ = "ads_advertisers"

    advertiser_id: str = Field(primary_key=True, max_length=64)
    name: str = Field(default="", max_length=255)
    status: str = Field(default="", max_length=64)
    currency: str = Field(default="", max_length=16)
    timezone: str = Field(default="", max_length=64)
    country: str = Field(default="", max_length=16)
    balance: str | None = Field(default=None, max_length=64)
    bc_id: str | None = Field(default=None, max_length=64)
    synced_at: datetime = Field(default_factory=utcnow)


class AdvertiserGrant(SQLModel, table=True):
    """That a token opens an ad account, and in which role; `connection_id` is "own" for the installation's token."""

    __tablename__ = "ads_grants"

    connection_id: str = Field(primary_key=True, max_length=36)
    advertiser_id: str = Field(primary_key=True, max_length=64, index=True)
    mode: str = Field(primary_key=True, max_length=16)
    role: str | None = Field(default=None, max_length=32)
    synced_at: datetime = Field(default_factory=utcnow)


class CurrentAdvertiser(SQLModel, table=True):
    """The ad account that a person works on."""

    __tablename__ = "ads_current"

    admin_id: str = Field(primary_key=True, max_length=36)
    advertiser_id: str = Field(max_length=64)


class AdsHop(SQLModel, table=True):
    """One way to TikTok's consent page and back: single-use, ten minutes, bound to the browser by a cookie's hash."""

    __tablename__ = "ads_hops"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    state_hash: str = Field(unique=True, max_length=64)
    binding_hash: str = Field(max_length=64)
    admin_id: str = Field(max_length=36)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = Field(default=None)


class AdsGuards(SQLModel, table=True):
    """An ad account's own spending guards, as decimal text; None is the installation's, 0 is none."""

    __tablename__ = "ads_guards"

    advertiser_id: str = Field(primary_key=True, max_length=64)
    max_raise_percent: str | None = Field(default=None, max_length=32)
    max_daily_budget: str | None = Field(default=None, max_length=32)
    max_total_budget: str | None = Field(default=None, max_length=32)
    max_transfer: str | None = Field(default=None, max_length=32)
