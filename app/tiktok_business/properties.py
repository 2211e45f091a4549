"""What belongs to the app itself: addresses whose ownership TikTok has checked, and where it sends accounts' events.

App id and secret stand in these calls in the place of a token.
"""

from enum import IntEnum
from typing import Any

from pydantic import AliasChoices, Field, field_validator

from app.tiktok_business.calls import Call, CallClass, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import Nothing, OptionalInt, Text, VendorModel
from app.tiktok_business.oauth import AppCredentials


class PropertyType(IntEnum):
    domain = 1
    prefix = 2


class UrlProperty(VendorModel):
    """An address. The file `file_name` with `signature` in it must lie under it before it can be verified."""

    url: Text = ""
    property_type: OptionalInt = None
    property_status: OptionalInt = None
    signature: Text = ""
    file_name: Text = ""

    @property
    def is_verified(self) -> bool:
        return self.property_status == 1


class _One(VendorModel):
    url_property_info: UrlProperty = UrlProperty()
    request_id: str | None = None


class _All(VendorModel):
    items: list[UrlProperty] = Field(
        default_factory=list, validation_alias=AliasChoices("url_property_info_list", "url_property_list", "list")
    )
    request_id: str | None = None

    @field_validator("items", mode="before")
    @classmethod
    def _only_objects(cls, value: object) -> list[object]:
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class Properties(Family):
    async def add(self, app: AppCredentials, url: str, kind: PropertyType) -> UrlProperty:
        """Name an address; the same one again is the same property."""
        return await self._change(app, "add/", url, kind)

    async def verify(self, app: AppCredentials, url: str, kind: PropertyType) -> UrlProperty:
        """Let TikTok fetch the file that proves the ownership. Raises BusinessRefused where it is not there."""
        return await self._change(app, "verify/", url, kind)

    async def delete(self, app: AppCredentials, url: str, kind: PropertyType) -> None:
        """Forget an address."""
        await self._change(app, "delete/", url, kind)

    async def list_properties(self, app: AppCredentials) -> list[UrlProperty]:
        """List the app's addresses."""
        query = {"app_id": app.app_id, "secret": app.secret}
        call = Call("GET", "business/property/list/", CallClass.read, query=query, needs_token=False)
        return (await self._ask(_All, call)).items

    async def set_webhook(self, app: AppCredentials, event_type: str, callback_url: str) -> None:
        """Let a category of events (VIDEO, COMMENT …) of all the app's accounts go to an https address."""
        body = {"app_id": app.app_id, "secret": app.secret, "event_type": event_type, "callback_url": callback_url}
        call = post("business/webhook/update/", CallClass.repeatable, body, needs_token=False)
        await self._ask(Nothing, call)

    async def find_webhook(self, app: AppCredentials, event_type: str) -> str:
        """Tell where events of a category go; empty where nobody has said so."""
        query = {"app_id": app.app_id, "secret": app.secret, "event_type": event_type}
        call = Call("GET", "business/webhook/list/", CallClass.read, query=query, needs_token=False)
        return (await self._ask(_Hook, call)).callback_url

    async def _change(self, app: AppCredentials, verb: str, url: str, kind: PropertyType) -> UrlProperty:
        meta: dict[str, Any] = {"property_type": int(kind), "url": url}
        body = {"app_id": app.app_id, "secret": app.secret, "url_property_meta": meta}
        call = post(f"business/property/{verb}", CallClass.repeatable, body, needs_token=False)
        return (await self._ask(_One, call)).url_property_info


class _Hook(VendorModel):
    callback_url: Text = ""
    request_id: str | None = None
