"""What the API shows of connections and ad accounts."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from app.ads.models import AdsConnectionState
from app.ads.values import read_id
from app.messages.message import Message


class ConsentUrlRead(BaseModel):
    """The address of TikTok's consent page; the cookie that comes with it belongs to it."""

    url: str
    state: str


class ScopeRead(BaseModel):
    """One permission: TikTok's number, and what it allows."""

    id: int
    name: Message


class OpenedRead(BaseModel):
    """An ad account that a connection opens."""

    advertiser_id: str
    name: str
    role: str | None


class ConnectionRead(BaseModel):
    """Who consented, to what, and for which ad accounts. `missing_scopes` are those without which the desk is lame."""

    id: str
    display_name: str
    email: str
    mode: str
    state: AdsConnectionState
    state_reason: str | None
    scopes: list[ScopeRead]
    missing_scopes: list[ScopeRead]
    advertisers: list[OpenedRead]
    connected_at: datetime
    synced_at: datetime | None


class ConnectionList(BaseModel):
    items: list[ConnectionRead]
    next_cursor: str | None = None


class DisconnectedRead(BaseModel):
    """What became of a connection: whether TikTok has ended the permission."""

    id: str
    revoked: bool
    detail: Message


class AdvertiserRead(BaseModel):
    """An ad account as TikTok described it at `synced_at`; `connections` are the other consents that open it."""

    advertiser_id: str
    name: str
    role: str | None
    status: str
    currency: str
    timezone: str
    country: str
    balance: Decimal | None
    bc_id: str | None
    current: bool
    connection_id: str
    connections: list[str]
    synced_at: datetime


class AdvertiserList(BaseModel):
    items: list[AdvertiserRead]
    next_cursor: str | None


class SyncRead(BaseModel):
    """What a sync found; `failed` names connections that could not be asked, and why."""

    advertisers: int
    failed: dict[str, str]


class CurrentUpdate(BaseModel):
    advertiser_id: Annotated[str, BeforeValidator(read_id)]


class CurrentRead(BaseModel):
    advertiser_id: str | None
