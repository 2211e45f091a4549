"""What campaigns, ad groups and ads have in common: how they are kept, found, filtered, switched and deleted."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call
from app.emulator.business_api.changes import note_change
from app.emulator.business_api.errors import INVALID, NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.money import read_money
from app.emulator.business_api.paging import matches
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_stamp, stamp

What = Literal["CAMPAIGN", "ADGROUP", "AD"]
OperationStatus = Literal["ENABLE", "DISABLE", "DELETE"]
BudgetMode = Literal["BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"]
PrimaryStatus = Literal[
    "STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_NOT_DELIVERY", "STATUS_DELIVERY_OK", "STATUS_DELIVERY_PARTIAL",
    "STATUS_DISABLE", "STATUS_DELETE", "STATUS_TIME_DONE", "STATUS_RF_CLOSED", "STATUS_FROZEN",
]  # fmt: skip
SMART_PLUS = "UPGRADED_SMART_PLUS"
INTERNAL = ("review", "created", "modified", "scheduled_after")
_EMOJI = re.compile("[\U0001f000-\U0001faff\U00002600-\U000027bf\U0000fe0f\U0000200d\U000020e3\U0001f1e6-\U0001f1ff]")
_MOST_SWITCHED = 20
_MOST_NAMED = 100
# A guess at TikTok's table of least budgets, which counts in dollars where nothing else is said.
_FACTORS = {"KZT": 500, "RUB": 100, "JPY": 100, "KRW": 1_000, "IDR": 10_000, "VND": 20_000, "INR": 50, "UAH": 30}


class ObjectList(msgspec.Struct):
    """What every listing of them asks for; its own `filtering` comes with it."""

    advertiser_id: str
    fields: list[str] | None = None
    exclude_field_types_in_response: list[Literal["NULL_FIELD"]] | None = None
    page: int | None = None
    page_size: int | None = None


def check_name(field: str, name: str, most: int = 512) -> None:
    if not name.strip() or len(name) > most:
        raise refuse(field, f"it has 1 to {most} characters")
    if _EMOJI.search(name):
        raise refuse(field, "emoji are not supported")


def read_budget(field: str, value: Any, *, least: int, currency: str) -> float:
    """Read a budget that is not less than so many units of a dollar-like currency. Raises BusinessError."""
    hundredths = read_money(field, value)
    bound = least * 100 * _FACTORS.get(currency, 1)
    if hundredths < bound:
        raise refuse(field, f"it is at least {Decimal(bound) / 100} {currency}")
    return hundredths / 100


def spent(book: Book, column: str, id_: str, day: str | None = None) -> int:
    """Tell what an object has spent, on one day or ever. Settled before by whoever asks."""
    sql, values = f"SELECT COALESCE(SUM(spend), 0) FROM facts WHERE {column} = ?", [id_]  # noqa: S608 - ours
    if day is not None:
        sql, values = f"{sql} AND day = ?", [*values, day]
    return int(book.store.rows(sql, values)[0][0])


def need_object(call: Call, what: What, id_: str, advertiser_id: str, *, alive: bool = True) -> Doc:
    """Give an object of an ad account. Raises BusinessError."""
    found = call.book.store.get(what.lower(), id_)
    if found is None or found["advertiser_id"] != advertiser_id:
        raise BusinessError(NOT_FOUND, f"{what.lower()}_id: {id_[:40]} does not exist in this ad account")
    if alive and found["operation_status"] == "DELETE":
        raise BusinessError(INVALID, f"{what.lower()}_id: {id_} is deleted")
    return found


def refuse_smart_plus(doc: Doc) -> None:
    """Keep the ordinary endpoints from what belongs to Upgraded Smart+. Raises BusinessError."""
    if doc.get("campaign_automation_type") == SMART_PLUS:
        raise BusinessError(INVALID, "This API does not support Upgraded Smart Plus ads.")


def save_new(call: Call, what: What, doc: Doc, parent: str = "") -> None:
    doc["created"] = doc["modified"] = call.now
    doc["create_time"] = doc["modify_time"] = stamp(call.now)
    call.book.store.put(what.lower(), doc[f"{what.lower()}_id"], doc, owner=doc["advertiser_id"], parent=parent)
    note_change(call, doc, what, "CREATE", {})


def save_changed(call: Call, what: What, doc: Doc, changes: dict[str, Any]) -> Doc:
    """Write the new values, and note what has really changed."""
    real = {name: (doc.get(name), value) for name, value in changes.items() if doc.get(name) != value}
    changed = {**doc, **changes, "modified": call.now, "modify_time": stamp(call.now)}
    call.book.store.change(what.lower(), doc[f"{what.lower()}_id"], changed)
    if real:
        note_change(call, changed, what, "UPDATE", real)
    return changed


def switch(call: Call, what: What, advertiser_id: str, ids: list[str], status: OperationStatus) -> list[Doc]:
    """Switch objects on or off, or delete them: all of them, or none. Raises BusinessError."""
    check_many(f"{what.lower()}_ids", ids)
    docs = [need_object(call, what, one, advertiser_id) for one in ids]
    return [switch_one(call, what, doc, status) for doc in docs]


def switch_one(call: Call, what: What, doc: Doc, status: OperationStatus) -> Doc:
    changed = save_changed(call, what, doc, {"operation_status": status})
    if status == "DELETE":
        below: What = "ADGROUP" if what == "CAMPAIGN" else "AD"
        for child in call.book.store.find(below.lower(), parent=doc[f"{what.lower()}_id"]) if what != "AD" else []:
            if child["operation_status"] != "DELETE":
                switch_one(call, below, child, "DELETE")
    return changed


def check_many(field: str, ids: list[str], most: int = _MOST_SWITCHED) -> None:
    if not ids:
        raise refuse(field, "it is empty")
    if len(ids) > most:
        raise BusinessError(40011, f"{field}: too many ids, {most} at most")
    if len(set(ids)) != len(ids):
        raise refuse(field, "an id stands there twice")


def check_named(field: str, ids: list[str] | None) -> None:
    if ids is not None and len(ids) > _MOST_NAMED:
        raise BusinessError(40011, f"filtering.{field}: too many ids, {_MOST_NAMED} at most")


def is_primary(doc: Doc, secondary: str, wanted: str | None) -> bool:
    """Tell whether an object falls under a `primary_status`; without one, everything that is not deleted does."""
    deleted, off = doc["operation_status"] == "DELETE", doc["operation_status"] == "DISABLE"
    delivers = secondary.endswith(("_DELIVERY_OK", "CAMPAIGN_STATUS_ENABLE"))
    falls: dict[str, bool] = {
        "STATUS_ALL": True,
        "STATUS_NOT_DELETE": not deleted,
        "STATUS_DELETE": deleted,
        "STATUS_DISABLE": off,
        "STATUS_DELIVERY_OK": delivers,
        "STATUS_TIME_DONE": secondary.endswith("_DONE"),
        "STATUS_NOT_DELIVERY": not (deleted or delivers),
    }
    return falls.get(wanted or "STATUS_NOT_DELETE", False)


def is_in_span(doc: Doc, start: str | None, end: str | None) -> bool:
    return (start is None or doc["created"] >= read_stamp("creation_filter_start_time", start)) and (
        end is None or doc["created"] <= read_stamp("creation_filter_end_time", end)
    )


def is_among(value: Any, wanted: Iterable[Any] | None) -> bool:
    return not wanted or value in wanted


def is_named(doc: Doc, field: str, keyword: str | None) -> bool:
    return matches(doc[field], keyword)


def show(doc: Doc, secondary: str, *, sandbox: bool) -> Doc:
    """Give what the API shows of an object; the sandbox does not tell how it delivers."""
    shown = {name: value for name, value in doc.items() if name not in INTERNAL}
    return shown if sandbox else {**shown, "secondary_status": secondary}
