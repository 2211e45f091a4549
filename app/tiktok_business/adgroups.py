"""Ad groups."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ConfigDict

from app.tiktok_business.calls import CallClass, post
from app.tiktok_business.campaigns import OperationStatus, StatusChanged
from app.tiktok_business.family import LARGEST_PAGE, Family
from app.tiktok_business.fields import (
    OptionalAmount,
    OptionalId,
    Page,
    Text,
    VendorId,
    VendorInput,
    VendorModel,
    VendorObject,
)


class AdGroup(VendorObject):
    """An ad group as TikTok has it."""

    adgroup_id: VendorId
    advertiser_id: OptionalId = None
    campaign_id: OptionalId = None
    adgroup_name: Text = ""
    budget_mode: Text = ""
    budget: OptionalAmount = None
    scheduled_budget: OptionalAmount = None
    operation_status: Text = ""
    secondary_status: Text = ""
    optimization_goal: Text = ""
    schedule_start_time: Text = ""
    schedule_end_time: Text = ""
    create_time: Text = ""
    modify_time: Text = ""
    request_id: str | None = None


class AdGroupCreate(VendorInput):
    """What `adgroup/create/` takes: its essentials by name, and of its hundred targeting fields what is given.

    With `request_id` the same call twice makes one ad group.
    """

    model_config = ConfigDict(extra="allow")

    advertiser_id: str
    campaign_id: str
    adgroup_name: str
    budget_mode: str | None = None
    budget: Decimal | None = None
    operation_status: str | None = None
    request_id: str | None = None


class AdGroupUpdate(VendorInput):
    """What `adgroup/update/` takes. It has no `budget_mode`, and bids are `bid_price` and `conversion_bid_price`."""

    model_config = ConfigDict(extra="allow")

    advertiser_id: str
    adgroup_id: str
    adgroup_name: str | None = None
    budget: Decimal | None = None


class BudgetChange(VendorModel):
    adgroup_id: OptionalId = None
    error_message: Text = ""


class BudgetsChanged(VendorObject):
    error_list: list[BudgetChange] | None = None
    request_id: str | None = None


class AdGroups(Family):
    async def create(self, new: AdGroupCreate) -> AdGroup:
        kind = CallClass.repeatable if new.request_id else CallClass.once
        return await self._ask(AdGroup, post("adgroup/create/", kind, new.body()))

    async def list_adgroups(
        self,
        advertiser_id: str,
        *,
        filtering: Mapping[str, Any] | None = None,
        fields: Sequence[str] = (),
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[AdGroup]:
        return await self._list(
            Page[AdGroup],
            "adgroup/get/",
            advertiser_id,
            filtering=filtering,
            fields=fields,
            page=page,
            page_size=page_size,
        )

    async def update(self, change: AdGroupUpdate) -> AdGroup:
        return await self._ask(AdGroup, post("adgroup/update/", CallClass.repeatable, change.body()))

    async def update_status(
        self,
        advertiser_id: str,
        adgroup_ids: Sequence[str],
        status: OperationStatus,
        *,
        allow_partial_success: bool = False,
    ) -> StatusChanged:
        """Switch up to twenty ad groups."""
        body: dict[str, Any] = {
            "advertiser_id": advertiser_id,
            "adgroup_ids": [*adgroup_ids],
            "operation_status": status.value,
        }
        if allow_partial_success:
            body["allow_partial_success"] = True
        return await self._ask(StatusChanged, post("adgroup/status/update/", CallClass.repeatable, body))

    async def update_budgets(
        self,
        advertiser_id: str,
        *,
        now: Mapping[str, Decimal] | None = None,
        tomorrow: Mapping[str, Decimal] | None = None,
    ) -> BudgetsChanged:
        """Change budgets of up to twenty ad groups: of lifetime ones at once, of daily ones from the next day on.

        Closed from 23:55 to 00:00 of the account's time.
        """
        body: dict[str, Any] = {"advertiser_id": advertiser_id}
        if now:
            body["budget"] = [{"adgroup_id": key, "budget": amount} for key, amount in now.items()]
        if tomorrow:
            body["scheduled_budget"] = [
                {"adgroup_id": key, "scheduled_budget": amount} for key, amount in tomorrow.items()
            ]
        return await self._ask(BudgetsChanged, post("adgroup/budget/update/", CallClass.repeatable, body))
