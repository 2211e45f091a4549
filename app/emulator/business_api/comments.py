"""Comments under ads: listed by ad group, and a comment with its answers."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.blocked_words import hits_blocked_word
from app.emulator.business_api.call import Call, read
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.paging import cut_page
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_day

Kinds = list[Literal["ALL", "COMMENT", "REPLY"]]
Statuses = list[Literal["ALL", "PUBLIC", "HIDDEN"]]
_SORTED_BY = {"CREATE_TIME": "at", "LIKES": "likes", "REPLIES": "replies", "SMART": "at"}


class List(msgspec.Struct):
    advertiser_id: str
    search_field: Literal["ADGROUP_ID"]
    search_value: str
    start_time: str
    end_time: str
    comment_type: Kinds | Literal["ALL", "COMMENT", "REPLY"] | None = None
    comment_status: Statuses | Literal["ALL", "PUBLIC", "HIDDEN"] | None = None
    sort_field: Literal["CREATE_TIME", "LIKES", "REPLIES", "SMART"] = "CREATE_TIME"
    sort_type: Literal["ASC", "DESC"] = "DESC"
    page: int | None = None
    page_size: int | None = None


class Reference(msgspec.Struct):
    advertiser_id: str
    comment_id: str
    comment_type: Literal["COMMENT", "REPLY"]
    original_comment_id: str | None = None
    app: str | None = None
    page: int | None = None
    page_size: int | None = None


@read("comment/list/", 15010100)
def list_comments(call: Call) -> Any:
    asked = call.take(List)
    found = find_comments(call, asked)
    page, info = cut_page(found, asked.page, asked.page_size, most=100)
    return {"comments": [show_comment(call, one) for one in page], "page_info": info}


def find_comments(call: Call, asked: List) -> list[Doc]:
    """Find what a listing asks for, in its order. Raises BusinessError."""
    need_advertiser(call, asked.advertiser_id)
    adgroup = objects.need_object(call, "ADGROUP", asked.search_value, asked.advertiser_id, alive=False)
    objects.refuse_smart_plus(adgroup)
    first, last = read_day("start_time", asked.start_time), read_day("end_time", asked.end_time)
    longest = call.book.settings.comment_window_days
    if not first <= last < first + timedelta(days=longest):
        raise refuse("end_time", f"it is not before start_time, and the window is {longest} days at most")
    kinds, statuses = _listed(asked.comment_type), _listed(asked.comment_status)
    found = [
        one
        for one in call.book.store.find("comment", parent=asked.search_value)
        if first <= datetime.fromtimestamp(one["at"], UTC).date() <= last
        and (kinds is None or one["comment_type"] in kinds)
        and (statuses is None or one["comment_status"] in statuses)
    ]
    field = _SORTED_BY[asked.sort_field]
    return sorted(found, key=lambda one: (one[field], one["comment_id"]), reverse=asked.sort_type == "DESC")


def _listed(given: Any) -> list[str] | None:
    listed = [given] if isinstance(given, str) else given
    return None if not listed or "ALL" in listed else listed


def show_comment(call: Call, comment: Doc) -> Doc:
    ad = call.book.need("ad", comment["ad_id"])
    shown = {name: value for name, value in comment.items() if name not in {"at", "own", "advertiser_id"}}
    moment = datetime.fromtimestamp(comment["at"], UTC)
    return {
        **shown,
        "create_time": f"{moment:%Y-%m-%d %H:%M:%S} +0000 UTC",
        "hit_blockedword": hits_blocked_word(call.book, comment["advertiser_id"], comment["content"]),
        "ad_text": ad.get("ad_text") or "",
        "campaign_id": ad["campaign_id"],
        "campaign_name": ad["campaign_name"],
        "adgroup_id": ad["adgroup_id"],
        "adgroup_name": ad["adgroup_name"],
        "ad_name": ad["ad_name"],
        "identity_id": ad.get("identity_id"),
        "identity_type": ad.get("identity_type"),
        "can_delete": comment["own"],
    }


@read("comment/reference/", 15010100)
def show_thread(call: Call) -> Any:
    asked = call.take(Reference)
    need_advertiser(call, asked.advertiser_id)
    comment = need_comment(call, asked.advertiser_id, asked.comment_id)
    original = comment.get("original_comment_id") or comment["comment_id"]
    thread = [
        one
        for one in call.book.store.find("comment", owner=asked.advertiser_id)
        if original in {one["comment_id"], one.get("original_comment_id")}
    ]
    page, info = cut_page(thread, asked.page, asked.page_size, most=1_000)
    return {"comments": [{**show_comment(call, one), "reply_user_info": {}} for one in page], "page_info": info}


def need_comment(call: Call, advertiser_id: str, comment_id: str) -> Doc:
    """Find a comment of an ad account. Raises BusinessError."""
    found = call.book.store.get("comment", comment_id)
    if found is None or found["advertiser_id"] != advertiser_id:
        raise BusinessError(NOT_FOUND, "comment_id: it does not exist in this ad account")
    return found


operations = (list_comments, show_thread)
