"""The gateway's calls, and its writes that are done once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import enum_type, new_dict, new_list
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
