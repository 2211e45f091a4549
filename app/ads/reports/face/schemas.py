"""Reports as the API shows them, in TikTok's own words."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.messages.message import Message


class PageInfoRead(BaseModel):
    page: int
    page_size: int
    total_number: int
    total_page: int


class ReportRowRead(BaseModel):
    """Texts as TikTok wrote them; null where it has no figure."""

    model_config = ConfigDict(from_attributes=True)

    dimensions: dict[str, str]
    metrics: dict[str, str | None]


class OtherLaneRead(BaseModel):
    """What was bought the other way in the same days, and is in none of these rows: it is asked for by `data_level`.

    `rows` and `spend` are null where TikTok does not tell of it, as of ad accounts that cannot reserve.
    """

    service_type: str
    data_level: str
    rows: int | None
    spend: Decimal | None


class ReportRead(BaseModel):
    """One page of figures, as of a moment; from `may_change_from` on TikTok may still correct them.

    `not_included` stands on the first page.
    """

    items: list[ReportRowRead]
    next_cursor: str | None
    page_info: PageInfoRead
    total_metrics: dict[str, str | None] | None
    as_of: datetime
    may_change_from: date | None
    is_truncated: bool
    not_included: OtherLaneRead | None
    request_id: str | None


class StepRead(BaseModel):
    """One step of a report: ask, make, fetch, join."""

    name: str
    state: str


class ReportProgress(BaseModel):
    """How far it is; `parts` are the tasks at TikTok into which a long span is cut."""

    percent: int
    parts: int
    parts_asked: int
    parts_made: int
    parts_fetched: int
    bytes: int


class ReportTaskRead(BaseModel):
    """A report that TikTok makes in its own time. `not_included` is known when it is ready."""

    id: str
    advertiser_id: str
    state: str
    reason: str | None
    detail: Message | None
    parameters: dict[str, Any]
    steps: list[StepRead]
    progress: ReportProgress
    rows: int | None
    size: int | None
    as_of: datetime | None
    may_change_from: date | None
    not_included: OtherLaneRead | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    file_url: str | None


class ReportTaskList(BaseModel):
    items: list[ReportTaskRead]
    next_cursor: str | None
