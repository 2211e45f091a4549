"""The address of TikTok's creative plugin, by which somebody puts videos into an ad account of their own choice.

There is no public document of it: a partner's code is all that is known [business-api.md 12.2], so it is off until a
key is set. It is signed as TikTok's business plugin is, of raw values in a fixed order; ids are held to signs that no
variant would encode, so that both ways of signing agree.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

import regex
from pydantic import BeforeValidator

from app.ads.desk.errors import InvalidInput
from app.ads.desk.inputs import DeskInput
from app.ads.values import Currency, Flag, Line, Link, Words, choice, fault, many
from app.errors import Conflict
from app.messages import ads_boosts, ads_values
from app.resources import Resources

PAGE = "https://ads.tiktok.com/business-extension/creative_plugin/upload"
VERSION = "1.0"
GOOD_FOR = timedelta(minutes=30)
MOST_DATA = 1950
"""Characters of `external_data` that TikTok takes."""
_ID = regex.compile(r"[A-Za-z0-9._-]{1,128}")
_LOCALE = regex.compile(r"[A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?")


def _read_id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise fault(ads_boosts.PLUGIN_ID)
    return value


def _read_locale(value: Any) -> str:
    if not isinstance(value, str) or not _LOCALE.fullmatch(value):
        raise fault(ads_values.TEXT)
    return value


PluginId = Annotated[str, BeforeValidator(_read_id)]


class PluginInput(DeskInput):
    """What TikTok's page is told of a business, and which videos it shall fetch."""

    required: ClassVar[frozenset[str]] = frozenset(
        {"business_platform", "external_business_id", "locale", "download_urls"}
    )

    business_platform: PluginId | None = None
    external_business_id: PluginId | None = None
    locale: Annotated[str, BeforeValidator(_read_locale)] | None = None
    download_urls: many(Link, 50) | None = None  # type: ignore[valid-type]
    industry_id: PluginId | None = None
    timezone: Words | None = None
    country_region: Words | None = None
    store_name: Line | None = None
    phone_number: Words | None = None
    email: Words | None = None
    currency: Currency | None = None
    website_url: Link | None = None
    domain: Words | None = None
    env: PluginId | None = None
    close_method: choice("close_from_tiktok", "redirect_inside_tiktok", "do_nothing") | None = None  # type: ignore[valid-type]
    is_test: Flag | None = None


@dataclass(frozen=True, slots=True)
class PluginAddress:
    """Where a browser is sent, and until when TikTok takes it."""

    url: str
    expires_at: datetime


class PluginOff(Conflict):
    code = "not_configured"
    title = ads_boosts.PLUGIN_OFF


def build_address(app: Resources, body: object, now: datetime) -> PluginAddress:
    """Build the address for what somebody asks. Raises PluginOff, InvalidInput."""
    key = app.settings.business_creative_plugin_key.get_secret_value().strip()
    if not key:
        raise PluginOff
    asked = PluginInput.read(body).sent()
    data = write_data(key, asked, now)
    if len(data) > MOST_DATA:
        raise InvalidInput({"download_urls": ads_boosts.PLUGIN_TOO_LONG})
    return PluginAddress(f"{PAGE}?external_data={quote(data, safe='')}", now + GOOD_FOR)


def write_data(key: str, values: Mapping[str, Any], now: datetime) -> str:
    """Write `external_data`: base64 of JSON in which the signature stands beside the values."""
    timestamp = str(int(now.timestamp() * 1000))
    named = {"version": VERSION, "timestamp": timestamp, **values}
    text = json.dumps({**named, "hmac": sign(key, named)}, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def sign(key: str, values: Mapping[str, Any]) -> str:
    """Sign what TikTok signs: five values as they are, not encoded, in this order."""
    names = ("version", "timestamp", "locale", "business_platform", "external_business_id")
    text = "&".join(f"{name}={values[name]}" for name in names)
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()
