"""Who there is in the world of the Business API: people with their roles, their tokens, business centers."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from app.emulator.business_api import first, oauth
from app.emulator.business_api.book import Book
from app.emulator.business_api.settings import ALL_SCOPES
from app.emulator.business_api.store import Doc
from app.emulator.control.business_posts import need
from app.emulator.control.control import decode

Role = Literal["ADMIN", "OPERATOR", "ANALYST"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class UserWish(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Text | None = None
    display_name: Text | None = None
    # By advertiser_id, and by bc_id; null takes a role away.
    roles: dict[str, Role | None] = {}
    bc_roles: dict[str, Literal["ADMIN", "STANDARD"] | None] = {}


class TokenWish(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Text = first.ADMIN
    scopes: list[int] = msgspec.field(default_factory=lambda: list(ALL_SCOPES))
    # None: all that the user has, also those to come.
    advertiser_ids: list[str] | None = None


class CenterWish(msgspec.Struct, forbid_unknown_fields=True):
    name: Text = "Another center"
    type: Literal["NORMAL", "DIRECT", "AGENCY", "SELF_SERVICE", "SELF_SERVICE_AGENCY"] = "AGENCY"


@get("/users")
async def list_users(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return {"items": book.store.find("user")}


@post("/users", status_code=200)
async def put_user(body: RawBody, book: NamedDependency[Book]) -> Doc:
    asked = decode(body, UserWish)
    with book.turn():
        user_id = asked.user_id or book.new_id()
        user = book.store.get("user", user_id) or {
            "user_id": user_id, "display_name": "Somebody", "email": "somebody@newsroom.example",
            "create_time": int(book.now()), "roles": {}, "bc_roles": {},
        }  # fmt: skip
        user["display_name"] = asked.display_name or user["display_name"]
        for name, wanted in (("roles", asked.roles), ("bc_roles", asked.bc_roles)):
            user[name] = {id_: role for id_, role in {**user[name], **wanted}.items() if role is not None}
        book.store.put("user", user_id, user)
        return user


@post("/tokens", status_code=200)
async def issue_token(body: RawBody, book: NamedDependency[Book]) -> Doc:
    asked = decode(body, TokenWish)
    with book.turn():
        need(book, "user", asked.user_id)
        return oauth.issue_token(book, asked.user_id, asked.advertiser_ids, asked.scopes)


@post("/auth-codes", status_code=200)
async def grant_code(body: RawBody, book: NamedDependency[Book]) -> dict[str, str]:
    """Give the code that a consent would have ended with."""
    asked = decode(body, TokenWish)
    with book.turn():
        need(book, "user", asked.user_id)
        return {"auth_code": oauth.grant_code(book, asked.user_id, asked.advertiser_ids, asked.scopes)}


@post("/centers", status_code=200)
async def add_center(body: RawBody, book: NamedDependency[Book]) -> Doc:
    asked = decode(body, CenterWish)
    with book.turn():
        center = first.make_center(book, book.new_id(), asked.name, kind=asked.type)
        user = book.need("user", first.ADMIN)
        user["bc_roles"][center["bc_id"]] = "ADMIN"
        book.store.change("user", first.ADMIN, user)
        return center


handlers: list[Any] = [list_users, put_user, issue_token, grant_code, add_center]
