"""Upgraded Smart+ objects, which the ordinary lists leave out. They are read here and changed nowhere."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AliasChoices, Field

from app.tiktok_business.calls import get
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalAmount, OptionalId, Page, Text, VendorObject

Level = Literal["campaign", "adgroup", "ad"]
LARGEST_PAGE = 100


class SmartPlusObject(VendorObject):
    """A campaign, ad group or ad of that family."""

    campaign_id: OptionalId = None
    adgroup_id: OptionalId = None
    ad_id: OptionalId = Field(default=None, validation_alias=AliasChoices("ad_id", "smart_plus_ad_id"))
    campaign_name: Text = ""
    adgroup_name: Text = ""
    ad_name: Text = ""
    objective_type: Text = ""
    budget_mode: Text = ""
    budget: OptionalAmount = None
    operation_status: Text = ""
    secondary_status: Text = ""


class SmartPlus(Family):
    async def list_objects(
        self,
        level: Level,
        advertiser_id: str,
        *,
        filtering: Mapping[str, Any] | None = None,
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[SmartPlusObject]:
        call = get(
            f"smart_plus/{level}/get/",
            advertiser_id=advertiser_id,
            filtering=filtering,
            page=page,
            page_size=page_size,
        )
        return await self._ask(Page[SmartPlusObject], call)
