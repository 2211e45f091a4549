"""Reports: at once, page by page; or as a task whose file is fetched when TikTok has made it."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field, PlainValidator

from app.kit.json_values import clean_text
from app.tiktok_business.answers import Answer
from app.tiktok_business.calls import Call, CallClass, Sink, get, post
from app.tiktok_business.family import LARGEST_PAGE, Family, read_data, unreadable_data
from app.tiktok_business.fields import PageInfo, Text, VendorId, VendorInput, VendorModel, VendorObject, read_metric

T = TypeVar("T")

_DOWNLOAD_SECONDS = 300.0


def _metrics(value: object) -> dict[str, str | None]:
    return _clean(value, read_metric)


def _dimensions(value: object) -> dict[str, str]:
    return _clean(value, clean_text)


def _clean(value: object, read: Callable[[object], T]) -> dict[str, T]:
    """Give the object itself, after what is no plain text in it was read: nearly all are numbers and days."""
    given = value if isinstance(value, dict) else {}
    odd = [
        name
        for name, item in given.items()
        if item.__class__ is not str or len(item) < 2 or not item.isascii() or "\x00" in item
    ]
    for name in odd:
        given[name] = read(given[name])
    return given


class ReportRow(NamedTuple):
    """One row: dimensions and metrics are TikTok's own texts, and None is its "-".

    No model of pydantic's: a year of a thousand ads has so many that making them would take most of a report's time.
    """

    dimensions: dict[str, str]
    metrics: dict[str, str | None]


def _rows(value: object) -> list[ReportRow]:
    given = value if isinstance(value, list) else []
    found = (row for row in given if isinstance(row, dict))
    return [ReportRow(_dimensions(row.get("dimensions")), _metrics(row.get("metrics"))) for row in found]


Metrics = Annotated[dict[str, str | None], BeforeValidator(_metrics)]
Rows = Annotated[list[ReportRow], PlainValidator(_rows)]


class ReportPage(VendorModel):
    """A page of a report. `is_truncated`: TikTok cut it off, as it does beyond 20,000 ads."""

    items: Rows = Field(default_factory=list, validation_alias=AliasChoices("list", "items"))
    page_info: PageInfo = PageInfo()
    total_metrics: Metrics | None = None
    request_id: str | None = None
    is_truncated: bool = False

    @property
    def is_last(self) -> bool:
        if self.page_info.total_page is not None:
            return (self.page_info.page or 1) >= self.page_info.total_page
        return not self.items


class ReportQuery(VendorInput):
    """What is asked, in TikTok's words, without the page."""

    report_type: str = "BASIC"
    advertiser_id: str | None = None
    advertiser_ids: list[str] | None = None
    bc_id: str | None = None
    service_type: str | None = None
    data_level: str | None = None
    dimensions: list[str]
    metrics: list[str] | None = None
    start_date: str | None = None
    end_date: str | None = None
    query_lifetime: bool | None = None
    filtering: list[dict[str, str]] | None = None
    order_field: str | None = None
    order_type: str | None = None
    enable_total_metrics: bool | None = None
    multi_adv_report_in_utc_time: bool | None = None


class TaskState(StrEnum):
    """What became of a report's task. `unknown`: a word that is not documented."""

    queuing = "QUEUING"
    processing = "PROCESSING"
    success = "SUCCESS"
    failed = "FAILED"
    canceled = "CANCELED"
    unknown = "unknown"


class ReportTask(VendorModel):
    task_id: VendorId
    request_id: str | None = None


class TaskStatus(VendorModel):
    status: Text = ""
    message: Text = ""
    request_id: str | None = None

    @property
    def state(self) -> TaskState:
        return TaskState(self.status) if self.status in set(TaskState) else TaskState.unknown


class ReportFile(VendorModel):
    """A finished report: the CSV itself, or where the file is for an hour."""

    content: bytes | None = None
    download_url: Text = ""
    file_name: Text = ""
    output_format: Text = ""
    request_id: str | None = None


class Reports(Family):
    async def get_report(self, query: ReportQuery, *, page: int = 1, page_size: int = LARGEST_PAGE) -> ReportPage:
        """Ask for one page at once."""
        call = get("report/integrated/get/", **query.body(), page=page, page_size=page_size)
        answer = await self._sender.send(call)
        found = read_data(ReportPage, call, answer)
        return found.model_copy(update={"is_truncated": _is_truncated(answer)})

    async def every_page(self, query: ReportQuery, *, page_size: int = LARGEST_PAGE) -> AsyncIterator[ReportPage]:
        """Give page after page until the last."""
        number, is_last = 1, False
        while not is_last:
            page = await self.get_report(query, page=number, page_size=page_size)
            yield page
            number, is_last = number + 1, page.is_last

    async def create_task(self, query: ReportQuery, **options: Any) -> ReportTask:
        """Have a big report made. TikTok has no key against doubles here: the call is not repeated."""
        body = {"output_format": "CSV_STRING", **query.body(), **options}
        return await self._ask(ReportTask, post("report/task/create/", CallClass.once, body))

    async def check_task(self, advertiser_id: str, task_id: str) -> TaskStatus:
        return await self._ask(TaskStatus, get("report/task/check/", advertiser_id=advertiser_id, task_id=task_id))

    async def cancel_task(self, advertiser_id: str, task_id: str) -> VendorObject:
        body = {"advertiser_id": advertiser_id, "task_id": task_id}
        return await self._ask(VendorObject, post("report/task/cancel/", CallClass.repeatable, body))

    async def download_task(self, advertiser_id: str, task_id: str) -> ReportFile:
        """Fetch a finished report: raw CSV, or the address of a file, as the task was made."""
        call = get("report/task/download/", advertiser_id=advertiser_id, task_id=task_id)
        answer = await self._sender.send(call, may_be_file=True)
        if not answer.is_envelope:
            return ReportFile(content=answer.body, output_format="CSV_STRING")
        return read_data(ReportFile, call, answer)

    async def save_task(self, advertiser_id: str, task_id: str, sink: Sink) -> None:
        """Fetch a finished report that was made as CSV_STRING, of whatever size. Raises BusinessError."""
        query = {"advertiser_id": advertiser_id, "task_id": task_id}
        call = Call("GET", "report/task/download/", CallClass.read, query=query, deadline=_DOWNLOAD_SECONDS)
        answer = await self._sender.send(call, may_be_file=True, sink=sink)
        if answer.is_envelope:
            # A success without the file: the documents know no such thing.
            raise unreadable_data(call, answer, "no CSV")


def make_filter(field_name: str, filter_type: str, value: str) -> dict[str, str]:
    """Write one of a report's filters; `value` is JSON text."""
    return {"field_name": field_name, "filter_type": filter_type, "filter_value": value}


def _is_truncated(answer: Answer) -> bool:
    return bool((answer.headers or {}).get("X-Tt-Ads-Throttle"))
