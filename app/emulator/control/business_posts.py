"""What account holders do, and which notices were sent."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, RawBody

from app.emulator.business_api.account_events import make_event
from app.emulator.business_api.book import Book
from app.emulator.business_api.first import FIRST_ACCOUNT, FIRST_ADVERTISER, make_account
from app.emulator.business_api.identities import new_identity
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.people import (
    ACCOUNT_SCOPES,
    forget_consent,
    grant_account_code,
    issue_account_token,
)
from app.emulator.business_api.properties import describe
from app.emulator.business_api.publishing_states import save_post
from app.emulator.business_api.store import Doc
from app.emulator.control.control import decode
from app.emulator.world.world import World

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class AccountWish(msgspec.Struct, forbid_unknown_fields=True):
    username: Text
    open_id: Text | None = None
    display_name: Text | None = None
    is_gpppa: bool = False
    comment_disabled: bool = False


class ConsentWish(msgspec.Struct, forbid_unknown_fields=True):
    open_id: Text = FIRST_ACCOUNT
    scopes: list[str] = msgspec.field(default_factory=lambda: list(ACCOUNT_SCOPES))
    redirect_uri: str = ""


class LinkWish(msgspec.Struct, forbid_unknown_fields=True):
    advertiser_id: Text = FIRST_ADVERTISER
    open_id: Text = FIRST_ACCOUNT
    identity_type: Literal["TT_USER", "BC_AUTH_TT"] = "TT_USER"


class PostWish(msgspec.Struct, forbid_unknown_fields=True):
    open_id: Text = FIRST_ACCOUNT
    caption: Annotated[str, msgspec.Meta(max_length=4_000)] = "A post"
    media_type: Literal["VIDEO", "PHOTO"] = "VIDEO"
    seconds_ago: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0
    # video_views, likes, comments, shares, favorites: those given stay as they are.
    figures: dict[str, int] = {}


class PostChange(msgspec.Struct, forbid_unknown_fields=True):
    figures: dict[str, int] = {}
    deleted: bool = False


class PropertyWish(msgspec.Struct, forbid_unknown_fields=True):
    url: Text
    property_type: Literal[1, 2] = 2
    verified: bool = True


@get("/notices")
async def list_notices(book: NamedDependency[Book]) -> dict[str, Any]:
    """List what was sent to subscribers, and how they answered."""
    with book.turn():
        return {"items": book.store.find("notice")}


@get("/accounts")
async def list_accounts(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return {"items": book.store.find("account")}


@post("/accounts", status_code=200)
async def put_account(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Open a TikTok account, or change one."""
    asked = decode(body, AccountWish)
    with book.turn():
        open_id = asked.open_id or f"-000Business{book.new_secret('account')[:20]}"
        account = book.store.get("account", open_id) or make_account(book, open_id, asked.username, asked.username)
        changes = {"username": asked.username, "is_gpppa": asked.is_gpppa, "comment_disabled": asked.comment_disabled}
        account = {**account, **changes, "display_name": asked.display_name or account["display_name"]}
        book.store.put("account", open_id, account)
        return account


@post("/links", status_code=200)
async def link_account(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Link a TikTok account to an ad account, or share it with that through the business center."""
    asked = decode(body, LinkWish)
    with book.turn():
        account = need(book, "account", asked.open_id)
        advertiser = need(book, "advertiser", asked.advertiser_id)
        identity = new_identity(
            asked.advertiser_id, book.new_id(), asked.identity_type, account["display_name"],
            user_name=account["username"], is_gpppa=account["is_gpppa"], open_id=account["open_id"],
            identity_authorized_bc_id=advertiser["owner_bc_id"] if asked.identity_type == "BC_AUTH_TT" else None,
        )  # fmt: skip
        book.store.put(
            "identity", f"{asked.advertiser_id}:{identity['identity_id']}", identity, owner=asked.advertiser_id
        )
        return identity


@post("/account-codes", status_code=200)
async def give_code(body: RawBody, book: NamedDependency[Book]) -> dict[str, str]:
    """Give the code that an account holder's consent would have ended with."""
    asked = decode(body, ConsentWish)
    with book.turn():
        need(book, "account", asked.open_id)
        return {"auth_code": grant_account_code(book, asked.open_id, asked.scopes, asked.redirect_uri)}


@post("/account-tokens", status_code=200)
async def give_token(body: RawBody, book: NamedDependency[Book]) -> Doc:
    asked = decode(body, ConsentWish)
    with book.turn():
        need(book, "account", asked.open_id)
        return issue_account_token(book, asked.open_id, asked.scopes)


@post("/account-disconnect", status_code=200)
async def disconnect(body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]) -> dict[str, bool]:
    """Let the account's owner take the consent back."""
    asked = decode(body, ConsentWish)
    with book.turn():
        forget_consent(book, asked.open_id)
        notices = make_event(book, "authorization.removed", asked.open_id, {"reason": 1})
    send_notices(book, world, notices)
    return {"ok": True}


@post("/posts", status_code=200)
async def write_post(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Let an account have posted something in TikTok's app."""
    asked = decode(body, PostWish)
    with book.turn():
        account = need(book, "account", asked.open_id)
        return save_post(
            book, asked.open_id, book.new_id(), account["username"], asked.caption, media_type=asked.media_type,
            figures=asked.figures, at=book.now() - asked.seconds_ago,
        )  # fmt: skip


@post("/posts/{item_id:str}", status_code=200)
async def change_post(item_id: FromPath[str], body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Set some figures of a post, or let its owner take it away."""
    asked = decode(body, PostChange)
    with book.turn():
        found = need(book, "post", item_id)
        if asked.deleted:
            book.store.remove("post", item_id)
            return found
        found = {**found, "figures": {**found.get("figures", {}), **asked.figures}}
        book.store.change("post", item_id, found)
        return found


@get("/shares")
async def list_shares(book: NamedDependency[Book]) -> dict[str, Any]:
    """List what was handed over to be posted, and how far it is."""
    with book.turn():
        return {"items": book.store.find("share")}


@post("/properties", status_code=200)
async def declare_property(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Declare an address the app's own, or no longer: 1 is a domain, 2 a prefix."""
    asked = decode(body, PropertyWish)
    with book.turn():
        owned = describe(asked.url, asked.property_type, verified=asked.verified)
        book.store.put("property", asked.url, owned)
        return owned


def need(book: Book, kind: str, id_: str) -> Doc:
    found = book.store.get(kind, id_)
    if found is None:
        raise NotFoundException(f"no such {kind}")
    return found


handlers: list[Any] = [
    list_notices,
    list_accounts,
    put_account,
    link_account,
    give_code,
    give_token,
    disconnect,
    write_post,
    change_post,
    list_shares,
    declare_property,
]
