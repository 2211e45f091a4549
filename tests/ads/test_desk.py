"""Campaigns, ad groups and ads of the desk, over the whole app and with the emulated Business API on a real wire."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.ads.conftest import TikTok
from tests.ads.desk import (
    ADGROUP,
    ADMIN,
    ANALYST,
    CAMPAIGN,
    FIRST,
    OPERATOR,
    SECOND,
    Api,
    consent,
    control,
    leave_midnight,
    open_api,
    records,
)


@pytest.fixture
async def api(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, database_url, tiktok):
        yield opened


@pytest.fixture
async def api_on_one(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, sqlite_url, tiktok):
        yield opened


async def test_objects_are_made_switched_off_read_changed_and_switched(api: Api):
    await consent(api.app, api.tiktok, OPERATOR)
    campaign = await api.make("campaigns", CAMPAIGN)
    assert (campaign["campaign_name"], campaign["budget"], campaign["operation_status"]) == ("Көктем", 60.5, "DISABLE")
    assert campaign["smart_plus"] is False
    adgroup = await api.make("adgroups", {**ADGROUP, "campaign_id": campaign["campaign_id"]})
    assert (adgroup["operation_status"], adgroup["languages"]) == ("DISABLE", ["kk", "ru"])
    creative = {
        "ad_name": "Жаңалық", "ad_format": "SINGLE_VIDEO", "ad_text": "Толығырақ оқыңыз", "video_id": "v-none",
        "identity_type": "CUSTOMIZED_USER", "identity_id": await api.identity(),
    }  # fmt: skip
    refused = await api.send("ads", {"adgroup_id": adgroup["adgroup_id"], "creatives": [creative]})
    assert (refused.status_code, refused.json()["code"]) == (422, "tiktok_refused")
    assert "library" in refused.json()["tiktok_message"]
    changed = await api.send(f"campaigns/{campaign['campaign_id']}", {"campaign_name": "Жаз", "budget": "70"}, "PATCH")
    assert (changed.json()["campaign_name"], changed.json()["budget"]) == ("Жаз", 70)
    renamed = await api.send(f"adgroups/{adgroup['adgroup_id']}", {"adgroup_name": "Астана", "gender": "GENDER_MALE"},
                             "PATCH")  # fmt: skip
    assert renamed.json()["adgroup_name"] == "Астана"
    for path, one in (("campaigns", campaign["campaign_id"]), ("adgroups", adgroup["adgroup_id"])):
        switched = (await api.send(f"{path}/status", {"ids": [one], "operation_status": "ENABLE"})).json()
        assert switched["items"] == [{f"{path[:-1]}_id": one, "operation_status": "ENABLE", "error": None}]
        assert (await api.get(f"{path}/{one}")).json()["operation_status"] == "ENABLE"
    deleted = {"ids": [campaign["campaign_id"]], "operation_status": "DELETE"}
    assert (await api.send("campaigns/status", deleted)).status_code == 200
    assert (await api.get("campaigns")).json()["items"] == []
    assert (await api.get(f"campaigns/{campaign['campaign_id']}")).json()["operation_status"] == "DELETE"
    assert (await api.get("campaigns/7400000000000000999")).status_code == 404
    rows = {row.operation: row for row in await records(api.app)}
    assert set(rows) == {
        "ads.campaigns.create", "ads.adgroups.create", "ads.ads.create", "ads.campaigns.update",
        "ads.adgroups.update", "ads.campaigns.status", "ads.adgroups.status",
    }  # fmt: skip
    assert rows["ads.campaigns.create"].payload["campaign_name"] == "Көктем"
    assert rows["ads.ads.create"].error_code == "tiktok_refused"
    assert all(row.caller == "editor@newsroom.example" and row.http_status for row in rows.values())


async def test_an_analyst_is_refused_before_any_call_and_the_refusal_is_on_record(api: Api):
    await consent(api.app, api.tiktok, ANALYST)
    body = {"ids": ["7400000000000000001"], "operation_status": "ENABLE"}
    for path, sent, method in (
        ("campaigns", CAMPAIGN, "POST"), ("adgroups", {**ADGROUP, "campaign_id": "1"}, "POST"),
        ("campaigns/1", {"budget": 80}, "PATCH"), ("campaigns/status", body, "POST"),
        ("adgroups/budget", {"budget": [{"adgroup_id": "1", "budget": 30}]}, "POST"),
    ):  # fmt: skip
        refused = await api.send(path, sent, method)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_forbids"), path
    assert [await api.count(f"{kind}/{verb}") for kind in ("campaign", "adgroup") for verb in ("create/", "get/")] == [
        0, 0, 0, 0,
    ]  # fmt: skip
    assert (await api.get("campaigns")).status_code == 200
    rows = await records(api.app)
    assert len(rows) == 5
    assert {(row.error_code, row.outcome, row.success) for row in rows} == {("role_forbids", "not_done", False)}


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("campaigns", {}, {"campaign_name", "objective_type", "budget_mode"}),
        ("campaigns", {**CAMPAIGN, "campaign_name": "Жаз 🌞", "budget": 60.505, "colour": 1, "budget_mode": "DAILY",
                       "objective_type": "CONVERSIONS"},
         {"campaign_name", "budget", "colour", "budget_mode", "objective_type"}),
        ("campaigns", {**CAMPAIGN, "budget_mode": "BUDGET_MODE_INFINITE"}, {"budget"}),
        ("campaigns", {**CAMPAIGN, "budget": 10}, {"budget"}),
        ("campaigns", {**CAMPAIGN, "operation_status": "DELETE", "advertiser_id": FIRST}, {"operation_status"}),
        ("campaigns", {**CAMPAIGN, "advertiser_id": SECOND}, {"advertiser_id"}),
        ("campaigns", '{"budget": NaN}', {"body"}),
        ("campaigns", '{"campaign_name": "a", "campaign_name": "b"}', {"body"}),
        ("campaigns", "[]", {"body"}),
        ("campaigns", "[" * 2000, {"body"}),
        ("campaigns", '{"campaign_name":"a","objective_type":"REACH","budget_mode":"BUDGET_MODE_DAY","budget":1e308}',
         {"budget"}),
        ("campaigns", {**CAMPAIGN, "budget": -5, "app_id": 7.4e18}, {"budget", "app_id"}),
        ("adgroups", {**ADGROUP, "campaign_id": 7.4e18, "placement_type": "PLACEMENT_TYPE_NORMAL",
                      "bid_type": "BID_TYPE_CUSTOM", "budget": 5.555, "bid": 1},
         {"campaign_id", "placements", "bid_price", "budget", "bid"}),
        ("adgroups", {**ADGROUP, "campaign_id": "1", "schedule_type": "SCHEDULE_START_END",
                      "schedule_start_time": "2099-01-02 00:00:00", "schedule_end_time": "2099-01-01 00:00:00"},
         {"schedule_end_time"}),
        ("adgroups", {**ADGROUP, "campaign_id": "1", "budget_mode": "BUDGET_MODE_TOTAL", "budget": 99,
                      "schedule_type": "SCHEDULE_START_END", "schedule_start_time": "2099-01-01 00:00:00",
                      "schedule_end_time": "2099-01-05 00:00:01"}, {"budget"}),
        ("adgroups", {**ADGROUP, "campaign_id": "1", "schedule_start_time": "0000-01-01 00:00:00"},
         {"schedule_start_time"}),
        ("ads", {"adgroup_id": "1", "creatives": [
            {"ad_name": "a", "ad_format": "SINGLE_VIDEO", "identity_type": "TT_USER", "identity_id": "i",
             "ad_text": "ы" * 101},
            {"ad_name": "b", "ad_format": "SINGLE_IMAGE", "identity_type": "BC_AUTH_TT", "identity_id": "i",
             "ad_text": "🔥", "landing_page_url": "javascript:alert(1)"},
            7,
        ]}, {"creatives.0.ad_text", "creatives.0.video_id", "creatives.1.ad_text", "creatives.1.image_ids",
             "creatives.1.identity_authorized_bc_id", "creatives.1.landing_page_url", "creatives.2"}),
        ("ads", {"adgroup_id": "1", "creatives": []}, {"creatives"}),
        ("campaigns/status", {"ids": [], "operation_status": "paused"}, {"ids", "operation_status"}),
        ("adgroups/budget", {"budget": [{"adgroup_id": "1", "budget": 0}, {"adgroup_id": "x", "budget": 50}]},
         {"budget.0.budget", "budget.1.adgroup_id"}),
        ("adgroups/budget", {"budget": [], "scheduled_budget": []}, {"budget"}),
    ],
)  # fmt: skip
async def test_bad_input_names_every_fault_and_writes_nothing(api_on_one: Api, path: str, body: Any, fields: set[str]):
    refused = await api_on_one.send(path, body)
    assert refused.status_code == 422, refused.text
    assert {row["field"] for row in refused.json()["errors"]} == fields
    assert {call["endpoint"] for call in await api_on_one.tiktok.calls("")} <= {
        "bc/get/",
        "bc/asset/get/",
        "oauth2/advertiser/get/",
        "advertiser/info/",
    }


async def test_guards_hold_and_what_is_confirmed_passes_once(api: Api):
    await consent(api.app, api.tiktok, ADMIN)
    dear = {**CAMPAIGN, "budget": 600}
    refused = await api.send("campaigns", dear)
    assert (refused.status_code, refused.json()["code"]) == (409, "guard")
    assert refused.json()["confirm"] == "ADS_MAX_DAILY_BUDGET:600"
    assert await api.count("campaign/create/") == 0
    made = await api.make("campaigns", {**dear, "confirm": refused.json()["confirm"]})
    raised = await api.send(f"campaigns/{made['campaign_id']}", {"budget": 450}, "PATCH")
    assert raised.status_code == 200
    small = await api.make("campaigns", {**CAMPAIGN, "budget": 60})
    raised = await api.send(f"campaigns/{small['campaign_id']}", {"budget": 190}, "PATCH")
    assert [row["name"] for row in raised.json()["guards"]] == ["ADS_MAX_RAISE_PERCENT"]
    told = (await records(api.app))[-1]
    assert (told.error_code, told.outcome) == ("guard", "not_done")


async def test_a_lost_answer_is_looked_up_or_told_and_never_sent_twice(api: Api):
    await consent(api.app, api.tiktok, ADMIN)
    await api.tiktok.fail_next("campaign/create/", phase="after", cut=True)
    made = await api.make("campaigns", CAMPAIGN)
    assert [row["campaign_id"] for row in (await api.get("campaigns")).json()["items"]] == [made["campaign_id"]]
    adgroup = await api.make("adgroups", {**ADGROUP, "campaign_id": made["campaign_id"]})
    creative = {"ad_name": "a", "ad_format": "SINGLE_IMAGE", "image_ids": ["i"], "ad_text": "Оқыңыз",
                "identity_type": "CUSTOMIZED_USER", "identity_id": await api.identity()}  # fmt: skip
    await api.tiktok.fail_next("ad/create/", phase="after", cut=True)
    lost = await api.send("ads", {"adgroup_id": adgroup["adgroup_id"], "creatives": [creative]})
    assert (lost.status_code, lost.json()["code"]) == (409, "outcome_unknown")
    assert await api.count("ad/create/") == 1
    row = (await records(api.app))[-1]
    assert (row.error_code, row.outcome) == ("outcome_unknown", "unknown")


async def test_smart_plus_objects_are_listed_marked_and_not_changed(api: Api):
    await consent(api.app, api.tiktok, ADMIN)
    await control(api.tiktok, "history", advertiser_id=FIRST, campaigns=3, days=1, smart_plus=True)
    ordinary = await api.make("campaigns", CAMPAIGN)
    for plural in ("campaigns", "adgroups", "ads"):
        whole = (await api.get(plural)).json()
        smart = [row for row in whole["items"] if row["smart_plus"]]
        assert smart
        assert whole["next_cursor"] is None
        pages, cursor = [], None
        while True:
            page = (await api.get(plural, limit=2, **({"cursor": cursor} if cursor else {}))).json()
            assert len(page["items"]) <= 2
            pages += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        key = f"{plural[:-1]}_id"
        assert [row[key] for row in pages] == [row[key] for row in whole["items"]]
        one = smart[0][key]
        assert (await api.get(f"{plural}/{one}")).json()["smart_plus"] is True
    campaign = next(row for row in (await api.get("campaigns")).json()["items"] if row["smart_plus"])["campaign_id"]
    refused = await api.send(f"campaigns/{campaign}", {"campaign_name": "Жаз"}, "PATCH")
    assert (refused.status_code, refused.json()["code"]) == (409, "smart_plus_read_only")
    mixed = {"ids": [ordinary["campaign_id"], campaign], "operation_status": "ENABLE"}
    rows = (await api.send("campaigns/status", mixed)).json()["items"]
    assert [row["error"] and row["error"]["code"] for row in rows] == [None, "smart_plus_read_only"]


async def test_lists_are_filtered_by_tiktok_s_names_and_unknown_ones_are_refused(api_on_one: Api):
    api = api_on_one
    await consent(api.app, api.tiktok, ADMIN)
    first, second = [(await api.make("campaigns", {**CAMPAIGN, "campaign_name": name})) for name in ("Бір", "Екі")]
    assert [row["campaign_name"] for row in (await api.get("campaigns", campaign_name="Екі")).json()["items"]] == [
        "Екі"
    ]
    ids = f"{first['campaign_id']},{second['campaign_id']}"
    assert len((await api.get("campaigns", campaign_ids=ids)).json()["items"]) == 2
    assert (await api.get("campaigns", primary_status="STATUS_DELETE")).json()["items"] == []
    assert (await api.get("campaigns", cursor="m.0.5")).status_code == 400
    for wrong in ({"colour": "red"}, {"campaign_ids": "x"}):
        refused = await api.get("campaigns", **wrong)
        assert (refused.status_code, list(wrong)) == (422, [refused.json()["errors"][0]["field"]])
    for path in ("/api/ads/7200000000000000999/campaigns", "/api/ads/x/campaigns"):
        assert (await api.http.get(path)).json()["code"] == "advertiser_not_found"


async def test_budgets_of_ad_groups_go_as_they_are(api: Api):
    await consent(api.app, api.tiktok, OPERATOR)
    campaign = await api.make("campaigns", {**CAMPAIGN, "budget_mode": "BUDGET_MODE_INFINITE", "budget": None})
    daily = await api.make("adgroups", {**ADGROUP, "campaign_id": campaign["campaign_id"]})
    whole = await api.make("adgroups", {
        **ADGROUP, "campaign_id": campaign["campaign_id"], "budget_mode": "BUDGET_MODE_TOTAL", "budget": 200,
        "schedule_type": "SCHEDULE_START_END", "schedule_start_time": "2099-01-01 00:00:00",
        "schedule_end_time": "2099-01-05 00:00:00",
    })  # fmt: skip
    wrong = {"budget": [{"adgroup_id": daily["adgroup_id"], "budget": 30}, {"adgroup_id": "74", "budget": 30}]}
    refused = await api.send("adgroups/budget", wrong)
    assert (refused.status_code, [row["field"] for row in refused.json()["errors"]]) == (
        422, ["budget.0.budget", "budget.1.adgroup_id"],
    )  # fmt: skip
    assert await api.count("adgroup/budget/update/") == 0
    await leave_midnight(api.tiktok)
    now = {"budget": [{"adgroup_id": whole["adgroup_id"], "budget": "250.50"}]}
    assert (await api.send("adgroups/budget", now)).json()["items"] == [
        {"adgroup_id": whole["adgroup_id"], "budget": 250.5, "error": None}
    ]
    later = {"scheduled_budget": [{"adgroup_id": daily["adgroup_id"], "scheduled_budget": 40}]}
    assert (await api.send("adgroups/budget", later)).status_code == 200
    guarded = {"scheduled_budget": [{"adgroup_id": daily["adgroup_id"], "scheduled_budget": 61}]}
    assert (await api.send("adgroups/budget", guarded)).json()["code"] == "guard"


async def test_tiktok_s_errors_have_codes_of_their_own_and_a_throttled_call_says_when(api_on_one: Api):
    api = api_on_one
    await consent(api.app, api.tiktok, ADMIN)
    for code, status, word in ((40001, 403, "no_permission"), (40002, 422, "tiktok_refused"),
                               (40050, 409, "conflict"), (40007, 404, "ads_object_not_found")):  # fmt: skip
        await api.tiktok.fail_next("campaign/create/", phase="before", code=code)
        refused = await api.send("campaigns", CAMPAIGN)
        assert (refused.status_code, refused.json()["code"]) == (status, word)
        assert refused.json()["tiktok_code"] == code
    await api.tiktok.fail_next("campaign/create/", phase="before", code=40105)
    assert (await api.send("campaigns", CAMPAIGN)).json()["code"] == "ads_reconnect"
    assert (await api.send("campaigns", CAMPAIGN)).json()["code"] == "ads_reconnect"
    (shown,) = (await api.http.get("/api/ads/connections")).json()["items"]
    assert (shown["state"], shown["state_reason"]) == ("reconnect", "tiktok_40105")


@pytest.mark.parametrize(
    ("language", "name", "unknown", "mode"),
    [
        ("ru", "должно быть без эмодзи", "здесь такого поля нет", "должно быть одним из: BUDGET_MODE_INFINITE"),
        ("kk", "эмодзисіз болуы керек", "мұнда мұндай өріс жоқ", "мыналардың бірі болуы керек: BUDGET_MODE_INFINITE"),
    ],
)
async def test_faults_of_fields_are_said_in_the_reader_s_language(
    api_on_one: Api, language: str, name: str, unknown: str, mode: str
):
    headers = {"accept-language": language}
    body = {**CAMPAIGN, "campaign_name": "Жаз 🌞", "budget_mode": "DAILY", "colour": 1}
    answer = await api_on_one.http.post(f"/api/ads/{FIRST}/campaigns", json=body, headers=headers)
    told = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert told["campaign_name"].startswith(name)
    assert told["budget_mode"].startswith(mode)
    assert told["colour"] == unknown
    report = await api_on_one.http.get(f"/api/ads/{FIRST}/report", params={"colour": "red"}, headers=headers)
    told = {error["field"]: error["message"] for error in report.json()["errors"]}
    assert told["colour"] == unknown
    assert not any(word in message for message in told.values() for word in ("must", "missing"))
