"""Reports that TikTok makes in its own time, and those that are kept to be made again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type, new_dict
from app.kit.clock import utcnow
from app.kit.ids import new_id


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
    `not_included`: what was bought the other way in the same days, as of the moment at which the file was ready.
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
    not_included: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
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


class ReportEvery(StrEnum):
    """How often a kept report is told."""

    never = "never"
    day = "day"
    week = "week"
    month = "month"


class AdsSavedReport(SQLModel, table=True):
    """A report that somebody keeps: what stands in it, and over which days it goes, told anew each time.

    `query` is the page's own address of it, `parameters` are TikTok's without days, `span` says which days. It is told
    `every` so often at `hour` of the installation's clock, next at `next_at`; `lease_until`: somebody makes it now.
    """

    __tablename__ = "ads_saved_reports"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    advertiser_id: str = Field(index=True, max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    name: str = Field(max_length=255)
    query: str = Field(sa_type=sa.Text)
    parameters: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    span: str = Field(max_length=32)
    every: ReportEvery = Field(default=ReportEvery.never, sa_type=enum_type(ReportEvery))
    hour: int = Field(default=8)
    next_at: datetime | None = Field(default=None, index=True)
    lease_until: datetime | None = Field(default=None)
    told_at: datetime | None = Field(default=None)
    trouble: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    created_at: datetime = Field(default_factory=utcnow)
