"""Campaigns."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field

from app.tiktok_business.calls import CallClass, post
from app.tiktok_business.family import LARGEST_PAGE, Family
from app.tiktok_business.fields import (
    IdList,
    OptionalAmount,
    OptionalId,
    Page,
    Text,
    VendorId,
    VendorInput,
    VendorModel,
    VendorObject,
)

MOST_IN_STATUS = 20


class Objective(StrEnum):
    REACH = "REACH"
    TRAFFIC = "TRAFFIC"
    VIDEO_VIEWS = "VIDEO_VIEWS"
    ENGAGEMENT = "ENGAGEMENT"
    LEAD_GENERATION = "LEAD_GENERATION"
    APP_PROMOTION = "APP_PROMOTION"
    WEB_CONVERSIONS = "WEB_CONVERSIONS"
    PRODUCT_SALES = "PRODUCT_SALES"
    RF_REACH = "RF_REACH"
    BRAND_CONSIDERATION = "BRAND_CONSIDERATION"


class BudgetMode(StrEnum):
    INFINITE = "BUDGET_MODE_INFINITE"
    DAY = "BUDGET_MODE_DAY"
    TOTAL = "BUDGET_MODE_TOTAL"
    DYNAMIC_DAILY = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"


class OperationStatus(StrEnum):
    ENABLE = "ENABLE"
    DISABLE = "DISABLE"
    DELETE = "DELETE"


class Campaign(VendorObject):
    """A campaign as TikTok has it. `secondary_status` is missing in the sandbox."""

    advertiser_id: OptionalId = None
    campaign_id: VendorId
    campaign_name: Text = ""
    campaign_type: Text = ""
    campaign_automation_type: Text = ""
    objective_type: Text = ""
    budget_mode: Text = ""
    budget: OptionalAmount = None
    operation_status: Text = ""
    secondary_status: Text = ""
    create_time: Text = ""
    modify_time: Text = ""
    request_id: str | None = None


class CampaignCreate(VendorInput):
    """What `campaign/create/` takes [business-api.md 4.1]. With `request_id` the same call twice makes one campaign."""

    advertiser_id: str
    campaign_name: str
    objective_type: str
    budget_mode: str | None = None
    budget: Decimal | None = None
    budget_optimize_on: bool | None = None
    operation_status: str | None = None
    campaign_type: str | None = None
    special_industries: list[str] | None = None
    request_id: str | None = None
    po_number: str | None = None
    is_search_campaign: bool | None = None
    virtual_objective_type: str | None = None
    sales_destination: str | None = None
    campaign_product_source: str | None = None
    app_promotion_type: str | None = None
    app_id: str | None = None
    is_advanced_dedicated_campaign: bool | None = None
    disable_skan_campaign: bool | None = None
    bid_align_type: str | None = None
    rf_campaign_type: str | None = None
    rta_id: str | None = None
    rta_bid_enabled: bool | None = None
    rta_product_selection_enabled: bool | None = None
    catalog_enabled: bool | None = None


class CampaignUpdate(VendorInput):
    """What `campaign/update/` takes. The mode of the budget cannot be changed."""

    advertiser_id: str
    campaign_id: str
    campaign_name: str | None = None
    budget: Decimal | None = None
    special_industries: list[str] | None = None
    po_number: str | None = None


class Updated(VendorObject):
    campaign_id: OptionalId = None
    request_id: str | None = None


class Failed(VendorModel):
    """One object of many that could not be changed."""

    campaign_id: OptionalId = None
    adgroup_id: OptionalId = None
    ad_id: OptionalId = None
    error_message: Text = ""


class StatusChanged(VendorObject):
    """What a change of status did; `campaign_list` tells of each where TikTok gives it."""

    campaign_ids: IdList = Field(default_factory=list)
    adgroup_ids: IdList = Field(default_factory=list)
    ad_ids: IdList = Field(default_factory=list)
    status: Text = ""
    campaign_list: list[dict[str, Any]] | None = None
    error_list: list[Failed] | None = None
    request_id: str | None = None


class Campaigns(Family):
    async def create(self, new: CampaignCreate) -> Campaign:
        kind = CallClass.repeatable if new.request_id else CallClass.once
        return await self._ask(Campaign, post("campaign/create/", kind, new.body()))

    async def list_campaigns(
        self,
        advertiser_id: str,
        *,
        filtering: Mapping[str, Any] | None = None,
        fields: Sequence[str] = (),
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[Campaign]:
        """List campaigns, the newest first. Deleted ones are hidden but for `primary_status` STATUS_DELETE."""
        return await self._list(
            Page[Campaign],
            "campaign/get/",
            advertiser_id,
            filtering=filtering,
            fields=fields,
            page=page,
            page_size=page_size,
        )

    async def find_campaign(self, advertiser_id: str, campaign_id: str) -> Campaign | None:
        """Give one campaign, also a deleted one; None where this advertiser has none of that id."""
        for status in (None, "STATUS_DELETE"):
            filtering = {"campaign_ids": [campaign_id], "primary_status": status}
            given = {name: value for name, value in filtering.items() if value is not None}
            page = await self.list_campaigns(advertiser_id, filtering=given, page_size=10)
            if found := next((one for one in page.items if one.campaign_id == campaign_id), None):
                return found
        return None

    async def update(self, change: CampaignUpdate) -> Updated:
        return await self._ask(Updated, post("campaign/update/", CallClass.repeatable, change.body()))

    async def update_status(
        self, advertiser_id: str, campaign_ids: Sequence[str], status: OperationStatus
    ) -> StatusChanged:
        """Switch up to twenty campaigns."""
        body = {"advertiser_id": advertiser_id, "campaign_ids": [*campaign_ids], "operation_status": status.value}
        return await self._ask(StatusChanged, post("campaign/status/update/", CallClass.repeatable, body))
