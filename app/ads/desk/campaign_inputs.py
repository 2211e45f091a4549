"""Campaigns as people send them."""

from collections.abc import Iterator
from typing import ClassVar

from app.ads.desk.inputs import DeskInput
from app.ads.values import Flag, Id, Money, Name, Words, choice, many
from app.messages import ads_values
from app.tiktok_business.campaigns import BudgetMode, Objective

LEAST_BUDGET = 50
_INDUSTRIES = many(choice("HOUSING", "EMPLOYMENT", "CREDIT"), 3)


class CampaignInput(DeskInput):
    """A new campaign. Without a budget only in the mode BUDGET_MODE_INFINITE; switched off unless it says ENABLE."""

    required: ClassVar[frozenset[str]] = frozenset({"campaign_name", "objective_type", "budget_mode"})

    campaign_name: Name | None = None
    objective_type: choice(*Objective) | None = None  # type: ignore[valid-type]
    budget_mode: choice(*BudgetMode) | None = None  # type: ignore[valid-type]
    budget: Money | None = None
    operation_status: choice("ENABLE", "DISABLE") = "DISABLE"  # type: ignore[valid-type]
    budget_optimize_on: Flag | None = None
    campaign_type: choice("REGULAR_CAMPAIGN", "IOS14_CAMPAIGN") | None = None  # type: ignore[valid-type]
    special_industries: _INDUSTRIES | None = None  # type: ignore[valid-type]
    po_number: Words | None = None
    is_search_campaign: Flag | None = None
    virtual_objective_type: choice("SALES") | None = None  # type: ignore[valid-type]
    sales_destination: Words | None = None
    campaign_product_source: Words | None = None
    app_promotion_type: Words | None = None
    app_id: Id | None = None
    is_advanced_dedicated_campaign: Flag | None = None
    disable_skan_campaign: Flag | None = None
    bid_align_type: Words | None = None
    rf_campaign_type: Words | None = None
    rta_id: Words | None = None
    rta_bid_enabled: Flag | None = None
    rta_product_selection_enabled: Flag | None = None
    catalog_enabled: Flag | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.budget_mode == BudgetMode.INFINITE and self.budget is not None:
            yield "budget", ads_values.NO_BUDGET_HERE
        if self.budget_mode not in {None, BudgetMode.INFINITE} and self.budget is None:
            yield "budget", ads_values.value_needed_by(self.budget_mode)


class CampaignChange(DeskInput):
    """What can be changed of a campaign. The mode of its budget cannot."""

    campaign_name: Name | None = None
    budget: Money | None = None
    special_industries: _INDUSTRIES | None = None  # type: ignore[valid-type]
    po_number: Words | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if not self.sent():
            yield "body", ads_values.value_one_at_least("campaign_name, budget, special_industries, po_number")
