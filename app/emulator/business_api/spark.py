"""Spark Ads, the account's side: its owner lends a post by a code, for some days."""

from typing import Any

import msgspec

from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.people import need_account
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp

_DAYS = (7, 30, 60, 365)


class Lend(msgspec.Struct):
    business_id: str
    item_id: str
    is_ad_promotable: bool = True
    authorization_days: int = 30


class Lent(msgspec.Struct):
    business_id: str
    item_id: str
    authorization_days: int | None = None
    auth_code: str | None = None


@write("business/post/authorize/setting/", "biz.spark.auth", credential="account")
def lend_post(call: Call) -> Any:
    asked = call.take(Lend)
    _need_post(call, asked.business_id, asked.item_id)
    if asked.authorization_days not in _DAYS:
        raise refuse("authorization_days", f"it is one of {', '.join(map(str, _DAYS))}")
    if not asked.is_ad_promotable:
        call.book.store.remove("spark_code", asked.item_id)
        return {"item_id": asked.item_id}
    code = {
        "auth_code": f"#{call.book.new_secret('spark')}",
        "item_id": asked.item_id,
        "open_id": asked.business_id,
        "starts": call.now,
        "days": asked.authorization_days,
        "deleted": False,
        "used": False,
    }
    call.book.store.put("spark_code", asked.item_id, code)
    return _show_code(call, code)


@write("business/post/authorize/", "biz.spark.auth", credential="account")
def extend_code(call: Call) -> Any:
    asked = call.take(Lent)
    code = _need_code(call, asked)
    if asked.authorization_days not in _DAYS:
        raise refuse("authorization_days", f"it is one of {', '.join(map(str, _DAYS))}")
    changed = {**code, "days": code["days"] + asked.authorization_days}
    call.book.store.put("spark_code", asked.item_id, changed)
    return _show_code(call, changed)


@read("business/post/authorize/status/", "biz.spark.auth", credential="account")
def show_code(call: Call) -> Any:
    return _show_code(call, _need_code(call, call.take(Lent)))


@write("business/post/authorize/delete/", "biz.spark.auth", credential="account")
def delete_code(call: Call) -> Any:
    asked = call.take(Lent)
    code = _need_code(call, asked)
    call.book.store.put("spark_code", asked.item_id, {**code, "deleted": True})
    return {}


def _need_post(call: Call, business_id: str, item_id: str) -> Doc:
    need_account(call, business_id)
    post = call.book.store.get("post", item_id)
    if post is None or post["open_id"] != business_id:
        raise BusinessError(NOT_FOUND, "item_id: it does not exist")
    return post


def _need_code(call: Call, asked: Lent) -> Doc:
    _need_post(call, asked.business_id, asked.item_id)
    code = call.book.store.get("spark_code", asked.item_id)
    if code is None:
        raise BusinessError(NOT_FOUND, "item_id: it has no authorization code")
    return code


def ends_at(code: Doc) -> float:
    """Tell when a code stops to hold, in seconds of the emulator's clock."""
    return float(code["starts"] + code["days"] * 86_400)


def _show_code(call: Call, code: Doc) -> Doc:
    status = "IN_USE" if code["used"] else "NOT_USED"
    if code["deleted"]:
        status = "DELETED"
    elif ends_at(code) <= call.now:
        status = "EXPIRED"
    return {
        "item_id": code["item_id"],
        "auth_code": code["auth_code"],
        "auth_code_start_time": stamp(code["starts"]),
        "auth_code_end_time": stamp(ends_at(code)),
        "authorization_days": code["days"],
        "auth_code_status": status,
    }


operations = (lend_post, extend_code, show_code, delete_code)
