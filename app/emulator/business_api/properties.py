"""Addresses that belong to the app, and the hooks that accounts' events are sent to."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.oauth import need_app
from app.emulator.business_api.pulls import pull
from app.emulator.business_api.reading import convert
from app.emulator.business_api.store import Doc

_MOST_BYTES = 10_000
EventType = Literal["VIDEO", "COMMENT", "DIRECT_MESSAGE", "BRAND_MENTION"]


class Meta(msgspec.Struct):
    property_type: Annotated[int, msgspec.Meta(ge=1, le=2)]
    url: Annotated[str, msgspec.Meta(min_length=3, max_length=1_000)]


class Named(msgspec.Struct):
    app_id: str
    url_property_meta: Meta
    # One of the libraries leaves it out.
    secret: str | None = None


class App(msgspec.Struct):
    app_id: str
    secret: str | None = None


class Hook(msgspec.Struct):
    app_id: str
    secret: str
    event_type: EventType
    callback_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+\S*$", max_length=2_048)]
    item_list: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None


class HookName(msgspec.Struct):
    app_id: str
    secret: str
    event_type: EventType


def _need(call: Call, app_id: str, secret: str | None) -> None:
    need_app(call.book, app_id, call.book.settings.app_secret if secret is None else secret)


def describe(url: str, kind: int, *, verified: bool = False) -> Doc:
    signature = hashlib.sha256(f"{kind}|{url}".encode()).hexdigest()[:32]
    return {
        "property_type": kind,
        "url": url,
        "property_status": 1 if verified else 2,
        "signature": f"tiktok-developers-site-verification={signature}",
        "file_name": f"tiktok{signature}.txt",
    }


@write("business/property/add/", credential="none")
def add_property(call: Call) -> Any:
    asked = call.take(Named)
    _need(call, asked.app_id, asked.secret)
    meta = asked.url_property_meta
    if (meta.property_type == 2) != meta.url.startswith(("http://", "https://")):
        raise refuse("url", "a domain has no scheme, and a prefix has one")
    owned = call.book.store.get("property", meta.url) or describe(meta.url, meta.property_type)
    call.book.store.put("property", meta.url, owned)
    return {"url_property_info": owned}


async def fetch_proof(call: Call) -> None:
    """Fetch the file that proves the ownership, if it is there."""
    asked, _ = convert(call.given, Named)
    meta = asked.url_property_meta
    base = meta.url if meta.property_type == 2 else f"https://{meta.url}/"
    address = f"{base.rstrip('/')}/{describe(meta.url, meta.property_type)['file_name']}"
    try:
        call.fetched = await pull(call.world, address, most=_MOST_BYTES, timeout=10)
    except BusinessError:
        call.fetched = b""


@write("business/property/verify/", credential="none", fetch=fetch_proof)
def verify_property(call: Call) -> Any:
    asked = call.take(Named)
    _need(call, asked.app_id, asked.secret)
    owned = _need_property(call, asked)
    if owned["signature"].encode() not in (call.fetched or b""):
        raise BusinessError(40002, "The ownership cannot be verified: the file is not there.")
    owned = {**owned, "property_status": 1}
    call.book.store.put("property", owned["url"], owned)
    return {"url_property_info": owned}


@write("business/property/delete/", credential="none")
def delete_property(call: Call) -> Any:
    asked = call.take(Named)
    _need(call, asked.app_id, asked.secret)
    call.book.store.remove("property", _need_property(call, asked)["url"])
    return {}


@read("business/property/list/", credential="none")
def list_properties(call: Call) -> Any:
    asked = call.take(App)
    _need(call, asked.app_id, asked.secret)
    return {"url_property_info_list": call.book.store.find("property")}


def _need_property(call: Call, asked: Named) -> Doc:
    owned = call.book.store.get("property", asked.url_property_meta.url)
    if owned is None:
        raise BusinessError(NOT_FOUND, "url: it is no property of this app")
    return owned


@write("business/webhook/update/", credential="none")
def set_hook(call: Call) -> Any:
    asked = call.take(Hook)
    need_app(call.book, asked.app_id, asked.secret)
    # The list of posts stays until it is replaced.
    before = call.book.store.get("hook", asked.event_type) or {}
    items = asked.item_list if asked.item_list is not None else before.get("item_list", [])
    hook = {"event_type": asked.event_type, "callback_url": asked.callback_url, "item_list": items}
    call.book.store.put("hook", asked.event_type, hook)
    return {"app_id": asked.app_id, **hook}


@read("business/webhook/list/", credential="none")
def show_hook(call: Call) -> Any:
    asked = call.take(HookName)
    need_app(call.book, asked.app_id, asked.secret)
    hook = call.book.store.get("hook", asked.event_type)
    return {"app_id": asked.app_id, **(hook or {"event_type": asked.event_type, "callback_url": None})}


@write("business/webhook/delete/", credential="none")
def delete_hook(call: Call) -> Any:
    asked = call.take(HookName)
    need_app(call.book, asked.app_id, asked.secret)
    call.book.store.remove("hook", asked.event_type)
    return {"app_id": asked.app_id, "event_type": asked.event_type}


operations = (
    add_property, verify_property, delete_property, list_properties, set_hook, show_hook, delete_hook,
)  # fmt: skip
