"""What an account's owner does to comments under posts of it: likes, hides, pins, deletes."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.errors import NO_PERMISSION, BusinessError, refuse
from app.emulator.business_api.organic_comments import need_comment, tell_of
from app.emulator.business_api.store import Doc


class Act(msgspec.Struct):
    business_id: str
    comment_id: str
    video_id: str | None = None
    action: Literal["LIKE", "UNLIKE", "HIDE", "UNHIDE", "PIN", "UNPIN"] | None = None


@write("business/comment/like/", "comment.list.manage", credential="account")
def like(call: Call) -> Any:
    asked, comment = _begin(call, ("LIKE", "UNLIKE"))
    liked = asked.action == "LIKE"
    likes = comment["likes"] + (liked - comment["liked"])
    return _change(call, comment, {"liked": liked, "likes": likes})


@write("business/comment/hide/", "comment.list.manage", credential="account")
def hide(call: Call) -> Any:
    asked, comment = _begin(call, ("HIDE", "UNHIDE"))
    tell_of(call, comment, "set_to_hidden" if asked.action == "HIDE" else "set_to_public")
    return _change(call, comment, {"status": "HIDDEN" if asked.action == "HIDE" else "PUBLIC"})


@write("business/comment/pin/", "comment.list.manage", credential="account")
def pin(call: Call) -> Any:
    asked, comment = _begin(call, ("PIN", "UNPIN"))
    if comment["parent_comment_id"]:
        raise refuse("comment_id", "only comments of the first level are pinned")
    for other in call.book.store.find("organic_comment", parent=comment["video_id"]):
        if other["pinned"]:
            _change(call, other, {"pinned": False})
    return _change(call, call.book.need("organic_comment", asked.comment_id), {"pinned": asked.action == "PIN"})


@write("business/comment/delete/", "comment.list.manage", credential="account")
def delete(call: Call) -> Any:
    asked = call.take(Act)
    comment = need_comment(call, asked.business_id, asked.comment_id)
    if not comment["owner"]:
        raise BusinessError(NO_PERMISSION, "Only comments of your own can be deleted.")
    remove_organic_comment(call.book, comment)
    tell_of(call, comment, "delete")
    return {}


def remove_organic_comment(book: Book, comment: Doc) -> None:
    """Take a comment away, and its replies with it; a reply counts no more at what it answered."""
    for one in book.store.find("organic_comment", parent=comment["video_id"]):
        if comment["comment_id"] in {one["comment_id"], one["parent_comment_id"]}:
            book.store.remove("organic_comment", one["comment_id"])
    answered = book.store.get("organic_comment", comment["parent_comment_id"] or "")
    if answered is not None:
        changed = {**answered, "replies": answered["replies"] - 1}
        book.store.change("organic_comment", answered["comment_id"], changed)


def _begin(call: Call, actions: tuple[str, str]) -> tuple[Act, Doc]:
    asked = call.take(Act)
    if asked.action not in actions:
        raise refuse("action", f"it is {' or '.join(actions)}")
    return asked, need_comment(call, asked.business_id, asked.comment_id)


def _change(call: Call, comment: Doc, changes: Doc) -> Doc:
    call.book.store.change("organic_comment", comment["comment_id"], {**comment, **changes})
    return {}


operations = (like, hide, pin, delete)
