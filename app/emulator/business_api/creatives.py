"""What an ad shows: checked against the library, the identities and the limits of an ad's text."""

from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.call import Call
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.identities import lends
from app.emulator.business_api.store import Doc

_MOST_TEXT = 100
_NAMES = (
    "ad_name", "ad_format", "ad_text", "identity_type", "identity_id", "identity_authorized_bc_id", "tiktok_item_id",
    "video_id", "image_ids", "landing_page_url", "call_to_action", "call_to_action_id",
)  # fmt: skip


class Creative(msgspec.Struct):
    ad_id: str | None = None
    ad_name: str | None = None
    ad_format: Literal["SINGLE_IMAGE", "SINGLE_VIDEO", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"] | None = None
    ad_text: str | None = None
    identity_type: Literal["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"] | None = None
    identity_id: str | None = None
    identity_authorized_bc_id: str | None = None
    tiktok_item_id: str | None = None
    video_id: str | None = None
    image_ids: list[str] | None = None
    landing_page_url: str | None = None
    call_to_action: str | None = None
    call_to_action_id: str | None = None
    operation_status: Literal["ENABLE", "DISABLE"] | None = None


def read_creative(call: Call, advertiser_id: str, creative: Creative, before: Doc | None = None) -> Doc:
    """Check what an ad is to show; of a change only what it brings is given back. Raises BusinessError."""
    given = {name: value for name in _NAMES if (value := getattr(creative, name)) is not None}
    merged = {**(before or {}), **given}
    for name in ("ad_name", "ad_format", "identity_type", "identity_id"):
        if not merged.get(name):
            raise refuse(f"creatives.{name}", "Missing data for required field")
    objects.check_name("creatives.ad_name", merged["ad_name"])
    _check_text(merged)
    _check_identity(call, advertiser_id, merged)
    _check_material(call, advertiser_id, merged)
    if "landing_page_url" in given:
        _check_address(given["landing_page_url"])
    return given


def _check_text(ad: Doc) -> None:
    text = ad.get("ad_text")
    if text is None and (ad.get("tiktok_item_id") or ad["ad_format"] == "CATALOG_CAROUSEL"):
        return
    if not isinstance(text, str) or not 1 <= len(text) <= _MOST_TEXT:
        raise refuse("creatives.ad_text", f"it has 1 to {_MOST_TEXT} characters")
    objects.check_name("creatives.ad_text", text, _MOST_TEXT)


def _check_identity(call: Call, advertiser_id: str, ad: Doc) -> None:
    identity = call.book.store.get("identity", f"{advertiser_id}:{ad['identity_id']}")
    if identity is None or identity["identity_type"] != ad["identity_type"]:
        raise refuse("creatives.identity_id", "there is no such identity in this ad account")
    if identity.get("is_gpppa") and ad.get("tiktok_item_id"):
        raise refuse("creatives.identity_id", "accounts of governments, politicians and parties run no Spark Ads")
    if ad["identity_type"] == "BC_AUTH_TT" and not ad.get("identity_authorized_bc_id"):
        raise refuse("creatives.identity_authorized_bc_id", "it is required with BC_AUTH_TT")
    item = ad.get("tiktok_item_id")
    if item and not lends(call, identity, item):
        raise refuse("creatives.tiktok_item_id", "the post is not authorised for this identity")


def _check_material(call: Call, advertiser_id: str, ad: Doc) -> None:
    if ad["ad_format"] == "SINGLE_VIDEO" and not (ad.get("video_id") or ad.get("tiktok_item_id")):
        raise refuse("creatives.video_id", "SINGLE_VIDEO needs video_id or tiktok_item_id")
    if ad["ad_format"] in {"SINGLE_IMAGE", "CAROUSEL_ADS"} and not (ad.get("image_ids") or ad.get("tiktok_item_id")):
        raise refuse("creatives.image_ids", f"{ad['ad_format']} needs image_ids")
    material: list[tuple[str, Any]] = [
        ("video", ad.get("video_id")),
        *(("image", one) for one in ad.get("image_ids") or []),
    ]
    for kind, id_ in material:
        if id_ and call.book.store.get(kind, f"{advertiser_id}:{id_}") is None:
            raise refuse(f"creatives.{kind}_id", f"{str(id_)[:60]} is not in the library of this ad account")


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= 2_048
    except ValueError:
        good = False
    if not good:
        raise refuse("creatives.landing_page_url", "it is no web address")
