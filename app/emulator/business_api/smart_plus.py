"""Upgraded Smart+: a family of its own, which the ordinary lists leave out. Read only; the control makes objects."""

from typing import Any

import msgspec

from app.emulator.business_api import adgroups, ads, campaigns, objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.objects import PrimaryStatus
from app.emulator.business_api.paging import cut_page, select
from app.emulator.business_api.standing import plant, stand_ad, stand_adgroup, stand_campaign
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp


class Filter(msgspec.Struct):
    campaign_ids: list[str] | None = None
    campaign_name: str | None = None
    adgroup_ids: list[str] | None = None
    adgroup_name: str | None = None
    smart_plus_ad_ids: list[str] | None = None
    primary_status: PrimaryStatus | None = None
    secondary_status: str | None = None
    objective_type: str | None = None
    optimization_goal: str | None = None
    promotion_type: str | None = None
    creation_filter_start_time: str | None = None
    creation_filter_end_time: str | None = None
    modified_after: str | None = None


class List(objects.ObjectList):
    filtering: Filter | None = None


@read("smart_plus/campaign/get/", 200)
def list_campaigns(call: Call) -> Any:
    asked, filtering, tree = _begin(call)
    found = [
        (one, secondary)
        for one in reversed(tree.campaigns.values())
        if one["campaign_automation_type"] == objects.SMART_PLUS
        for secondary in [stand_campaign(tree, one)]
        if campaigns.is_wanted(one, secondary, filtering)
    ]
    return _answer(asked, found)


@read("smart_plus/adgroup/get/", 210)
def list_adgroups(call: Call) -> Any:
    asked, filtering, tree = _begin(call)
    found = [
        (one, secondary)
        for one in reversed(tree.adgroups.values())
        if one["campaign_automation_type"] == objects.SMART_PLUS
        for secondary in [stand_adgroup(tree, one)]
        if adgroups.is_wanted(one, tree.campaigns[one["campaign_id"]], secondary, filtering)
    ]
    return _answer(asked, found)


@read("smart_plus/ad/get/", 220)
def list_ads(call: Call) -> Any:
    asked, filtering, tree = _begin(call)
    found = [
        ({"smart_plus_ad_id": one["ad_id"], **{key: value for key, value in one.items() if key != "ad_id"}}, secondary)
        for one in reversed(tree.ads.values())
        if one["campaign_automation_type"] == objects.SMART_PLUS
        and objects.is_among(one["ad_id"], filtering.smart_plus_ad_ids)
        for secondary in [stand_ad(tree, one)]
        if ads.is_wanted(one, tree.campaigns[one["campaign_id"]], secondary, filtering)
    ]
    return _answer(asked, found)


def _begin(call: Call) -> Any:
    asked = call.take(List)
    tree = plant(call.book, settle(call.book, need_advertiser(call, asked.advertiser_id)))
    return asked, asked.filtering or Filter(), tree


def _answer(asked: List, found: list[tuple[Doc, str]]) -> Doc:
    page, info = cut_page(found, asked.page, asked.page_size, most=100)
    shown = [objects.show(one, secondary, sandbox=False) for one, secondary in page]
    return {"list": select(shown, asked.fields), "page_info": info}


def make_tree(
    book: Book,
    advertiser: Doc,
    name: str,
    *,
    daily_budget: float,
    automation: str,
    since: float,
    buying_type: str = "AUCTION",
) -> dict[str, str]:
    """Make a campaign with one ad group and one ad that has passed its review, as the advertiser's own pages would."""
    owner = advertiser["advertiser_id"]
    ids = {what: book.new_id() for what in ("campaign_id", "adgroup_id", "ad_id")}
    common = {
        "advertiser_id": owner,
        "campaign_id": ids["campaign_id"],
        "campaign_name": name,
        "campaign_automation_type": automation,
        "operation_status": "ENABLE",
        "created": since,
        "modified": since,
        "create_time": stamp(since),
        "modify_time": stamp(since),
    }
    in_group = {"adgroup_id": ids["adgroup_id"], "adgroup_name": f"{name} / group"}
    campaign = common | _campaign(buying_type)
    adgroup = common | in_group | _adgroup(daily_budget, since)
    # In whose name an ad speaks, also below comments.
    ad = common | in_group | _ad(since) | {
        "ad_id": ids["ad_id"], "ad_name": f"{name} / ad", "identity_id": book.new_id()
    }  # fmt: skip
    book.store.put("campaign", ids["campaign_id"], campaign, owner=owner)
    book.store.put("adgroup", ids["adgroup_id"], adgroup, owner=owner, parent=ids["campaign_id"])
    book.store.put("ad", ids["ad_id"], ad, owner=owner, parent=ids["adgroup_id"])
    return ids


def _campaign(buying_type: str) -> Doc:
    return {
        "objective_type": "TRAFFIC" if buying_type == "AUCTION" else "RF_REACH", "buying_type": buying_type,
        "campaign_type": "REGULAR_CAMPAIGN", "campaign_system_origin": "TT_ADS_PLATFORM",
        "budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0, "budget_optimize_on": False, "special_industries": [],
    }  # fmt: skip


def _adgroup(daily_budget: float, since: float) -> Doc:
    return {
        "budget_mode": "BUDGET_MODE_DAY", "budget": daily_budget, "scheduled_budget": 0.0,
        "schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": stamp(since),
        "schedule_end_time": stamp(since + 3_650 * 86_400), "optimization_goal": "CLICK", "billing_event": "CPC",
        "promotion_type": "WEBSITE", "location_ids": ["1522867"],
    }  # fmt: skip


def _ad(since: float) -> Doc:
    return {
        "ad_format": "SINGLE_VIDEO", "ad_text": "Read on", "identity_type": "CUSTOMIZED_USER",
        "review": {"ends_at": since, "outcome": "pass", "reason": "", "told": True},
    }  # fmt: skip


operations = (list_campaigns, list_adgroups, list_ads)
