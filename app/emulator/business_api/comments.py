"""Comments under ads: listed by ad group, answered, hidden, deleted."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.blocked_words import hits_blocked_word
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.paging import cut_page
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_day

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
Kinds = list[Literal["ALL", "COMMENT", "REPLY"]]
Statuses = list[Literal["ALL", "PUBLIC", "HIDDEN"]]
_MOST_IDS = 20
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


class Reply(msgspec.Struct):
    advertiser_id: str
    ad_id: str
    tiktok_item_id: str
    comment_id: str
    comment_type: Literal["REPLY"]
    text: Text
    identity_type: Literal["CUSTOMIZED_USER", "TT_USER", "AUTH_CODE", "BC_AUTH_TT"]
    identity_id: str


class Switch(msgspec.Struct):
    advertiser_id: str
    comment_ids: list[str]
    operation: Literal["HIDDEN", "PUBLIC"]
    ad_type: Literal["BIDDING", "BRAND"] = "BIDDING"


class Delete(msgspec.Struct):
    advertiser_id: str
    ad_id: str
    tiktok_item_id: str
    comment_id: str
    identity_type: str
    identity_id: str


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
    comment = _need(call, asked.advertiser_id, asked.comment_id)
    original = comment.get("original_comment_id") or comment["comment_id"]
    thread = [
        one
        for one in call.book.store.find("comment", owner=asked.advertiser_id)
        if original in {one["comment_id"], one.get("original_comment_id")}
    ]
    page, info = cut_page(thread, asked.page, asked.page_size, most=1_000)
    return {"comments": [{**show_comment(call, one), "reply_user_info": {}} for one in page], "page_info": info}


@write("comment/post/", 15010200)
def reply(call: Call) -> Any:
    asked = call.take(Reply)
    need_advertiser(call, asked.advertiser_id)
    comment = _need(call, asked.advertiser_id, asked.comment_id)
    _check_place(call, comment, asked)
    if comment["comment_type"] != "COMMENT":
        raise refuse("comment_id", "only comments of the first level can be answered")
    made = add_comment(call.book, call.book.need("ad", asked.ad_id), asked.text, "newsroom", answered=comment, own=True)
    moment = datetime.fromtimestamp(made["at"], UTC)
    return {
        "comment_id": made["comment_id"],
        "tiktok_item_id": asked.tiktok_item_id,
        "text": asked.text,
        "create_time": f"{moment:%Y-%m-%d %H:%M:%S} +0000 UTC",
        "reply_to_comment_id": asked.comment_id,
    }


def _check_place(call: Call, comment: Doc, asked: Reply | Delete) -> None:
    """Everything that is told about a comment has to fit. Raises BusinessError."""
    ad = objects.need_object(call, "AD", asked.ad_id, asked.advertiser_id)
    if comment["ad_id"] != asked.ad_id or comment["tiktok_item_id"] != asked.tiktok_item_id:
        raise refuse("ad_id", "the comment does not stand under this ad and post")
    if (ad.get("identity_id"), ad.get("identity_type")) != (asked.identity_id, asked.identity_type):
        raise refuse("identity_id", "the ad speaks in the name of another identity")


def add_comment(
    book: Book,
    ad: Doc,
    text: str,
    user_name: str,
    *,
    answered: Doc | None = None,
    own: bool = False,
    at: float | None = None,
) -> Doc:
    """Put a comment under an ad; an answer counts at what it answers."""
    comment_id = book.new_id()
    comment = {
        "comment_id": comment_id,
        "advertiser_id": ad["advertiser_id"],
        "ad_id": ad["ad_id"],
        "app": "TIKTOK",
        "content": text,
        "likes": 0,
        "replies": 0,
        "comment_type": "REPLY" if answered else "COMMENT",
        "original_comment_id": answered["comment_id"] if answered else None,
        "comment_status": "PUBLIC",
        "tiktok_item_id": ad.get("tiktok_item_id") or item_of(ad),
        "is_pinned": False,
        "is_auth_ttba": False,
        "is_auth_comment_manage_scope": False,
        "user_id": book.new_id(),
        "user_name": user_name,
        "user_avatar_url": "",
        "video_play_url": "",
        "video_cover_url": "",
        "at": book.now() if at is None else at,
        "own": own,
    }
    book.store.put("comment", comment_id, comment, owner=ad["advertiser_id"], parent=ad["adgroup_id"])
    if answered is not None:
        book.store.change("comment", answered["comment_id"], {**answered, "replies": answered["replies"] + 1})
    return comment


def item_of(ad: Doc) -> str:
    """Give the dark post that an ad without a post of its own is shown as."""
    return str(int(ad["ad_id"]) + 2)


@write("comment/status/update/", 15010200)
def switch_comments(call: Call) -> Any:
    asked = call.take(Switch)
    need_advertiser(call, asked.advertiser_id)
    objects.check_many("comment_ids", asked.comment_ids, _MOST_IDS)
    for one in asked.comment_ids:
        comment = _need(call, asked.advertiser_id, one)
        call.book.store.change("comment", one, {**comment, "comment_status": asked.operation})
    return {}


@write("comment/delete/", 15010200)
def delete_comment(call: Call) -> Any:
    asked = call.take(Delete)
    need_advertiser(call, asked.advertiser_id)
    comment = _need(call, asked.advertiser_id, asked.comment_id)
    _check_place(call, comment, asked)
    if not comment["own"]:
        raise BusinessError(40001, "Only comments of your own can be deleted.")
    call.book.store.remove("comment", asked.comment_id)
    answered = call.book.store.get("comment", comment["original_comment_id"] or "")
    if answered is not None:
        call.book.store.change("comment", answered["comment_id"], {**answered, "replies": answered["replies"] - 1})
    return {}


def _need(call: Call, advertiser_id: str, comment_id: str) -> Doc:
    found = call.book.store.get("comment", comment_id)
    if found is None or found["advertiser_id"] != advertiser_id:
        raise BusinessError(NOT_FOUND, "comment_id: it does not exist in this ad account")
    return found


operations = (list_comments, show_thread, reply, switch_comments, delete_comment)
