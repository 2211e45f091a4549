"""Campaigns, ad groups and ads: made, listed, changed, switched, reviewed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.emulator.business_api.support import ADVERTISER, Business


async def test_a_campaign_is_made_whole_and_found_by_every_filter(business: Business):
    made = await business.make_campaign(po_number="7", rta_bid_enabled=False, no_such_field=1)
    assert (made["budget"], made["operation_status"], made["secondary_status"]) == (
        60,
        "ENABLE",
        "CAMPAIGN_STATUS_ENABLE",
    )
    assert int(made["campaign_id"]) > 2**53
    assert int(float(made["campaign_id"])) != int(made["campaign_id"])
    assert (await business.look("log?endpoint=campaign/create/"))["items"][-1]["ignored"] == ["no_such_field"]
    await business.make_campaign(campaign_name="Autumn", objective_type="REACH")
    for filtering in (
        {"campaign_ids": [made["campaign_id"]]},
        {"campaign_ids": [int(made["campaign_id"])]},
        {"campaign_name": "spRING"},
        {"objective_type": "TRAFFIC"},
        {"creation_filter_end_time": "2999-01-01 00:00:00", "objective_type": "TRAFFIC"},
        {"primary_status": "STATUS_DELIVERY_OK", "campaign_name": "Spring"},
    ):
        assert (await business.one("campaign/get/", **filtering))["campaign_id"] == made["campaign_id"]
    listed = await business.get("campaign/get/", advertiser_id=ADVERTISER, page_size=1, fields=["campaign_name"])
    assert listed["list"] == [{"campaign_name": "Autumn"}]
    assert listed["page_info"] == {"page": 1, "page_size": 1, "total_number": 2, "total_page": 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective_type": "CONVERSIONS"},
        {"budget_mode": "BUDGET_MODE_WEEK"},
        {"budget": 49.99},
        {"budget": 60.001},
        {"budget": None},
        {"budget": -60},
        {"budget": 1e308},
        {"campaign_name": "Spring 🌷"},
        {"campaign_name": " "},
        {"campaign_name": "x" * 513},
        {"campaign_name": 1.5},
        {"operation_status": "DELETE"},
        {"operation_status": "PAUSED"},
        {"special_industries": ["NEWS"]},
        {"request_id": "first"},
        {"advertiser_id": None},
    ],
)
async def test_a_campaign_that_breaks_a_rule_is_not_made(business: Business, wrong: dict[str, Any]):
    body = {
        "advertiser_id": ADVERTISER, "campaign_name": "Spring", "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_DAY", "budget": 60, **wrong,
    }  # fmt: skip
    assert (await business.refused("POST", "campaign/create/", **body))[0] == 40002
    assert (await business.get("campaign/get/", advertiser_id=ADVERTISER))["list"] == []


async def test_a_request_id_makes_one_campaign(business: Business):
    await business.make_campaign(request_id="9223372036854775807")
    body = {
        "advertiser_id": ADVERTISER, "campaign_name": "Other", "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_INFINITE", "request_id": "9223372036854775807",
    }  # fmt: skip
    assert (await business.refused("POST", "campaign/create/", **body))[0] == 40050
    assert (await business.one("campaign/get/"))["campaign_name"] == "Spring"


async def test_statuses_change_together_and_deletion_goes_down(business: Business):
    campaign, _, ad = await business.make_all()
    await business.control("clock", {"advance_seconds": 60})
    assert (await business.one("ad/get/"))["secondary_status"] == "AD_STATUS_DELIVERY_OK"
    assert (await business.one("adgroup/get/"))["secondary_status"] == "ADGROUP_STATUS_DELIVERY_OK"
    switch = {"advertiser_id": ADVERTISER, "campaign_ids": [campaign], "operation_status": "DISABLE"}
    assert (await business.post("campaign/status/update/", **switch))["status"] == "DISABLE"
    assert (await business.one("campaign/get/"))["secondary_status"] == "CAMPAIGN_STATUS_DISABLE"
    assert (await business.one("adgroup/get/"))["secondary_status"] == "ADGROUP_STATUS_CAMPAIGN_DISABLE"
    assert (await business.one("ad/get/"))["secondary_status"] == "AD_STATUS_CAMPAIGN_DISABLE"
    too_many = {**switch, "campaign_ids": [str(number) for number in range(21)]}
    assert (await business.refused("POST", "campaign/status/update/", **too_many))[0] == 40011
    with_a_stranger = {**switch, "campaign_ids": [campaign, "7"], "operation_status": "ENABLE"}
    assert (await business.refused("POST", "campaign/status/update/", **with_a_stranger))[0] == 40007
    assert (await business.one("campaign/get/"))["operation_status"] == "DISABLE"
    await business.post("campaign/status/update/", **{**switch, "operation_status": "DELETE"})
    for endpoint in ("campaign/get/", "adgroup/get/", "ad/get/"):
        assert (await business.get(endpoint, advertiser_id=ADVERTISER))["list"] == []
    deleted = await business.one("ad/get/", primary_status="STATUS_DELETE")
    assert (deleted["ad_id"], deleted["secondary_status"]) == (ad, "AD_STATUS_CAMPAIGN_DELETE")
    assert (await business.refused("POST", "campaign/status/update/", **switch))[0] == 40002


async def test_ad_groups_may_be_switched_in_part(business: Business):
    _, group, _ = await business.make_all()
    switch = {"advertiser_id": ADVERTISER, "adgroup_ids": [group, "7"], "operation_status": "DISABLE"}
    assert (await business.refused("POST", "adgroup/status/update/", **switch))[0] == 40007
    answer = await business.send("POST", "adgroup/status/update/", json={**switch, "allow_partial_success": True})
    assert answer.json()["code"] == 20001
    assert answer.json()["data"]["adgroup_ids"] == [group]
    assert [one["adgroup_id"] for one in answer.json()["data"]["error_list"]] == ["7"]


async def test_reviews_pass_or_fail_as_ordered_and_a_new_text_is_reviewed_again(business: Business):
    await business.control("reviews", {"outcome": "fail", "seconds": 5, "reason": "too loud"})
    _, group, ad = await business.make_all()
    assert (await business.one("ad/get/"))["secondary_status"] == "AD_STATUS_AUDIT"
    await business.control("clock", {"advance_seconds": 5})
    assert (await business.one("ad/get/"))["secondary_status"] == "AD_STATUS_AUDIT_DENY"
    assert (await business.one("adgroup/get/"))["secondary_status"] == "ADGROUP_STATUS_AUDIT_DENY"
    change = {
        "advertiser_id": ADVERTISER, "adgroup_id": group, "patch_update": True,
        "creatives": [{"ad_id": ad, "ad_text": "Softer"}],
    }  # fmt: skip
    assert (await business.post("ad/update/", **change))["creatives"][0]["secondary_status"] == "AD_STATUS_AUDIT"
    await business.control(f"ads/{ad}/review", {"outcome": "pass"})
    assert (await business.one("ad/get/"))["secondary_status"] == "AD_STATUS_DELIVERY_OK"


async def test_a_budget_stays_above_what_is_spent_and_has_a_mode_for_life(business: Business):
    campaign, group, _ = await business.make_all()
    await business.control("clock", {"advance_hours": 24 * 3 + 23})
    row = await business.get(
        "advertiser/transaction/get/",
        bc_id="7100000000000000001",
        filtering={"transfer_type": "TRANS_TYPE_COST"},
    )
    assert all(0 < one["amount"] <= 30 for one in row["transaction_list"])
    assert len(row["transaction_list"]) >= 3
    changed = await business.post(
        "campaign/update/", advertiser_id=ADVERTISER, campaign_id=campaign, budget=70, budget_mode="x"
    )
    assert (changed["budget"], changed["budget_mode"]) == (70, "BUDGET_MODE_DAY")
    nothing = {"advertiser_id": ADVERTISER, "campaign_id": campaign}
    assert (await business.refused("POST", "campaign/update/", **nothing))[0] == 40012
    wrong_kind = {"advertiser_id": ADVERTISER, "budget": [{"adgroup_id": group, "budget": 40}]}
    assert (await business.refused("POST", "adgroup/budget/update/", **wrong_kind))[0] == 40002


async def test_a_scheduled_budget_holds_from_the_next_day_on_and_not_near_midnight(business: Business):
    _, group, _ = await business.make_all()
    clock = (await business.look("clock"))["now"]
    hours, minutes = int(clock[11:13]), int(clock[14:16])
    # Almaty is five hours ahead: from there to noon of its next day.
    await business.control("clock", {"advance_seconds": ((31 - hours) % 24) * 3_600 - minutes * 60 + 86_400})
    body = {"advertiser_id": ADVERTISER, "scheduled_budget": [{"adgroup_id": group, "scheduled_budget": 45}]}
    await business.post("adgroup/budget/update/", **body)
    assert (await business.one("adgroup/get/"))["budget"] == 30
    await business.control("clock", {"advance_seconds": 11 * 3_600 + 56 * 60})
    assert (await business.refused("POST", "adgroup/budget/update/", **body))[0] == 40002
    await business.control("clock", {"advance_hours": 1})
    assert (await business.one("adgroup/get/"))["budget"] == 45


async def test_manual_creation_ends_on_the_day_that_is_set(business: Business):
    await business.control("settings", {"manual_creation_ends": "2020-01-01"})
    await business.make_campaign(objective_type="TRAFFIC")
    body = {
        "advertiser_id": ADVERTISER, "campaign_name": "x", "objective_type": "WEB_CONVERSIONS",
        "budget_mode": "BUDGET_MODE_INFINITE",
    }  # fmt: skip
    assert (await business.refused("POST", "campaign/create/", **body))[0] == 40002
    await business.control("settings", {"manual_creation_ends": "9000-01-01"})
    await business.make_campaign(objective_type="WEB_CONVERSIONS")
    await business.control("settings", {"manual_creation_ends": "2020-01-01", "manual_creation_ends_for": "all"})
    assert (await business.refused("POST", "campaign/create/", **{**body, "objective_type": "TRAFFIC"}))[0] == 40002


async def test_smart_plus_stands_in_lists_of_its_own_and_is_not_changed_by_the_ordinary_calls(business: Business):
    made = (await business.control("history", {"campaigns": 1, "days": 2, "smart_plus": True}))["items"][0]
    for endpoint in ("campaign", "adgroup", "ad"):
        assert (await business.get(f"{endpoint}/get/", advertiser_id=ADVERTISER))["list"] == []
        assert len((await business.get(f"smart_plus/{endpoint}/get/", advertiser_id=ADVERTISER))["list"]) == 1
    switch = {"advertiser_id": ADVERTISER, "campaign_ids": [made["campaign_id"]], "operation_status": "DISABLE"}
    assert (await business.refused("POST", "campaign/status/update/", **switch))[0] == 40002


async def test_an_ad_group_and_an_ad_that_break_a_rule_are_not_made(business: Business):
    campaign = await business.make_campaign()
    group = {
        "advertiser_id": ADVERTISER, "campaign_id": campaign["campaign_id"], "adgroup_name": "g", "location_ids": ["1"],
        "budget_mode": "BUDGET_MODE_DAY", "budget": 20, "schedule_type": "SCHEDULE_FROM_NOW",
        "optimization_goal": "CLICK", "billing_event": "CPC",
    }  # fmt: skip
    wrong: dict[str, Any]
    for wrong in (
        {"budget": 19.99},
        {"location_ids": []},
        {"deep_bid_type": "DEEP_BID_TYPE_oCPM"},
        {"budget_mode": "BUDGET_MODE_TOTAL", "budget": 500},
        {"schedule_type": "SCHEDULE_START_END", "schedule_start_time": "2999-01-01 00:00:00"},
        {"schedule_start_time": "tomorrow"},
        {"bid_type": "BID_TYPE_CUSTOM"},
        {"placement_type": "PLACEMENT_TYPE_NORMAL"},
        {"budget_mode": None},
    ):
        assert (await business.refused("POST", "adgroup/create/", **{**group, **wrong}))[0] == 40002
    assert (await business.refused("POST", "adgroup/create/", **{**group, "campaign_id": "7"}))[0] == 40007
    made = await business.post("adgroup/create/", **group)
    identity = await business.post("identity/create/", advertiser_id=ADVERTISER, display_name="N")
    creative = {
        "ad_name": "a", "ad_format": "SINGLE_VIDEO", "ad_text": "t", "identity_type": "CUSTOMIZED_USER",
        "identity_id": identity["identity_id"], "video_id": "v_none",
    }  # fmt: skip
    wrongs: tuple[dict[str, Any], ...] = (
        {},
        {"ad_text": "x" * 101},
        {"ad_text": "🔥"},
        {"identity_id": "7"},
        {"ad_format": "POSTER"},
    )
    for wrong in wrongs:
        body = {"advertiser_id": ADVERTISER, "adgroup_id": made["adgroup_id"], "creatives": [{**creative, **wrong}]}
        assert (await business.refused("POST", "ad/create/", **body))[0] == 40002
    assert (await business.get("ad/get/", advertiser_id=ADVERTISER))["list"] == []


async def test_a_lifetime_budget_is_spent_in_its_time_and_never_exceeded(business: Business):
    now = datetime.fromisoformat((await business.look("clock"))["now"])
    span = {
        "schedule_type": "SCHEDULE_START_END", "schedule_start_time": str(now), "budget_mode": "BUDGET_MODE_TOTAL",
        "schedule_end_time": str(now + timedelta(days=2)), "budget": 40,
    }  # fmt: skip
    await business.make_all(**span)
    spent = []
    for _ in range(4):
        await business.control("clock", {"advance_hours": 20})
        spent.append((await business.look("money"))["spent"])
        await business.one("adgroup/get/")
    await business.one("adgroup/get/")
    money = await business.look("money")
    assert spent == sorted(spent)
    assert 2_000 <= money["spent"] <= 4_000
    assert (await business.one("adgroup/get/"))["secondary_status"] in {
        "ADGROUP_STATUS_TIME_DONE",
        "ADGROUP_STATUS_BUDGET_EXCEED",
    }
