"""Subscriptions: what TikTok tells by itself. They are the app's, so app id and secret stand in the call."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import AliasChoices, Field

from app.tiktok_business.calls import Call, CallClass, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalId, Page, Text, VendorId, VendorObject
from app.tiktok_business.oauth import AppCredentials


class SubscribeEntity(StrEnum):
    LEAD = "LEAD"
    AD_GROUP = "AD_GROUP"
    AD = "AD"
    AD_ACCOUNT_SUSPENSION = "AD_ACCOUNT_SUSPENSION"
    CREATIVE_FATIGUE = "CREATIVE_FATIGUE"
    TCM_VIDEOS = "TCM_VIDEOS"
    REPORT_DATA_CHANGE = "REPORT_DATA_CHANGE"
    API_SERVICE_STATUS = "API_SERVICE_STATUS"


class Subscription(VendorObject):
    subscription_id: VendorId
    subscribe_entity: Text = Field(default="", validation_alias=AliasChoices("subscribe_entity", "entity"))
    callback_url: Text = ""
    advertiser_id: OptionalId = None
    request_id: str | None = None


class Subscriptions(Family):
    async def subscribe(
        self, app: AppCredentials, entity: SubscribeEntity, callback_url: str, detail: Mapping[str, Any]
    ) -> Subscription:
        """Ask to be told, with this client's token. A second one would tell all twice: the call is not repeated."""
        body = {
            "app_id": app.app_id,
            "secret": app.secret,
            "subscribe_entity": entity.value,
            "callback_url": callback_url,
            "subscription_detail": {"access_token": self._sender.access_token, **detail},
        }
        call = post("subscription/subscribe/", CallClass.once, body, needs_token=False)
        return await self._ask(Subscription, call)

    async def list_subscriptions(
        self, app: AppCredentials, entity: SubscribeEntity, *, page: int = 1, page_size: int = 100
    ) -> Page[Subscription]:
        query = {
            "app_id": app.app_id,
            "secret": app.secret,
            "subscribe_entity": entity.value,
            "page": page,
            "page_size": page_size,
        }
        call = Call("GET", "subscription/get/", CallClass.read, query=query, needs_token=False)
        return await self._ask(Page[Subscription], call)

    async def unsubscribe(self, app: AppCredentials, subscription_id: str) -> VendorObject:
        body = {"app_id": app.app_id, "secret": app.secret, "subscription_id": subscription_id}
        call = post("subscription/unsubscribe/", CallClass.repeatable, body, needs_token=False)
        return await self._ask(VendorObject, call)
