"""The gateway's writes and money, and the ads desk: who consented, what that opens and how far, and what is watched."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type, new_dict, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class KeyState(StrEnum):
    """How far the write of an idempotency key is.

    `begun`: nothing was sent yet. `sending`: it may have been. `unknown`: it was, and its answer is lost. `done`: the
    answer stands in the row, and is given for ever.
    """

    begun = "begun"
    sending = "sending"
    unknown = "unknown"
    done = "done"


class InternalCall(SQLModel, table=True):
    """One call of the gateway's, for the record: who, what, and what became of it. No secret stands in it."""

    __tablename__ = "internal_calls"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    at: datetime = Field(default_factory=utcnow, index=True)
    caller: str = Field(max_length=64)
    operation: str = Field(max_length=64, index=True)
    payload: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    business_center_id: str | None = Field(default=None, max_length=64)
    correlation_id: str = Field(max_length=128)
    idempotency_key: str | None = Field(default=None, index=True, max_length=255)
    confirmed: str | None = Field(default=None, max_length=255)
    mode: str = Field(max_length=16)
    http_status: int | None = Field(default=None)
    success: bool | None = Field(default=None)
    outcome: str | None = Field(default=None, max_length=16)
    error_code: str | None = Field(default=None, max_length=32)
    message: str | None = Field(default=None, max_length=1000)
    tiktok_code: int | None = Field(default=None)
    request_id: str | None = Field(default=None, max_length=128)
    replayed: bool = Field(default=False)
    duration_ms: int | None = Field(default=None)


class IdempotencyKey(SQLModel, table=True):
    """A write that is done once for its key, whoever dies meanwhile.

    `fingerprint` is of operation and payload after normalisation. `holder` works on it until `lease_until`; then
    another may take it over. `request_id` is what TikTok knows the write by, where it has such a thing.
    """

    __tablename__ = "idempotency_keys"

    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    operation: str = Field(max_length=64)
    payload: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    business_center_id: str | None = Field(default=None, max_length=64)
    correlation_id: str = Field(default="", max_length=128)
    state: KeyState = Field(default=KeyState.begun, sa_type=enum_type(KeyState), index=True)
    request_id: str = Field(max_length=20)
    holder: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None)
    sent_at: datetime | None = Field(default=None)
    answer: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(default_factory=utcnow, index=True)
    updated_at: datetime = Field(default_factory=utcnow)


class MoneyState(StrEnum):
    """What is known of a transfer; `sending` also where whoever sent it died."""

    sending = "sending"
    done = "done"
    not_done = "not_done"
    unknown = "unknown"


class MoneyTransfer(SQLModel, table=True):
    """One transfer of money, on disk before it is sent. `transactions` are TikTok's rows that are this one.

    `has_left`: its call had its turn. While it is false nothing was sent, whoever died.
    """

    __tablename__ = "money_transfers"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    idempotency_key: str | None = Field(default=None, unique=True, max_length=255)
    advertiser_id: str = Field(index=True, max_length=64)
    business_center_id: str = Field(max_length=64)
    type: str = Field(max_length=16)
    kind: str = Field(max_length=16)
    amount: str = Field(max_length=32)
    state: MoneyState = Field(default=MoneyState.sending, sa_type=enum_type(MoneyState))
    transactions: list[dict[str, Any]] = Field(default_factory=new_list, sa_type=sa.JSON)
    sent_at: datetime = Field(default_factory=utcnow)
    has_left: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    settled_at: datetime | None = Field(default=None)


class WriteGap(SQLModel, table=True):
    """That a backup was brought back: what was written between `since` and `until` is not known here any more."""

    __tablename__ = "ads_write_gaps"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    since: datetime
    until: datetime = Field(default_factory=utcnow)


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


class ReportState(StrEnum):
    """`queued`: TikTok has not been asked for all of it yet. `processing`: it makes it, or we fetch it."""

    queued = "queued"
    processing = "processing"
    ready = "ready"
    failed = "failed"


_REPORT_ENDS = "state IN ('ready', 'failed')"


class AdsReport(SQLModel, table=True):
    """A report that TikTok makes in its own time; its file is kept until `expires_at`.

    `reason` is a slug, `detail` the same as a sentence in English; `detail_message` has what that was made from.
    """

    __tablename__ = "ads_reports"
    __table_args__ = (sa.CheckConstraint(f"(finished_at IS NOT NULL) = ({_REPORT_ENDS})", name="finished"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    advertiser_id: str = Field(index=True, max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    parameters: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    state: ReportState = Field(default=ReportState.queued, sa_type=enum_type(ReportState), index=True)
    reason: str | None = Field(default=None, max_length=64)
    detail: str | None = Field(default=None, sa_type=sa.Text)
    detail_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    next_at: datetime = Field(default_factory=utcnow)
    checks: int = Field(default=0)
    holder: str | None = Field(default=None, max_length=36)
    lease_until: datetime | None = Field(default=None)
    rows: int | None = Field(default=None)
    size: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)
    finished_at: datetime | None = Field(default=None)
    expires_at: datetime | None = Field(default=None)


class AdsReportPart(SQLModel, table=True):
    """One task at TikTok: a span of days. `sent_at` is on disk before TikTok is asked, and asked it is once.

    Where `sent_at` stands without a `task_id` nobody knows whether TikTok makes it, and it offers no way to find out.
    """

    __tablename__ = "ads_report_parts"

    report_id: str = Field(primary_key=True, max_length=36, foreign_key="ads_reports.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    start_date: str | None = Field(default=None, max_length=10)
    end_date: str | None = Field(default=None, max_length=10)
    sent_at: datetime | None = Field(default=None)
    task_id: str | None = Field(default=None, max_length=64)
    is_made: bool = Field(default=False)
    size: int | None = Field(default=None, sa_type=sa.BigInteger)


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


class UploadState(StrEnum):
    """How far a file is: on its way to us, from us to TikTok, there, or not taken."""

    receiving = "receiving"
    sending = "sending"
    ready = "ready"
    failed = "failed"


class AdsUpload(SQLModel, table=True):
    """A picture or video on its way into an advertiser's library; whoever carries it notes each second how far it is.

    `size` is None until it is known. `media_id` is TikTok's. `detail_message` is what `detail` was made from.
    """

    __tablename__ = "ads_uploads"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    advertiser_id: str = Field(max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    kind: str = Field(max_length=16)
    state: UploadState = Field(default=UploadState.receiving, sa_type=enum_type(UploadState))
    received: int = Field(default=0, sa_type=sa.BigInteger)
    sent: int = Field(default=0, sa_type=sa.BigInteger)
    size: int | None = Field(default=None, sa_type=sa.BigInteger)
    media_id: str | None = Field(default=None, max_length=255)
    reason: str | None = Field(default=None, max_length=64)
    detail: str | None = Field(default=None, sa_type=sa.Text)
    detail_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    created_at: datetime = Field(default_factory=utcnow, index=True)
    updated_at: datetime = Field(default_factory=utcnow)
    finished_at: datetime | None = Field(default=None)


class AdsGuards(SQLModel, table=True):
    """An ad account's own spending guards, as decimal text; None is the installation's, 0 is none."""

    __tablename__ = "ads_guards"

    advertiser_id: str = Field(primary_key=True, max_length=64)
    max_raise_percent: str | None = Field(default=None, max_length=32)
    max_daily_budget: str | None = Field(default=None, max_length=32)
    max_total_budget: str | None = Field(default=None, max_length=32)
    max_transfer: str | None = Field(default=None, max_length=32)
