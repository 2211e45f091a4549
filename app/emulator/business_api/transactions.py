"""Lists of what has moved: by ad account, by business center, and by either."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

from app.emulator.business_api.access import need_center
from app.emulator.business_api.call import Call, read
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.money import show_money
from app.emulator.business_api.paging import cut_page, matches
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_day, read_stamp, stamp


class AdvertiserFilter(msgspec.Struct):
    transfer_type: Literal["TRANS_TYPE_TRANSFER", "TRANS_TYPE_TAX", "TRANS_TYPE_COST", "TRANS_TYPE_PAYMENT"] = (
        "TRANS_TYPE_TRANSFER"
    )
    funds_type: Any = None
    summary_by_account: bool = False
    keyword: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class ListOfAdvertisers(msgspec.Struct):
    bc_id: str
    filtering: AdvertiserFilter | None = None
    page: int | None = None
    page_size: int | None = None


class CenterFilter(msgspec.Struct):
    funds_type: Any = None


class ListOfCenter(msgspec.Struct):
    bc_id: str
    filtering: CenterFilter | None = None
    start_date: str | None = None
    end_date: str | None = None
    page: int | None = None
    page_size: int | None = None


class AccountFilter(msgspec.Struct):
    transaction_types: list[str] | None = None
    owner_of_account: list[str] | None = None
    account_ids: list[str] | None = None
    account_name: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    billing_types: list[str] | None = None


class ListOfAccounts(msgspec.Struct):
    bc_id: str
    child_bc_id: str | None = None
    transaction_level: Literal["ADVERTISER", "BC", "PORTFOLIO"] = "ADVERTISER"
    filtering: AccountFilter | None = None
    page: int | None = None
    page_size: int | None = None


@read("advertiser/transaction/get/", 152)
def list_of_advertisers(call: Call) -> Any:
    asked = call.take(ListOfAdvertisers)
    need_center(call, asked.bc_id)
    filtering = asked.filtering or AdvertiserFilter()
    first, last = _read_days(call, filtering.start_date, filtering.end_date)
    funds = _read_funds(filtering.funds_type)
    accounts = {one["advertiser_id"]: one for one in call.book.store.find("advertiser", owner=asked.bc_id)}
    rows = [
        _show_for_advertiser(one, accounts[one["advertiser_id"]])
        for one in _moved(call, asked.bc_id, first, last)
        if one["kind"] in funds and matches(accounts[one["advertiser_id"]]["name"], filtering.keyword)
    ]
    if filtering.transfer_type == "TRANS_TYPE_COST":
        rows = [row for one in accounts.values() for row in _costs(call, one, first, last)]
        rows = [row for row in rows if matches(row["advertiser_name"], filtering.keyword)]
    elif filtering.transfer_type != "TRANS_TYPE_TRANSFER":
        rows = []
    page, info = cut_page(rows, asked.page, asked.page_size, most=50)
    return {"transaction_list": page, "page_info": info}


def _show_for_advertiser(done: Doc, advertiser: Doc) -> Doc:
    sign = -1 if done["type"] == "REFUND" else 1
    return {
        "advertiser_id": advertiser["advertiser_id"],
        "advertiser_name": advertiser["name"],
        "amount": show_money(done["amount"] * sign),
        "currency": advertiser["currency"],
        "date": stamp(done["at"]),
        "funds_type": f"FUNDS_TYPE_{done['kind'].upper()}",
        "transfer_type": "TRANS_TYPE_TRANSFER",
        "timezone": advertiser["timezone"],
    }


def _costs(call: Call, advertiser: Doc, first: date, last: date) -> list[Doc]:
    settle(call.book, advertiser)
    rows = call.book.store.rows(
        "SELECT day, SUM(spend) FROM facts WHERE advertiser_id = ? AND day BETWEEN ? AND ? GROUP BY day"
        " ORDER BY day DESC",
        (advertiser["advertiser_id"], first.isoformat(), last.isoformat()),
    )
    return [
        {
            "advertiser_id": advertiser["advertiser_id"],
            "advertiser_name": advertiser["name"],
            "amount": show_money(spend),
            "currency": advertiser["currency"],
            "date": f"{day} 00:00:00",
            "funds_type": "FUNDS_TYPE_CASH",
            "transfer_type": "TRANS_TYPE_COST",
            "timezone": advertiser["timezone"],
        }
        for day, spend in rows
        if spend
    ]


@read("bc/transaction/get/", 152)
def list_of_center(call: Call) -> Any:
    asked = call.take(ListOfCenter)
    center = need_center(call, asked.bc_id)
    first, last = _read_days(call, asked.start_date, asked.end_date)
    funds = _read_funds(asked.filtering.funds_type if asked.filtering else None)
    moved = [one for one in _moved(call, asked.bc_id, first, last) if one["kind"] in funds]
    rows = [
        {
            "date": int(one["at"]),
            "amount": show_money(one["amount"] * (1 if one["type"] == "REFUND" else -1)),
            "currency": center["currency"],
            "timezone": center["timezone"],
            "funds_type": f"FUNDS_TYPE_{one['kind'].upper()}",
        }
        for one in moved
    ]
    page, info = cut_page(rows, asked.page, asked.page_size, most=50)
    charged = sum(one["amount"] for one in moved if one["type"] == "RECHARGE")
    paid = sum(one["amount"] for one in moved if one["type"] == "REFUND")
    summary = {
        "amount_charged": show_money(charged),
        "amount_paid": show_money(paid),
        "currency": center["currency"],
    }
    return {"list": page, "page_info": info, "transaction_summary": summary}


@read("bc/account/transaction/get/", 152)
def list_of_accounts(call: Call) -> Any:
    asked = call.take(ListOfAccounts)
    center = need_center(call, asked.bc_id)
    filtering = asked.filtering or AccountFilter()
    since = read_stamp("start_time", filtering.start_time) if filtering.start_time else call.now - 90 * 86_400
    until = read_stamp("end_time", filtering.end_time) if filtering.end_time else call.now + 1
    accounts = {one["advertiser_id"]: one for one in call.book.store.find("advertiser", owner=asked.bc_id)}
    at_center = asked.transaction_level == "BC"
    moved = reversed(call.book.store.find("transaction", owner=asked.bc_id))
    rows = [
        _show_for_account(one, center, accounts[one["advertiser_id"]], at_center=at_center)
        for one in moved
        if since <= one["at"] <= until
    ]
    rows = [row for row in rows if _is_wanted(row, filtering)] if asked.transaction_level != "PORTFOLIO" else []
    page, info = cut_page(rows, asked.page, asked.page_size, most=50)
    return {"transaction": page, "page_info": info}


def _show_for_account(done: Doc, center: Doc, advertiser: Doc, *, at_center: bool) -> Doc:
    grows = (done["type"] == "REFUND") == at_center
    return {
        "transaction_id": done["transaction_id"],
        "account_id": None if at_center else advertiser["advertiser_id"],
        "account_name": None if at_center else advertiser["name"],
        "bc_id": center["bc_id"],
        "bc_name": center["name"],
        "amount": show_money(done["amount"]),
        "subtotal": show_money(done["amount"]),
        "tax_amount": 0.0,
        "currency": center["currency"],
        "amount_type": "POSITIVE" if grows else "NEGATIVE",
        "transaction_type": "INCREASE_BALANCE" if grows else "DECREASE_BALANCE",
        "billing_type": done["kind"].upper(),
        "timezone": "UTC+00:00",
        "create_time": stamp(done["at"]),
    }


def _is_wanted(row: Doc, filtering: AccountFilter) -> bool:
    return (
        (not filtering.transaction_types or row["transaction_type"] in filtering.transaction_types)
        and (not filtering.account_ids or row["account_id"] in filtering.account_ids)
        and (not filtering.billing_types or row["billing_type"] in filtering.billing_types)
        and matches(row["account_name"] or "", filtering.account_name)
    )


def _moved(call: Call, bc_id: str, first: date, last: date) -> list[Doc]:
    """List what moved on these days (UTC), newest first."""
    return [
        one
        for one in reversed(call.book.store.find("transaction", owner=bc_id))
        if first <= datetime.fromtimestamp(one["at"], UTC).date() <= last
    ]


def _read_days(call: Call, start: str | None, end: str | None) -> tuple[date, date]:
    today = datetime.fromtimestamp(call.now, UTC).date()
    first = read_day("start_date", start) if start else today - timedelta(days=90)
    last = read_day("end_date", end) if end else today
    if first > last:
        raise refuse("start_date", "it is after end_date")
    return first, last


def _read_funds(funds: Any) -> set[str]:
    """Read one kind of money, or a list of them: the documents have both."""
    named = [funds] if isinstance(funds, str) else funds
    if not named:
        return {"cash", "grant", "credit"}
    if not isinstance(named, list) or not all(one in {"FUNDS_TYPE_CASH", "FUNDS_TYPE_GRANT"} for one in named):
        raise refuse("funds_type", "it is FUNDS_TYPE_CASH or FUNDS_TYPE_GRANT")
    return {one.removeprefix("FUNDS_TYPE_").lower() for one in named}


operations = (list_of_advertisers, list_of_center, list_of_accounts)
