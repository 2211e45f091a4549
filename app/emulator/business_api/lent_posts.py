"""Spark Ads, the advertiser's side: a lent post is taken up by its code, listed, let go."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError
from app.emulator.business_api.first import make_account
from app.emulator.business_api.identities import save_identity, show_post
from app.emulator.business_api.paging import cut_page, matches
from app.emulator.business_api.publishing_states import save_post
from app.emulator.business_api.spark import ends_at
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp
from app.emulator.world.spark_codes import LentPost, read_spark_code


class TakeUp(msgspec.Struct):
    advertiser_id: str
    auth_code: str
    original_post_auth_code: str | None = None


class List(msgspec.Struct):
    advertiser_id: str
    item_types: list[Literal["VIDEO", "CAROUSEL"]] | None = None
    keyword: str | None = None
    page: int | None = None
    page_size: int | None = None


class Unbind(msgspec.Struct):
    advertiser_id: str
    item_id: str


@write("tt_video/authorize/", 691)
def take_up(call: Call) -> Any:
    asked = call.take(TakeUp)
    need_advertiser(call, asked.advertiser_id)
    _adopt_code(call, asked.auth_code)
    code = _find_code(call, asked.auth_code)
    account = call.book.need("account", code["open_id"])
    key = f"{asked.advertiser_id}:{account['identity_id']}"
    identity = call.book.store.get("identity", key) or save_identity(
        call, asked.advertiser_id, account["identity_id"], "AUTH_CODE", account["display_name"],
        user_name=account["username"], is_gpppa=account["is_gpppa"], open_id=account["open_id"],
    )  # fmt: skip
    items = list(dict.fromkeys([*identity["item_ids"], code["item_id"]]))
    call.book.store.change("identity", key, {**identity, "item_ids": items})
    call.book.store.put("spark_code", code["item_id"], {**code, "used": True})
    return {}


def _find_code(call: Call, auth_code: str) -> Doc:
    for code in call.book.store.find("spark_code"):
        if code["auth_code"] == auth_code and not code["deleted"] and ends_at(code) > call.now:
            return code
    raise BusinessError(40110, "Auth code is invalid, expired or cancelled.")


def _adopt_code(call: Call, auth_code: str) -> None:
    """Get to know a post of TikTok's app whose owner made a code there, and not by this API."""
    lent = read_spark_code(auth_code)
    if lent is None or (call.book.store.get("spark_code", lent.item_id) or {}).get("auth_code") == auth_code:
        return
    if call.book.store.get("post", lent.item_id) is None:
        account = _find_account(call, lent)
        save_post(call.book, account["open_id"], lent.item_id, lent.username, lent.caption, media_type=lent.media_type)
    post = call.book.need("post", lent.item_id)
    code = {
        "auth_code": auth_code, "item_id": lent.item_id, "open_id": post["open_id"], "starts": lent.starts,
        "days": lent.days, "deleted": False, "used": False,
    }  # fmt: skip
    call.book.store.put("spark_code", lent.item_id, code)


def _find_account(call: Call, lent: LentPost) -> Doc:
    known = (one for one in call.book.store.find("account") if one["username"] == lent.username)
    return next(known, None) or make_account(
        call.book, f"-000App{lent.username}"[:64], lent.username, lent.username, is_business_account=False
    )


@read("tt_video/info/", 690)
def show_lent(call: Call) -> Any:
    asked = call.take(TakeUp)
    need_advertiser(call, asked.advertiser_id)
    code = _find_code(call, asked.auth_code)
    identities = call.book.store.find("identity", owner=asked.advertiser_id)
    if not any(code["item_id"] in one["item_ids"] for one in identities):
        raise BusinessError(NOT_FOUND, "auth_code: this ad account has not taken the post up")
    return _show_lent(call, code)


@read("tt_video/list/", 690)
def list_lent(call: Call) -> Any:
    asked = call.take(List)
    need_advertiser(call, asked.advertiser_id)
    found = []
    for identity in call.book.store.find("identity", owner=asked.advertiser_id):
        for item_id in identity["item_ids"]:
            code = call.book.store.get("spark_code", item_id)
            shown = _show_lent(call, code) if code else None
            if shown is None or not matches(shown["item_info"]["text"], asked.keyword):
                continue
            if not asked.item_types or shown["item_info"]["item_type"] in asked.item_types:
                found.append(shown)
    page, info = cut_page(found, asked.page, asked.page_size, most=50)
    return {"list": page, "page_info": info}


def _show_lent(call: Call, code: Doc) -> Doc:
    post, account = call.book.need("post", code["item_id"]), call.book.need("account", code["open_id"])
    shown = show_post(post)
    return {
        "item_info": {
            "item_id": post["item_id"],
            "item_type": shown["item_type"],
            "text": post["caption"],
            "auth_code": code["auth_code"],
            "status": shown["status"],
            "anchor_list": [],
        },
        "auth_info": {
            "ad_auth_status": "AUTHORIZED",
            "auth_start_time": stamp(code["starts"]),
            "auth_end_time": stamp(ends_at(code)),
            "invite_start_time": stamp(code["starts"]),
        },
        "user_info": {
            "tiktok_name": account["username"],
            "identity_id": account["identity_id"],
            "identity_type": "AUTH_CODE",
        },
        "video_info": shown["video_info"],
    }


@write("tt_video/unbind/", 691)
def unbind(call: Call) -> Any:
    asked = call.take(Unbind)
    need_advertiser(call, asked.advertiser_id)
    bound = [
        one for one in call.book.store.find("identity", owner=asked.advertiser_id) if asked.item_id in one["item_ids"]
    ]
    if not bound:
        raise BusinessError(NOT_FOUND, "item_id: it is not authorised for this ad account")
    for one in bound:
        left = [item for item in one["item_ids"] if item != asked.item_id]
        call.book.store.change("identity", f"{asked.advertiser_id}:{one['identity_id']}", {**one, "item_ids": left})
    return {}


operations = (take_up, show_lent, list_lent, unbind)
