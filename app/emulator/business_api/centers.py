"""Business centers: which there are, what belongs to them, and what they hold."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.access import is_granted, need_center, role_of
from app.emulator.business_api.call import Call, read
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.money import balance, show_money
from app.emulator.business_api.paging import cut_page, matches, select
from app.emulator.business_api.store import Doc

_SHOWN_STATUS = {
    "STATUS_ENABLE": "SHOW_ACCOUNT_STATUS_APPROVED",
    "STATUS_DISABLE": "SHOW_ACCOUNT_STATUS_NOT_APPROVED",
    "STATUS_LIMIT": "SHOW_ACCOUNT_STATUS_PUNISHED",
    "STATUS_PENDING_CONFIRM": "SHOW_ACCOUNT_STATUS_IN_REVIEW",
}
AssetType = Literal["ADVERTISER", "CATALOG", "DOMAIN", "LEAD", "PIXEL", "STOREFRONT", "TIKTOK_SHOP", "TT_ACCOUNT"]


class CenterFilter(msgspec.Struct):
    keyword: str | None = None
    keyword_type: str | None = None
    relation_type: str | None = None


class ListCenters(msgspec.Struct):
    bc_id: str | None = None
    scene: Literal["SINGLE_ACCOUNT", "TIERED_ACCOUNT"] | None = None
    filtering: CenterFilter | None = None
    page: int | None = None
    page_size: int | None = None


class AssetFilter(msgspec.Struct):
    keyword: str | None = None
    user_email: str | None = None
    user_id: str | None = None


class ListAssets(msgspec.Struct):
    bc_id: str
    asset_type: AssetType
    child_bc_id: str | None = None
    filtering: AssetFilter | None = None
    page: int | None = None
    page_size: int | None = None


class CenterBalance(msgspec.Struct):
    bc_id: str
    child_bc_id: str | None = None
    payment_portfolio_id: str | None = None


class BalanceFilter(msgspec.Struct):
    keyword: str | None = None
    advertiser_status: list[str] | None = None
    payment_portfolio_id: str | None = None


class Balances(msgspec.Struct):
    bc_id: str
    child_bc_id: str | None = None
    fields: list[str] | None = None
    filtering: BalanceFilter | None = None
    page: int | None = None
    page_size: int | None = None


@read("bc/get/", 150)
def list_centers(call: Call) -> Any:
    asked = call.take(ListCenters)
    keyword = asked.filtering.keyword if asked.filtering else None
    roles = call.user["bc_roles"]
    found = [
        center
        for center in call.book.store.find("center")
        if center["bc_id"] in roles and asked.bc_id in {None, center["bc_id"]} and matches(center["name"], keyword)
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=50)
    shown = [
        {
            "bc_info": {name: value for name, value in center.items() if name not in {"cash", "grant", "credit"}},
            "user_role": roles[center["bc_id"]],
            "ext_user_role": {"finance_role": "MANAGER" if roles[center["bc_id"]] == "ADMIN" else None},
        }
        for center in page
    ]
    return {"list": shown, "page_info": info}


@read("bc/asset/get/", 153)
def list_assets(call: Call) -> Any:
    asked = call.take(ListAssets)
    center = need_center(call, asked.bc_id)
    filtering = asked.filtering or AssetFilter()
    owned = _advertisers(call, asked.bc_id) if asked.asset_type == "ADVERTISER" else []
    found = [
        one
        for one in owned
        if matches(one["name"], filtering.keyword) or filtering.keyword == one["advertiser_id"]
        if filtering.user_id in {None, call.user["user_id"]} and filtering.user_email in {None, call.user["email"]}
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=50)
    return {"list": [_show_asset(call, center, one) for one in page], "page_info": info}


def _show_asset(call: Call, center: Doc, advertiser: Doc) -> Doc:
    return {
        "asset_type": "ADVERTISER",
        "asset_id": advertiser["advertiser_id"],
        "asset_name": advertiser["name"],
        "relation_type": "OWNER",
        "relation_status": "BOUND",
        "advertiser_status": advertiser["status"],
        "advertiser_account_type": advertiser["advertiser_account_type"],
        "advertiser_role": role_of(call.user, advertiser),
        "ad_creation_eligible": "AVAILABLE" if advertiser["status"] == "STATUS_ENABLE" else "UNAVAILABLE",
        "owner_bc_name": center["name"],
    }


@read("bc/balance/get/", 152)
def show_center_balance(call: Call) -> Any:
    asked = call.take(CenterBalance)
    need_center(call, asked.bc_id)
    center = need_center(call, asked.child_bc_id) if asked.child_bc_id else need_center(call, asked.bc_id)
    return {
        "bc_id": center["bc_id"],
        "currency": center["currency"],
        **_show_balances(center),
        "payment_portfolio_type": "NON_SHARED",
    }


@read("advertiser/balance/get/", 152)
def list_balances(call: Call) -> Any:
    asked = call.take(Balances)
    need_center(call, asked.bc_id)
    filtering = asked.filtering or BalanceFilter()
    found = [
        one
        for one in _advertisers(call, asked.bc_id)
        if matches(one["name"], filtering.keyword) or filtering.keyword == one["advertiser_id"]
        if not filtering.advertiser_status or _SHOWN_STATUS.get(one["status"]) in filtering.advertiser_status
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=50)
    shown = [_show_account(settle(call.book, one), asked.fields or []) for one in page]
    return {"advertiser_account_list": shown, "page_info": info}


def _show_account(advertiser: Doc, fields: list[str]) -> Doc:
    shown = {
        "advertiser_id": advertiser["advertiser_id"],
        "advertiser_name": advertiser["name"],
        "advertiser_status": _SHOWN_STATUS.get(advertiser["status"], "SHOW_ACCOUNT_STATUS_NOT_APPROVED"),
        "advertiser_type": advertiser["advertiser_account_type"],
        "timezone": advertiser["timezone"],
        "currency": advertiser["currency"],
        "company": advertiser["company"],
        **_show_balances(advertiser),
        "transferable_amount": show_money(advertiser["cash"]),
        "budget_mode": advertiser["budget_mode"],
        "budget": 0.0,
        "budget_cost": 0.0,
    }
    greatest = {"cash_amount": show_money(advertiser["cash"]), "grant_amount": show_money(advertiser["grant"])}
    asked_for = {
        "budget_remaining": 0.0,
        "min_transferable_amount": {"cash_amount": 0.01, "grant_amount": 0.01},
        "max_transferable_amount": greatest,
        "balance_info": _show_balances(advertiser),
    }
    return shown | select([asked_for], fields or ["nothing"])[0]


def _show_balances(account: Doc) -> Doc:
    total, cash, grant = show_money(balance(account)), show_money(account["cash"]), show_money(account["grant"])
    return {
        "account_balance": total,
        "valid_account_balance": total,
        "frozen_balance": 0.0,
        "tax": 0.0,
        "cash_balance": cash,
        "valid_cash_balance": cash,
        "grant_balance": grant,
        "valid_grant_balance": grant,
    }


def _advertisers(call: Call, bc_id: str) -> list[Doc]:
    return [
        one
        for one in call.book.store.find("advertiser", owner=bc_id)
        if not one["sandbox"] and role_of(call.user, one) and is_granted(call.token, one["advertiser_id"])
    ]


operations = (list_centers, list_assets, show_center_balance, list_balances)
