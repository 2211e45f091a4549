"""Reports as tasks: queued, made, kept for 30 days, and downloaded."""

import base64
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, Raw, read, write
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.report_query import Report
from app.emulator.business_api.reports import RowWriter, make_rows
from app.emulator.business_api.sheets import read_csv, write_csv, write_xlsx
from app.emulator.business_api.tasks import begin_task, need_result, need_task, state_of

_FILTERS = frozenset({"campaign_ids", "adgroup_ids", "ad_ids", "country_code"})
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Create(Report, kw_only=True):
    output_format: Literal["CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD"] = "CSV_STRING"
    file_name: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    enable_report_title_translation: bool = True


class Named(msgspec.Struct):
    advertiser_id: str
    task_id: str


@write("report/task/create/", 44)
def create_task(call: Call) -> Any:
    asked = call.take(Create)
    if asked.report_type in {"BC", "TT_SHOP"}:
        raise refuse("report_type", "it is not supported by tasks")
    for one in asked.filtering or []:
        if one.field_name not in _FILTERS:
            raise refuse("filtering", f"tasks are filtered by {', '.join(sorted(_FILTERS))}")
    advertiser_id = asked.advertiser_id or (asked.advertiser_ids or [""])[0]
    need_advertiser(call, advertiser_id)
    rows, docs = make_rows(call, asked)
    titles = [*asked.dimensions, *asked.metrics]
    if asked.enable_report_title_translation:
        titles = [name.replace("_", " ").title().replace(" Id", " ID") for name in titles]
    table = [titles]
    shown = map(RowWriter(asked, docs).show, rows)
    table += [[*row["dimensions"].values(), *row["metrics"].values()] for row in shown]
    name = (asked.file_name or "").strip() or f"report_{len(table)}"
    task_id = begin_task(
        call, "report_task", advertiser_id, text=write_csv(table), output_format=asked.output_format, file_name=name
    )
    return {"task_id": task_id}


@read("report/task/check/", 44)
def check_task(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "report_task", asked.advertiser_id, asked.task_id)
    state = state_of(call, task)
    return {"status": state, "message": "The report could not be made." if state == "FAILED" else ""}


@write("report/task/cancel/", 44)
def cancel_task(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "report_task", asked.advertiser_id, asked.task_id)
    if state_of(call, task) not in {"QUEUING", "PROCESSING"}:
        raise BusinessError(40200, "The task has ended and cannot be canceled.")
    call.book.store.change("report_task", asked.task_id, {**task, "canceled": True})
    return {}


@read("report/task/download/", 44)
def download_task(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "report_task", asked.advertiser_id, asked.task_id)
    need_result(call, task)
    if task["output_format"] == "CSV_STRING":
        return Raw(task["text"].encode(), "text/csv; charset=utf-8")
    is_sheet = task["output_format"] == "XLSX_DOWNLOAD"
    content = write_xlsx(read_csv(task["text"])) if is_sheet else task["text"].encode()
    name = f"{task['file_name']}.{'xlsx' if is_sheet else 'csv'}"
    address = offer_download(call, content, _XLSX if is_sheet else "text/csv", name)
    return {"download_url": address, "file_name": name, "output_format": task["output_format"]}


def offer_download(call: Call, content: bytes, media_type: str, name: str) -> str:
    """Put a file where it can be fetched for an hour, without a token."""
    key = call.book.new_secret("download")
    offered = {
        "content": base64.b64encode(content).decode(),
        "media_type": media_type,
        "name": name,
        "until": call.now + call.book.settings.download_ttl,
    }
    call.book.store.put("download", key, offered)
    return f"{call.origin}/_emulator/business/downloads/{key}"


def fetch_download(book: Book, key: str) -> Raw | None:
    """Give a file that is on offer still."""
    offered = book.store.get("download", key)
    if offered is None or offered["until"] <= book.now():
        return None
    return Raw(base64.b64decode(offered["content"]), offered["media_type"], offered["name"])


operations = (create_task, check_task, cancel_task, download_task)
