"""What is done with comments under ads: they are written, answered, hidden, deleted."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.comments import need_comment
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.store import Doc

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
_MOST_IDS = 20


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


@write("comment/post/", 15010200)
def reply(call: Call) -> Any:
    asked = call.take(Reply)
    need_advertiser(call, asked.advertiser_id)
    comment = need_comment(call, asked.advertiser_id, asked.comment_id)
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
        comment = need_comment(call, asked.advertiser_id, one)
        call.book.store.change("comment", one, {**comment, "comment_status": asked.operation})
    return {}


@write("comment/delete/", 15010200)
def delete_comment(call: Call) -> Any:
    asked = call.take(Delete)
    need_advertiser(call, asked.advertiser_id)
    comment = need_comment(call, asked.advertiser_id, asked.comment_id)
    _check_place(call, comment, asked)
    if not comment["own"]:
        raise BusinessError(40001, "Only comments of your own can be deleted.")
    call.book.store.remove("comment", asked.comment_id)
    answered = call.book.store.get("comment", comment["original_comment_id"] or "")
    if answered is not None:
        call.book.store.change("comment", answered["comment_id"], {**answered, "replies": answered["replies"] - 1})
    return {}


operations = (reply, switch_comments, delete_comment)
