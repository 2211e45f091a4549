"""Ad groups."""

from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.adgroup_fields import KEPT
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.money import read_money
from app.emulator.business_api.objects import BudgetMode, PrimaryStatus
from app.emulator.business_api.once import use_request_id
from app.emulator.business_api.paging import cut_page, select
from app.emulator.business_api.standing import plant, stand_adgroup
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_stamp, stamp

LEAST_BUDGET = 20
_DAY = 86_400
_MOST_ADGROUPS = 5_000
Goal = Literal[
    "CLICK", "TRAFFIC_LANDING_PAGE_VIEW", "DESTINATION_VISIT", "REACH", "SHOW", "VIDEO_VIEW", "ENGAGED_VIEW",
    "ENGAGED_VIEW_FIFTEEN", "CONVERT", "FOLLOWERS", "PROFILE_VIEWS", "PAGE_VISITS", "PAGE_VISIT", "LEAD_GENERATION",
    "IN_APP_EVENT", "INSTALL", "VALUE", "AUTOMATIC_VALUE_OPTIMIZATION", "CONVERSATION", "MT_LIVE_ROOM",
    "PRODUCT_CLICK_IN_LIVE", "GMV", "PREFERRED_LEAD",
]  # fmt: skip
DeepBid = Literal["DEFAULT", "MIN", "PACING", "VO_MIN_ROAS", "VO_HIGHEST_VALUE", "AEO"]
Number = float | str


class Create(msgspec.Struct):
    advertiser_id: str
    campaign_id: str
    adgroup_name: str
    location_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3_000)]
    schedule_type: Literal["SCHEDULE_FROM_NOW", "SCHEDULE_START_END"]
    optimization_goal: Goal
    billing_event: Literal["CPC", "CPM", "CPV", "OCPM", "OCPC", "GD"]
    budget_mode: BudgetMode | None = None
    budget: Number | None = None
    schedule_start_time: str | None = None
    schedule_end_time: str | None = None
    placement_type: Literal["PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL"] = "PLACEMENT_TYPE_AUTOMATIC"
    placements: list[str] | None = None
    promotion_type: str | None = None
    bid_type: Literal["BID_TYPE_NO_BID", "BID_TYPE_CUSTOM", "BID_TYPE_MAX_CONVERSION"] = "BID_TYPE_NO_BID"
    bid_price: Number | None = None
    conversion_bid_price: Number | None = None
    deep_bid_type: DeepBid | None = None
    pacing: Literal["PACING_MODE_SMOOTH", "PACING_MODE_FAST"] = "PACING_MODE_SMOOTH"
    operation_status: Literal["ENABLE", "DISABLE"] = "ENABLE"
    request_id: str | None = None


class Filter(msgspec.Struct):
    campaign_ids: list[str] | None = None
    adgroup_ids: list[str] | None = None
    adgroup_name: str | None = None
    primary_status: PrimaryStatus | None = None
    secondary_status: str | None = None
    objective_type: str | None = None
    optimization_goal: str | None = None
    promotion_type: str | None = None
    billing_events: list[str] | None = None
    bid_strategy: str | None = None
    buying_types: list[str] | None = None
    creation_filter_start_time: str | None = None
    creation_filter_end_time: str | None = None
    campaign_system_origins: list[str] | None = None
    creative_material_mode: str | None = None
    split_test_enabled: bool | None = None


class List(objects.ObjectList):
    filtering: Filter | None = None


class Quota(msgspec.Struct):
    advertiser_id: str


@write("adgroup/create/", 211, sandbox=True)
def create_adgroup(call: Call) -> Any:
    asked, kept = call.take_with(Create, KEPT)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    campaign = objects.need_object(call, "CAMPAIGN", asked.campaign_id, asked.advertiser_id)
    objects.refuse_smart_plus(campaign)
    objects.check_name("adgroup_name", asked.adgroup_name)
    if asked.placement_type == "PLACEMENT_TYPE_NORMAL" and not asked.placements:
        raise refuse("placements", "it is required with PLACEMENT_TYPE_NORMAL")
    _check_bid(asked)
    starts, ends = read_schedule(call, asked.schedule_type, asked.schedule_start_time, asked.schedule_end_time)
    mode = asked.budget_mode or ("BUDGET_MODE_INFINITE" if campaign["budget_optimize_on"] else None)
    budget = read_budget(mode, asked.budget, advertiser, (starts, ends))
    use_request_id(call, f"adgroup:{asked.advertiser_id}", asked.request_id)
    adgroup = kept | {
        name: value
        for name in ("placement_type", "placements", "promotion_type", "bid_type", "deep_bid_type", "pacing")
        if (value := getattr(asked, name)) is not None
    }
    adgroup |= {
        "advertiser_id": asked.advertiser_id,
        "campaign_id": asked.campaign_id,
        "campaign_name": campaign["campaign_name"],
        "campaign_automation_type": campaign["campaign_automation_type"],
        "adgroup_id": call.book.new_id(),
        "adgroup_name": asked.adgroup_name,
        "location_ids": asked.location_ids,
        "budget_mode": mode,
        "budget": budget,
        "scheduled_budget": 0.0,
        "schedule_type": asked.schedule_type,
        "schedule_start_time": stamp(starts),
        "schedule_end_time": stamp(ends) if ends is not None else stamp(starts + 10 * 365 * _DAY),
        "optimization_goal": asked.optimization_goal,
        "billing_event": asked.billing_event,
        "bid_price": show_price("bid_price", asked.bid_price),
        "conversion_bid_price": show_price("conversion_bid_price", asked.conversion_bid_price),
        "operation_status": asked.operation_status,
    }
    objects.save_new(call, "ADGROUP", adgroup, asked.campaign_id)
    return objects.show(adgroup, "ADGROUP_STATUS_CREATE", sandbox=call.sandbox)


def _check_bid(asked: Create) -> None:
    if asked.bid_type == "BID_TYPE_CUSTOM" and asked.bid_price is None and asked.conversion_bid_price is None:
        raise refuse("bid_price", "BID_TYPE_CUSTOM needs bid_price or conversion_bid_price")


def show_price(field: str, price: Number | None) -> float:
    return 0.0 if price is None else read_money(field, price, zero=True) / 100


def read_schedule(call: Call, kind: str, start: str | None, end: str | None) -> tuple[float, float | None]:
    starts = read_stamp("schedule_start_time", start) if start else call.now
    if kind == "SCHEDULE_FROM_NOW":
        return starts, None
    if not start or not end:
        raise refuse("schedule_end_time", "SCHEDULE_START_END needs a start and an end")
    ends = read_stamp("schedule_end_time", end)
    if ends <= max(starts, call.now):
        raise refuse("schedule_end_time", "it is not after the start, or past")
    return starts, ends


def read_budget(
    mode: str | None, budget: Any, advertiser: Doc, span: tuple[float, float | None], *, current: bool = False
) -> float:
    if mode is None:
        raise refuse("budget_mode", "it is required where the campaign does not optimise the budget")
    if mode == "BUDGET_MODE_INFINITE":
        if current:
            raise refuse("budget", "an ad group without a limit has no budget")
        return 0.0
    if budget is None:
        raise refuse("budget", f"it is required with {mode}")
    least = LEAST_BUDGET
    if mode == "BUDGET_MODE_TOTAL":
        if span[1] is None:
            raise refuse("budget_mode", "BUDGET_MODE_TOTAL needs SCHEDULE_START_END")
        least *= max(-int(-(span[1] - span[0]) // _DAY), 1)
    return objects.read_budget("budget", budget, least=least, currency=advertiser["currency"])


@read("adgroup/get/", 210, sandbox=True)
def list_adgroups(call: Call) -> Any:
    asked = call.take(List)
    filtering = asked.filtering or Filter()
    for name in ("campaign_ids", "adgroup_ids"):
        objects.check_named(name, getattr(filtering, name))
    tree = plant(call.book, settle(call.book, need_advertiser(call, asked.advertiser_id)))
    found = [
        (one, secondary)
        for one in reversed(tree.adgroups.values())
        if one["campaign_automation_type"] != objects.SMART_PLUS
        for secondary in [stand_adgroup(tree, one)]
        if is_wanted(one, tree.campaigns[one["campaign_id"]], secondary, filtering)
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=1_000)
    shown = [objects.show(one, secondary, sandbox=call.sandbox) for one, secondary in page]
    return {"list": select(shown, asked.fields), "page_info": info}


def is_wanted(adgroup: Doc, campaign: Doc, secondary: str, filtering: Any) -> bool:
    return (
        objects.is_primary(adgroup, secondary, filtering.primary_status)
        and objects.is_among(adgroup["campaign_id"], filtering.campaign_ids)
        and objects.is_among(adgroup["adgroup_id"], filtering.adgroup_ids)
        and objects.is_named(adgroup, "adgroup_name", filtering.adgroup_name)
        and filtering.secondary_status in {None, secondary}
        and filtering.objective_type in {None, campaign["objective_type"]}
        and filtering.optimization_goal in {None, adgroup["optimization_goal"]}
        and filtering.promotion_type in {None, adgroup.get("promotion_type")}
        and objects.is_among(adgroup["billing_event"], getattr(filtering, "billing_events", None))
        and objects.is_among(campaign["buying_type"], getattr(filtering, "buying_types", None))
        and objects.is_in_span(adgroup, filtering.creation_filter_start_time, filtering.creation_filter_end_time)
    )


@read("adgroup/quota/", 210)
def show_quota(call: Call) -> Any:
    asked = call.take(Quota)
    need_advertiser(call, asked.advertiser_id)
    used = len(call.book.store.find("adgroup", owner=asked.advertiser_id))
    return {"advertiser_id": asked.advertiser_id, "quota": _MOST_ADGROUPS, "used_quota": used}


operations = (create_adgroup, list_adgroups, show_quota)
