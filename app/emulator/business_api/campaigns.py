"""Campaigns."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.delivery import settle, today
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.objects import BudgetMode, OperationStatus, PrimaryStatus
from app.emulator.business_api.once import use_request_id
from app.emulator.business_api.paging import cut_page, select
from app.emulator.business_api.standing import plant, stand_campaign
from app.emulator.business_api.store import Doc

LEAST_BUDGET = 50
Objective = Literal[
    "REACH", "TRAFFIC", "VIDEO_VIEWS", "ENGAGEMENT", "LEAD_GENERATION", "APP_PROMOTION", "WEB_CONVERSIONS",
    "PRODUCT_SALES", "RF_REACH", "BRAND_CONSIDERATION",
]  # fmt: skip
_TAKEN_OVER = frozenset({"PRODUCT_SALES", "WEB_CONVERSIONS", "APP_PROMOTION", "LEAD_GENERATION"})
# Documented, without an effect here: kept as they came.
KEPT = frozenset((
    "app_id", "app_promotion_type", "bid_type", "budget_auto_adjust_strategy", "campaign_app_profile_page_state",
    "campaign_product_source", "catalog_enabled", "catalog_type", "deep_bid_type", "disable_skan_campaign",
    "internal_channel", "is_advanced_dedicated_campaign", "is_search_campaign", "optimization_goal", "plugin_partner",
    "po_number", "postback_window_mode", "rf_campaign_type", "roas_bid", "rta_bid_enabled", "rta_id",
    "rta_product_selection_enabled", "sales_destination", "virtual_objective_type",
))  # fmt: skip


class Create(msgspec.Struct):
    advertiser_id: str
    campaign_name: str
    objective_type: Objective
    budget_mode: BudgetMode
    budget: float | str | None = None
    budget_optimize_on: bool = False
    operation_status: Literal["ENABLE", "DISABLE"] = "ENABLE"
    campaign_type: Literal["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"] = "REGULAR_CAMPAIGN"
    special_industries: list[Literal["HOUSING", "EMPLOYMENT", "CREDIT"]] | None = None
    request_id: str | None = None


class Filter(msgspec.Struct):
    campaign_ids: list[str] | None = None
    campaign_name: str | None = None
    campaign_system_origins: list[Literal["PROMOTE", "TT_ADS_PLATFORM"]] | None = None
    campaign_automation_type: Literal["MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS"] | None = None
    primary_status: PrimaryStatus | None = None
    secondary_status: str | None = None
    objective_type: Objective | None = None
    sales_destination: str | None = None
    buying_types: list[Literal["AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"]] | None = None
    split_test_enabled: bool | None = None
    optimization_goal: str | None = None
    campaign_type: str | None = None
    creation_filter_start_time: str | None = None
    creation_filter_end_time: str | None = None
    campaign_product_source: str | None = None
    is_smart_performance_campaign: bool | None = None
    creative_campaign_type: list[str] | None = None


class List(objects.ObjectList):
    filtering: Filter | None = None


class Update(msgspec.Struct):
    advertiser_id: str
    campaign_id: str
    campaign_name: str | None = None
    budget: float | str | None = None
    special_industries: list[Literal["HOUSING", "EMPLOYMENT", "CREDIT"]] | None = None
    po_number: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class Switch(msgspec.Struct):
    advertiser_id: str
    campaign_ids: list[str]
    operation_status: OperationStatus
    postback_window_mode: str | None = None


@write("campaign/create/", 201, sandbox=True)
def create_campaign(call: Call) -> Any:
    asked, kept = call.take_with(Create, KEPT)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    check_date(call, asked.objective_type)
    objects.check_name("campaign_name", asked.campaign_name)
    budget = read_budget(asked.budget_mode, asked.budget, advertiser["currency"])
    use_request_id(call, f"campaign:{asked.advertiser_id}", asked.request_id)
    campaign = {
        **kept,
        "advertiser_id": asked.advertiser_id,
        "campaign_id": call.book.new_id(),
        "campaign_name": asked.campaign_name,
        "campaign_type": asked.campaign_type,
        "campaign_automation_type": "MANUAL",
        "campaign_system_origin": "TT_ADS_PLATFORM",
        "objective_type": asked.objective_type,
        "buying_type": "RESERVATION_RF" if asked.objective_type == "RF_REACH" else "AUCTION",
        "budget_mode": asked.budget_mode,
        "budget": budget,
        "budget_optimize_on": asked.budget_optimize_on,
        "operation_status": asked.operation_status,
        "special_industries": asked.special_industries or [],
        "is_new_structure": True,
        "is_smart_performance_campaign": False,
    }
    objects.save_new(call, "CAMPAIGN", campaign)
    return objects.show(campaign, f"CAMPAIGN_STATUS_{asked.operation_status}", sandbox=call.sandbox)


def check_date(call: Call, objective: str) -> None:
    """Refuse what only Upgraded Smart+ can make from a day on, where that is switched on. Raises BusinessError."""
    settings = call.book.settings
    if settings.manual_creation_ends is None:
        return
    ended = datetime.fromtimestamp(call.now, UTC).date().isoformat() >= settings.manual_creation_ends
    if ended and (settings.manual_creation_ends_for == "all" or objective in _TAKEN_OVER):
        raise BusinessError(
            40002, f"objective_type: manual campaigns for {objective} can no longer be created, use Upgraded Smart+."
        )


def read_budget(mode: str, budget: Any, currency: str) -> float:
    if mode == "BUDGET_MODE_INFINITE":
        return 0.0
    if budget is None:
        raise refuse("budget", f"it is required with {mode}")
    return objects.read_budget("budget", budget, least=LEAST_BUDGET, currency=currency)


@read("campaign/get/", 200, sandbox=True)
def list_campaigns(call: Call) -> Any:
    asked = call.take(List)
    filtering = asked.filtering or Filter()
    objects.check_named("campaign_ids", filtering.campaign_ids)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    tree = plant(call.book, advertiser, campaigns_only=True)
    found = [
        (one, secondary)
        for one in reversed(tree.campaigns.values())
        for secondary in [stand_campaign(tree, one)]
        if one["campaign_automation_type"] != objects.SMART_PLUS and is_wanted(one, secondary, filtering)
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=1_000)
    shown = [objects.show(one, secondary, sandbox=call.sandbox) for one, secondary in page]
    return {"list": select(shown, asked.fields), "page_info": info}


def is_wanted(campaign: Doc, secondary: str, filtering: Any) -> bool:
    among = objects.is_among
    return (
        objects.is_primary(campaign, secondary, filtering.primary_status)
        and among(campaign["campaign_id"], filtering.campaign_ids)
        and objects.is_named(campaign, "campaign_name", filtering.campaign_name)
        and filtering.secondary_status in {None, secondary}
        and filtering.objective_type in {None, campaign["objective_type"]}
        and objects.is_in_span(campaign, filtering.creation_filter_start_time, filtering.creation_filter_end_time)
        and (not isinstance(filtering, Filter) or _is_wanted_further(campaign, filtering))
    )


def _is_wanted_further(campaign: Doc, filtering: Filter) -> bool:
    among = objects.is_among
    return (
        filtering.campaign_automation_type in {None, campaign["campaign_automation_type"]}
        and among(campaign["campaign_system_origin"], filtering.campaign_system_origins)
        and among(campaign["buying_type"], filtering.buying_types)
        and filtering.campaign_type in {None, campaign["campaign_type"]}
        and filtering.optimization_goal in {None, campaign.get("optimization_goal")}
        and filtering.sales_destination in {None, campaign.get("sales_destination")}
        and filtering.split_test_enabled is not True
        and filtering.is_smart_performance_campaign is not True
    )


@write("campaign/update/", 201, sandbox=True)
def update_campaign(call: Call) -> Any:
    asked = call.take(Update)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    campaign = objects.need_object(call, "CAMPAIGN", asked.campaign_id, asked.advertiser_id)
    objects.refuse_smart_plus(campaign)
    return change_campaign(call, advertiser, campaign, asked)


def change_campaign(call: Call, advertiser: Doc, campaign: Doc, asked: Any) -> Doc:
    changes: Doc = {}
    if asked.campaign_name is not None:
        objects.check_name("campaign_name", asked.campaign_name)
        changes["campaign_name"] = asked.campaign_name
    if asked.budget is not None:
        changes["budget"] = _read_new_budget(call, advertiser, campaign, asked.budget)
    for name in ("special_industries", "po_number"):
        if getattr(asked, name, None) is not None:
            changes[name] = getattr(asked, name)
    if not changes:
        raise BusinessError(40012, "There is nothing to update.")
    changed = objects.save_changed(call, "CAMPAIGN", campaign, changes)
    secondary = stand_campaign(plant(call.book, advertiser, campaigns_only=True), changed)
    return objects.show(changed, secondary, sandbox=call.sandbox)


def _read_new_budget(call: Call, advertiser: Doc, campaign: Doc, budget: Any) -> float:
    if campaign["budget_mode"] == "BUDGET_MODE_INFINITE":
        raise refuse("budget", "a campaign without a limit has no budget")
    new = objects.read_budget("budget", budget, least=LEAST_BUDGET, currency=advertiser["currency"])
    day = None if campaign["budget_mode"] == "BUDGET_MODE_TOTAL" else today(call.book, advertiser)
    spent = objects.spent(call.book, "campaign_id", campaign["campaign_id"], day)
    if new * 100 < spent * 1.05:
        raise refuse("budget", "it is at least 105% of what is spent already")
    return new


@write("campaign/status/update/", 201, sandbox=True)
def switch_campaigns(call: Call) -> Any:
    asked = call.take(Switch)
    settle(call.book, need_advertiser(call, asked.advertiser_id))
    objects.check_many("campaign_ids", asked.campaign_ids)
    for one in asked.campaign_ids:
        objects.refuse_smart_plus(objects.need_object(call, "CAMPAIGN", one, asked.advertiser_id))
    objects.switch(call, "CAMPAIGN", asked.advertiser_id, asked.campaign_ids, asked.operation_status)
    return {
        "campaign_ids": asked.campaign_ids,
        "status": asked.operation_status,
        "campaign_list": [{"campaign_id": one, "status": asked.operation_status} for one in asked.campaign_ids],
    }


operations = (create_campaign, list_campaigns, update_campaign, switch_campaigns)
