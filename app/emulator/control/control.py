"""The control of the emulator: its settings, accounts, tokens, clock and ordered errors."""

from dataclasses import asdict, fields
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, RawBody

from app.emulator import lifecycle
from app.emulator.business_api import desk
from app.emulator.business_api.book import Book
from app.emulator.open_api import oauth
from app.emulator.world.clock import rfc3339
from app.emulator.world.faults import NextError
from app.emulator.world.ids import new_open_id
from app.emulator.world.reading import decode_json
from app.emulator.world.records import Account, TokenPair
from app.emulator.world.settings import SCOPES
from app.emulator.world.world import World

_HIDDEN = "***"


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    keep: list[Literal["accounts", "tokens", "properties", "settings", "business"]] = []


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    advance_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    advance_hours: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Disconnect(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[int, msgspec.Meta(ge=0, le=5)] = oauth.DISCONNECTED_BY_USER


class TokenWish(msgspec.Struct, forbid_unknown_fields=True):
    open_id: str
    scopes: tuple[str, ...] = SCOPES


class Expiry(msgspec.Struct, forbid_unknown_fields=True):
    open_id: str | None = None
    access: bool = True
    refresh: bool = False


@get("/health")
async def show_health() -> dict[str, bool]:
    return {"ok": True}


@post("/reset", status_code=200)
async def reset(body: RawBody, world: NamedDependency[World], book: NamedDependency[Book]) -> dict[str, bool]:
    keep = frozenset(decode(body, Reset).keep)
    world.reset(keep)
    if "business" not in keep:
        with book.turn():
            desk.reset(book)
    return {"ok": True}


@get("/settings")
async def show_settings(world: NamedDependency[World]) -> dict[str, Any]:
    return {**asdict(world.settings), "client_secret": _HIDDEN}


@post("/settings", status_code=200)
async def change_settings(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, dict[str, Any])
    for name, value in _convert_changes(world.settings, data).items():
        setattr(world.settings, name, value)
    return {**asdict(world.settings), "client_secret": _HIDDEN}


@get("/accounts")
async def list_accounts(world: NamedDependency[World]) -> dict[str, Any]:
    return {"items": [_show_account(account) for account in world.accounts.values()]}


@post("/accounts", status_code=200)
async def put_account(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    """Create an account, or patch the one that goes by this open_id or username."""
    data = decode(body, dict[str, Any])
    name = str(data.get("open_id") or data.get("username") or "")
    if not name:
        raise ClientException("open_id or username is required")
    account = world.find_account(name)
    if account is None:
        open_id = str(data.get("open_id") or new_open_id())
        username = str(data.get("username") or f"user{len(world.accounts) + 1}")
        account = Account(open_id, username, str(data.get("display_name") or username))
    changes = _convert_changes(account, data)
    for field, value in changes.items():
        setattr(account, field, value)
    world.accounts[account.open_id] = account
    return _show_account(account)


@post("/accounts/{open_id:str}/disconnect", status_code=200)
async def disconnect_account(open_id: FromPath[str], body: RawBody, world: NamedDependency[World]) -> dict[str, bool]:
    oauth.remove_authorization(world, need_account(world, open_id).open_id, decode(body, Disconnect).reason)
    return {"ok": True}


@post("/tokens", status_code=200)
async def issue_token(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, TokenWish)
    pair = world.issue_tokens(need_account(world, data.open_id).open_id, data.scopes)
    return {
        "open_id": pair.open_id,
        "scope": ",".join(pair.scopes),
        "access_token": pair.access_token,
        "expires_in": world.settings.access_ttl,
        "refresh_token": pair.refresh_token,
        "refresh_expires_in": world.settings.refresh_ttl,
    }


@post("/expire-tokens", status_code=200)
async def expire_tokens(body: RawBody, world: NamedDependency[World]) -> dict[str, int]:
    expiry = decode(body, Expiry)
    open_id = None if expiry.open_id is None else need_account(world, expiry.open_id).open_id
    pairs: list[TokenPair] = [pair for pair in world.by_access_token.values() if open_id in {None, pair.open_id}]
    now = world.clock.now()
    for pair in pairs:
        if expiry.access:
            pair.access_expires_at = min(pair.access_expires_at, now)
        if expiry.refresh:
            pair.refresh_expires_at = min(pair.refresh_expires_at, now)
    return {"expired": len(pairs)}


@get("/clock")
async def show_clock(world: NamedDependency[World]) -> dict[str, Any]:
    return {"now": rfc3339(world.clock.now()), "offset_seconds": world.clock.offset}


@post("/clock", status_code=200)
async def move_clock(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, ClockMove)
    try:
        world.clock.advance(data.advance_seconds + data.advance_hours * 3_600)
    except ValueError as error:
        raise ClientException(str(error)) from error
    lifecycle.settle_all(world)
    return {"now": rfc3339(world.clock.now()), "offset_seconds": world.clock.offset}


@get("/next-errors")
async def list_next_errors(world: NamedDependency[World]) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(error) for error in world.faults.waiting]}


@post("/next-errors", status_code=200)
async def order_next_errors(body: RawBody, world: NamedDependency[World]) -> dict[str, int]:
    wanted = decode(body, NextError | list[NextError])
    world.faults.add(wanted if isinstance(wanted, list) else [wanted])
    return {"waiting": len(world.faults.waiting)}


@delete("/next-errors", status_code=200)
async def drop_next_errors(world: NamedDependency[World]) -> dict[str, int]:
    world.faults.waiting.clear()
    return {"waiting": 0}


def decode(body: bytes, kind: Any) -> Any:
    """Read what was sent to a control; nothing at all means an object without fields."""
    try:
        return msgspec.convert(decode_json(body or b"{}"), kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise ClientException(str(error)) from error


def need_account(world: World, name: str) -> Account:
    account = world.find_account(name)
    if account is None:
        raise NotFoundException("no such account")
    return account


def _convert_changes(target: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """Convert new values to the types that a dataclass declares, and refuse what does not fit."""
    unknown = changes.keys() - {field.name for field in fields(target)}
    if unknown:
        raise ClientException(f"unknown: {', '.join(sorted(unknown))}")
    try:
        changed = msgspec.convert({**asdict(target), **changes}, type(target))
    except msgspec.ValidationError as error:
        raise ClientException(str(error)) from error
    return {name: getattr(changed, name) for name in changes}


def _show_account(account: Account) -> dict[str, Any]:
    return {**asdict(account), "offered_privacy": account.offered_privacy}


handlers = [
    show_health,
    reset,
    show_settings,
    change_settings,
    list_accounts,
    put_account,
    disconnect_account,
    issue_token,
    expire_tokens,
    show_clock,
    move_clock,
    list_next_errors,
    order_next_errors,
    drop_next_errors,
]
