"""What people write under ads and posts, and what becomes of it."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, RawBody

from app.emulator.business_api.account_events import tell_comment
from app.emulator.business_api.book import Book
from app.emulator.business_api.comment_acts import add_comment
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.organic_comment_acts import remove_organic_comment
from app.emulator.business_api.organic_comments import add_organic_comment
from app.emulator.business_api.store import Doc
from app.emulator.control.business_posts import Text, need
from app.emulator.control.control import decode
from app.emulator.world.world import World


class CommentWish(msgspec.Struct, forbid_unknown_fields=True):
    ad_id: Text
    text: Text
    user_name: Text = "reader"
    # Answers a comment; also one that is an answer itself counts for the first.
    answers: Text | None = None
    likes: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    seconds_ago: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0


class CommentChange(msgspec.Struct, forbid_unknown_fields=True):
    text: Text | None = None
    likes: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    status: Literal["PUBLIC", "HIDDEN"] | None = None
    # Its author, or TikTok, has removed it.
    deleted: bool = False


class OrganicWish(msgspec.Struct, forbid_unknown_fields=True):
    item_id: Text
    # None is a comment of a picture, which has no words.
    text: Text | None = None
    username: Text = "reader"
    answers: Text | None = None
    seconds_ago: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0
    # Whether TikTok's event about it gets lost.
    silent: bool = False


class OrganicChange(msgspec.Struct, forbid_unknown_fields=True):
    text: Text | None = None
    likes: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    deleted: bool = False
    silent: bool = False


@post("/comments", status_code=200)
async def write_comment(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Let somebody comment on an ad."""
    asked = decode(body, CommentWish)
    with book.turn():
        ad = book.store.get("ad", asked.ad_id)
        if ad is None:
            raise NotFoundException("no such ad")
        answered = book.store.get("comment", asked.answers) if asked.answers else None
        if asked.answers and (answered is None or answered["ad_id"] != asked.ad_id):
            raise ClientException("answers: no such comment under this ad")
        made = add_comment(book, ad, asked.text, asked.user_name, answered=answered, at=book.now() - asked.seconds_ago)
        made = {**made, "likes": asked.likes}
        book.store.change("comment", made["comment_id"], made)
        return made


@post("/comments/{comment_id:str}", status_code=200)
async def change_comment(comment_id: FromPath[str], body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Let the author of a comment edit or delete it, or others hide or like it."""
    asked = decode(body, CommentChange)
    with book.turn():
        comment = need(book, "comment", comment_id)
        if asked.deleted:
            book.store.remove("comment", comment_id)
            return comment
        given = {"content": asked.text, "likes": asked.likes, "comment_status": asked.status}
        comment = {**comment, **{name: value for name, value in given.items() if value is not None}}
        book.store.change("comment", comment_id, comment)
        return comment


@get("/comments")
async def list_comments(book: NamedDependency[Book], ad_id: FromQuery[str | None] = None) -> dict[str, Any]:
    with book.turn():
        return {"items": [one for one in book.store.find("comment") if ad_id in {None, one["ad_id"]}]}


@post("/organic-comments", status_code=200)
async def write_organic_comment(body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]) -> Doc:
    """Let somebody comment on a post."""
    asked = decode(body, OrganicWish)
    with book.turn():
        parent = need(book, "organic_comment", asked.answers) if asked.answers else None
        post_ = need(book, "post", asked.item_id)
        at = book.now() - asked.seconds_ago
        image = None if asked.text else f"comment/{book.new_id()}"
        made = add_organic_comment(
            book, post_, asked.text or "", asked.username, owner=False, parent=parent, image=image, at=at
        )
        notices = [] if asked.silent else tell_comment(book, made, "insert")
    send_notices(book, world, notices)
    return made


@post("/organic-comments/{comment_id:str}", status_code=200)
async def change_organic_comment(
    comment_id: FromPath[str], body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]
) -> Doc:
    """Let the author of a comment edit or delete it, or others like it. TikTok has no event for an edit or a like."""
    asked = decode(body, OrganicChange)
    with book.turn():
        comment = need(book, "organic_comment", comment_id)
        if asked.deleted:
            remove_organic_comment(book, comment)
            notices = [] if asked.silent else tell_comment(book, comment, "delete")
        else:
            given = {"text": asked.text, "likes": asked.likes}
            comment = {**comment, **{name: value for name, value in given.items() if value is not None}}
            book.store.change("organic_comment", comment_id, comment)
            notices = []
    send_notices(book, world, notices)
    return comment


@get("/organic-comments")
async def list_organic_comments(book: NamedDependency[Book], item_id: FromQuery[str | None] = None) -> dict[str, Any]:
    with book.turn():
        return {"items": [one for one in book.store.find("organic_comment") if item_id in {None, one["video_id"]}]}


handlers: list[Any] = [
    write_comment,
    change_comment,
    list_comments,
    write_organic_comment,
    change_organic_comment,
    list_organic_comments,
]
