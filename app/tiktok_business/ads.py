"""Ads."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from app.tiktok_business.calls import CallClass, post
from app.tiktok_business.campaigns import OperationStatus, StatusChanged
from app.tiktok_business.family import LARGEST_PAGE, Family
from app.tiktok_business.fields import IdList, OptionalId, Page, Text, VendorId, VendorInput, VendorObject


class Ad(VendorObject):
    """An ad as TikTok has it."""

    ad_id: VendorId
    advertiser_id: OptionalId = None
    campaign_id: OptionalId = None
    adgroup_id: OptionalId = None
    ad_name: Text = ""
    ad_text: Text = ""
    ad_format: Text = ""
    operation_status: Text = ""
    secondary_status: Text = ""
    create_time: Text = ""
    modify_time: Text = ""


class AdCreate(VendorInput):
    """What `ad/create/` takes: one to twenty creatives. TikTok has no key against doubles here."""

    advertiser_id: str
    adgroup_id: str
    creatives: list[dict[str, Any]]


class AdUpdate(VendorInput):
    """What `ad/update/` takes; without `patch_update` fields that are not given are emptied."""

    advertiser_id: str
    adgroup_id: str
    creatives: list[dict[str, Any]]
    patch_update: bool | None = None


class MadeAds(VendorObject):
    ad_ids: IdList = Field(default_factory=list)
    creatives: list[dict[str, Any]] = Field(default_factory=list)
    request_id: str | None = None


class Ads(Family):
    async def create(self, new: AdCreate) -> MadeAds:
        """Make ads; the call is not repeated."""
        return await self._ask(MadeAds, post("ad/create/", CallClass.once, new.body()))

    async def list_ads(
        self,
        advertiser_id: str,
        *,
        filtering: Mapping[str, Any] | None = None,
        fields: Sequence[str] = (),
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[Ad]:
        return await self._list(
            Page[Ad], "ad/get/", advertiser_id, filtering=filtering, fields=fields, page=page, page_size=page_size
        )

    async def update(self, change: AdUpdate) -> MadeAds:
        return await self._ask(MadeAds, post("ad/update/", CallClass.repeatable, change.body()))

    async def update_status(
        self, advertiser_id: str, ad_ids: Sequence[str], status: OperationStatus, *, are_aco: bool = False
    ) -> StatusChanged:
        """Switch up to twenty ads; those of automated creative optimisation have ids of their own kind."""
        name = "aco_ad_ids" if are_aco else "ad_ids"
        body = {"advertiser_id": advertiser_id, name: [*ad_ids], "operation_status": status.value}
        return await self._ask(StatusChanged, post("ad/status/update/", CallClass.repeatable, body))
