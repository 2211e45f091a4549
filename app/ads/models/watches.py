"""What is watched, and what that has found."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type, new_dict, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class WatchKind(StrEnum):
    """What is looked at: a status that changes, a review that ends, spending that passes an amount, a low balance."""

    status = "status"
    review = "review"
    spend = "spend"
    balance = "balance"


class WatchLevel(StrEnum):
    advertiser = "advertiser"
    campaign = "campaign"
    adgroup = "adgroup"
    ad = "ad"


class WatchPeriod(StrEnum):
    """Over what spending is added up: today, by the ad account's clock, or all time."""

    day = "day"
    lifetime = "lifetime"


class AdsWatch(SQLModel, table=True):
    """One watch. Without `object_ids` it is over all objects of its level.

    `seen`: by object what the last look found, or for which day it was told. `looks` counts looks, and holds a write to
    the look that it follows. `trouble` is why it cannot look, since `failing_since`. `subscriptions`: TikTok's ids, by
    object, of what it tells by itself.
    """

    __tablename__ = "ads_watches"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    advertiser_id: str = Field(index=True, max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    name: str = Field(default="", max_length=255)
    kind: WatchKind = Field(sa_type=enum_type(WatchKind))
    level: WatchLevel = Field(sa_type=enum_type(WatchLevel))
    object_ids: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    threshold: str | None = Field(default=None, max_length=32)
    period: WatchPeriod = Field(default=WatchPeriod.day, sa_type=enum_type(WatchPeriod))
    seen: dict[str, str] = Field(default_factory=new_dict, sa_type=sa.JSON)
    looks: int = Field(default=0)
    next_at: datetime = Field(default_factory=utcnow, index=True)
    checked_at: datetime | None = Field(default=None)
    trouble: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    failing_since: datetime | None = Field(default=None)
    is_trouble_told: bool = Field(default=False)
    subscriptions: dict[str, str] = Field(default_factory=new_dict, sa_type=sa.JSON)
    subscribe_after: datetime = Field(default_factory=utcnow)
    created_at: datetime = Field(default_factory=utcnow)


class AdsWatchEvent(SQLModel, table=True):
    """Something that a watch has found. `detail` is the sentence, kept whole; values are TikTok's own words."""

    __tablename__ = "ads_watch_events"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    watch_id: str = Field(foreign_key="ads_watches.id", ondelete="CASCADE", index=True, max_length=36)
    at: datetime = Field(default_factory=utcnow, index=True)
    object_id: str | None = Field(default=None, max_length=64)
    object_name: str = Field(default="", max_length=512)
    before: str | None = Field(default=None, max_length=128)
    after: str | None = Field(default=None, max_length=128)
    detail: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
