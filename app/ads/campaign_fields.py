"""What a new campaign may have besides its name, its objective and its switch: one definition for gateway and desk."""

from collections.abc import Iterator

from pydantic import BaseModel

from app.ads.values import Flag, Id, Money, Words, choice, many
from app.messages import ads_values
from app.messages.message import Message
from app.tiktok_business.campaigns import BudgetMode

INDUSTRIES = ("HOUSING", "EMPLOYMENT", "CREDIT")


class CampaignFields(BaseModel):
    """The fields that both spell alike but for the case of their letters."""

    budget: Money | None = None
    budget_optimize_on: Flag | None = None
    campaign_type: choice("REGULAR_CAMPAIGN", "IOS14_CAMPAIGN") | None = None  # type: ignore[valid-type]
    special_industries: many(choice(*INDUSTRIES), 3) | None = None  # type: ignore[valid-type]
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

    def faults_of_budget(self, mode: str | None) -> Iterator[tuple[str, Message]]:
        """Tell whether a budget is missing, or has no meaning. Without a mode that is already a fault of its own."""
        if mode == BudgetMode.INFINITE and self.budget is not None:
            yield "budget", ads_values.NO_BUDGET_HERE
        if mode not in {None, BudgetMode.INFINITE} and self.budget is None:
            yield "budget", ads_values.value_needed_by(str(mode))
