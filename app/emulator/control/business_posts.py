"""What people do under ads, and which notices were sent."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromQuery, RawBody

from app.emulator.business_api.book import Book
from app.emulator.business_api.comments import add_comment
from app.emulator.business_api.store import Doc
from app.emulator.control.control import decode

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class CommentWish(msgspec.Struct, forbid_unknown_fields=True):
    ad_id: Text
    text: Text
    user_name: Text = "reader"
    # Answers a comment; also one that is an answer itself counts for the first.
    answers: Text | None = None
    likes: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    seconds_ago: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0


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


@get("/comments")
async def list_comments(book: NamedDependency[Book], ad_id: FromQuery[str | None] = None) -> dict[str, Any]:
    with book.turn():
        return {"items": [one for one in book.store.find("comment") if ad_id in {None, one["ad_id"]}]}


@get("/notices")
async def list_notices(book: NamedDependency[Book]) -> dict[str, Any]:
    """List what was sent to subscribers, and how they answered."""
    with book.turn():
        return {"items": book.store.find("notice")}


handlers: list[Any] = [write_comment, list_comments, list_notices]
