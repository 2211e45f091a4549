"""Campaigns as people send them."""

from collections.abc import Iterator
from typing import ClassVar

from app.ads.campaign_fields import INDUSTRIES, CampaignFields
from app.ads.desk.inputs import DeskInput
from app.ads.values import Money, Name, Words, choice, many
from app.messages import ads_values
from app.tiktok_business.campaigns import BudgetMode, Objective

LEAST_BUDGET = 50


class CampaignInput(CampaignFields, DeskInput):
    """A new campaign. Without a budget only in the mode BUDGET_MODE_INFINITE; switched off unless it says ENABLE."""

    required: ClassVar[frozenset[str]] = frozenset({"campaign_name", "objective_type", "budget_mode"})

    campaign_name: Name | None = None
    objective_type: choice(*Objective) | None = None  # type: ignore[valid-type]
    budget_mode: choice(*BudgetMode) | None = None  # type: ignore[valid-type]
    operation_status: choice("ENABLE", "DISABLE") = "DISABLE"  # type: ignore[valid-type]

    def faults(self) -> Iterator[tuple[str, str]]:
        yield from self.faults_of_budget(self.budget_mode)


class CampaignChange(DeskInput):
    """What can be changed of a campaign. The mode of its budget cannot."""

    campaign_name: Name | None = None
    budget: Money | None = None
    special_industries: many(choice(*INDUSTRIES), 3) | None = None  # type: ignore[valid-type]
    po_number: Words | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if not self.sent():
            yield "body", ads_values.value_one_at_least("campaign_name, budget, special_industries, po_number")
