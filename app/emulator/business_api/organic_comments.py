"""Comments under posts of a TikTok account: read and written."""

import io
from typing import Annotated, Any, Literal

import msgspec
from PIL import Image, UnidentifiedImageError

from app.emulator.business_api.account_events import tell_comment
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.people import need_account
from app.emulator.business_api.store import Doc

_MOST_IMAGE = 5_000_000
_MOST_REPLIES = 3
_SORTED_BY = {"create_time": "create_time", "likes": "likes", "replies": "replies"}
Order = Literal["asc", "desc", "smart"]


class List(msgspec.Struct):
    business_id: str
    video_id: str
    comment_id: str | None = None
    comment_ids: Annotated[list[str], msgspec.Meta(max_length=30)] | None = None
    include_replies: bool = False
    status: Literal["ALL", "PUBLIC"] = "ALL"
    sort_field: Literal["likes", "replies", "create_time"] = "create_time"
    # Two sources have two names for it.
    sort_order: Order | None = None
    sort_type: Order | None = None
    cursor: int = 0
    max_count: Annotated[int, msgspec.Meta(ge=0, le=30)] = 20


class Write(msgspec.Struct):
    business_id: str
    video_id: str
    comment_id: str | None = None
    text: str | None = None
    image_uri: str | None = None
    image_width: int | None = None
    image_height: int | None = None


class Picture(msgspec.Struct):
    business_id: str


@read("business/comment/list/", "comment.list", credential="account")
def list_comments(call: Call) -> Any:
    asked = call.take(List)
    _need_post(call, asked.business_id, asked.video_id)
    every = call.book.store.find("organic_comment", parent=asked.video_id)
    if asked.comment_ids:
        # They may be those of replies too.
        found = [one for one in every if one["comment_id"] in asked.comment_ids]
    else:
        found = [one for one in every if not one["parent_comment_id"]]
    page = _page(call, asked, found)
    if asked.include_replies:
        for one in page["comments"]:
            replies = [reply for reply in every if reply["parent_comment_id"] == one["comment_id"]]
            one["reply_list"] = [_show(call, reply) for reply in replies[:_MOST_REPLIES]]
    return page


@read("business/comment/reply/list/", "comment.list", credential="account")
def list_replies(call: Call) -> Any:
    asked = call.take(List)
    _need_post(call, asked.business_id, asked.video_id)
    comment = need_comment(call, asked.business_id, asked.comment_id or "")
    every = call.book.store.find("organic_comment", parent=asked.video_id)
    return _page(call, asked, [one for one in every if one["parent_comment_id"] == comment["comment_id"]])


def _page(call: Call, asked: List, found: list[Doc]) -> Doc:
    kept = [one for one in found if asked.status == "ALL" or one["status"] == "PUBLIC"]
    ascending = (asked.sort_order or asked.sort_type) == "asc"
    field = _SORTED_BY[asked.sort_field]
    kept.sort(key=lambda one: (int(one[field]), one["comment_id"]), reverse=not ascending)
    start = max(asked.cursor, 0)
    page = kept[start : start + asked.max_count]
    shown = [_show(call, one) for one in page]
    return {"comments": shown, "cursor": start + len(page), "has_more": start + len(page) < len(kept)}


def _show(call: Call, comment: Doc) -> Doc:
    shown = {name: value for name, value in comment.items() if name != "open_id"}
    if uri := comment["image_url"]:
        shown["image_url"] = f"{call.origin}/_emulator/avatars/{uri.rpartition('/')[2]}.svg"
    return shown


@write("business/comment/create/", "comment.list.manage", credential="account")
def write_comment(call: Call) -> Any:
    asked = call.take(Write)
    return _write(call, asked, parent=None)


@write("business/comment/reply/create/", "comment.list.manage", credential="account")
def write_reply(call: Call) -> Any:
    asked = call.take(Write)
    parent = need_comment(call, asked.business_id, asked.comment_id or "")
    if parent["video_id"] != asked.video_id:
        raise refuse("comment_id", "it does not stand under this post")
    return _write(call, asked, parent=parent)


def _write(call: Call, asked: Write, parent: Doc | None) -> Doc:
    post = _need_post(call, asked.business_id, asked.video_id)
    account = need_account(call, asked.business_id)
    if (asked.text is None) == (asked.image_uri is None):
        raise refuse("text", "either it or image_uri is given")
    if asked.text is not None and not 1 <= len(asked.text) <= call.book.settings.organic_text_limit:
        raise refuse("text", f"it has 1 to {call.book.settings.organic_text_limit} characters")
    if asked.image_uri is not None and call.book.store.get("comment_image", asked.image_uri) is None:
        raise refuse("image_uri", "it was not uploaded")
    made = add_organic_comment(
        call.book, post, asked.text or "", account["username"], owner=True, parent=parent, image=asked.image_uri
    )
    tell_of(call, made, "insert")
    return _show(call, made)


def add_organic_comment(
    book: Book,
    post: Doc,
    text: str,
    username: str,
    *,
    owner: bool,
    parent: Doc | None,
    image: str | None = None,
    at: float | None = None,
) -> Doc:
    """Put a comment under a post; a reply counts at what it answers."""
    first = (parent or {}).get("parent_comment_id") or (parent or {}).get("comment_id")
    comment: Doc = {
        "comment_id": book.new_id(), "video_id": post["item_id"], "open_id": post["open_id"],
        "unique_identifier": book.new_secret("commenter"), "user_id": book.new_id(), "username": username,
        "display_name": username, "profile_image": "", "create_time": str(int(book.now() if at is None else at)),
        "text": text, "image_url": image, "likes": 0, "replies": 0, "owner": owner, "liked": False, "pinned": False,
        "status": "PUBLIC", "parent_comment_id": first, "reply_list": [],
    }  # fmt: skip
    book.store.put("organic_comment", comment["comment_id"], comment, owner=post["open_id"], parent=post["item_id"])
    answered = book.store.get("organic_comment", first or "")
    if answered is not None:
        changed = {**answered, "replies": answered["replies"] + 1}
        book.store.change("organic_comment", answered["comment_id"], changed)
    return comment


def tell_of(call: Call, comment: Doc, action: str) -> None:
    """Send the webhook of what was done to a comment, once the call is answered."""
    notices = tell_comment(call.book, comment, action)
    call.afterwards.append(lambda: send_notices(call.book, call.world, notices))


@write("business/comment/image/upload/", "comment.list.manage", credential="account")
def upload_image(call: Call) -> Any:
    asked = call.take(Picture)
    need_account(call, asked.business_id)
    file = call.given.files.get("image_file")
    if file is None or len(file.content) > _MOST_IMAGE:
        raise refuse("image_file", "it is a file of 5 MB at most")
    try:
        with Image.open(io.BytesIO(file.content), formats=("JPEG", "PNG", "WEBP")) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BusinessError(40904, "The image is broken.") from None
    uri = f"comment/{call.book.new_id()}"
    call.book.store.put("comment_image", uri, {"width": width, "height": height})
    return {"image_uri": uri, "width": width, "height": height}


def _need_post(call: Call, business_id: str, item_id: str) -> Doc:
    need_account(call, business_id)
    post = call.book.store.get("post", item_id)
    if post is None or post["open_id"] != business_id:
        raise BusinessError(NOT_FOUND, "video_id: it does not exist")
    return post


def need_comment(call: Call, business_id: str, comment_id: str) -> Doc:
    """Get a comment under one of an account's posts. Raises BusinessError."""
    need_account(call, business_id)
    comment = call.book.store.get("organic_comment", comment_id)
    if comment is None or comment["open_id"] != business_id:
        raise BusinessError(NOT_FOUND, "comment_id: it does not exist")
    return comment


operations = (list_comments, list_replies, write_comment, write_reply, upload_image)
