"""Watches as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel

from app.ads.models import AdsWatch, AdsWatchEvent, WatchKind, WatchLevel, WatchPeriod
from app.messages.message import Message, read_whole


class WatchRead(BaseModel):
    """One watch. `trouble` is why it cannot look, since `failing_since`.

    `told_by_tiktok`: so many of its objects TikTok tells of by itself.
    """

    id: str
    advertiser_id: str
    name: str
    kind: WatchKind
    level: WatchLevel
    object_ids: list[str]
    threshold: Decimal | None
    period: WatchPeriod | None
    checked_at: datetime | None
    next_at: datetime
    trouble: Message | None
    failing_since: datetime | None
    told_by_tiktok: int
    created_at: datetime

    @classmethod
    def of(cls, row: AdsWatch) -> Self:
        return cls(
            id=row.id,
            advertiser_id=row.advertiser_id,
            name=row.name,
            kind=row.kind,
            level=row.level,
            object_ids=row.object_ids,
            threshold=None if row.threshold is None else Decimal(row.threshold),
            period=row.period if row.kind is WatchKind.spend else None,
            checked_at=row.checked_at,
            next_at=row.next_at,
            trouble=_message(row.trouble),
            failing_since=row.failing_since,
            told_by_tiktok=len(row.subscriptions),
            created_at=row.created_at,
        )


class WatchList(BaseModel):
    items: list[WatchRead]
    next_cursor: str | None


class WatchEventRead(BaseModel):
    """Something that a watch has found: `before` and `after` are TikTok's own words, or amounts."""

    id: str
    at: datetime
    object_id: str | None
    object_name: str
    before: str | None
    after: str | None
    detail: Message

    @classmethod
    def of(cls, row: AdsWatchEvent) -> Self:
        return cls(
            id=row.id,
            at=row.at,
            object_id=row.object_id,
            object_name=row.object_name,
            before=row.before,
            after=row.after,
            detail=read_whole(row.detail),
        )


class WatchEventList(BaseModel):
    items: list[WatchEventRead]
    next_cursor: str | None


def _message(kept: Mapping[str, Any] | None) -> Message | None:
    return None if kept is None else read_whole(kept)
