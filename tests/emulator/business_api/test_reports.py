"""Reports: figures that flow by a seed and agree with each other, at once and as tasks."""

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.emulator.business_api.support import ADVERTISER, BC, PREFIX, SANDBOX_ADVERTISER, Business, packed

BASIC: dict[str, Any] = {"advertiser_id": ADVERTISER, "report_type": "BASIC"}
METRICS = ["spend", "impressions", "clicks", "video_play_actions", "likes"]


async def days_of(business: Business, count: int) -> dict[str, str]:
    """Give the last days of the account, today included: Almaty is never behind UTC."""
    today = date.fromisoformat((await business.look("clock"))["now"][:10]) + timedelta(days=1)
    return {"start_date": str(today - timedelta(days=count - 1)), "end_date": str(today)}


async def read_all(business: Business, **query: Any) -> list[Any]:
    rows, page = [], 1
    while True:
        answer = await business.get("report/integrated/get/", **{**BASIC, "metrics": METRICS, **query}, page=page)
        rows += answer["list"]
        if page >= answer["page_info"]["total_page"]:
            assert len(rows) == answer["page_info"]["total_number"]
            return rows
        page += 1


def add_up(rows: list[Any]) -> dict[str, Decimal]:
    return {name: sum((Decimal(row["metrics"][name]) for row in rows), Decimal(0)) for name in METRICS}


async def test_all_levels_dimensions_and_pages_agree_to_the_cent_and_with_the_balance(business: Business):
    made = await business.control("history", {"campaigns": 4, "days": 20, "deposit": 5_000})
    days = await days_of(business, 30)
    whole = add_up(await read_all(business, data_level="AUCTION_ADVERTISER", dimensions=["advertiser_id"], **days))
    assert whole["spend"] == Decimal(str(made["spent"])) > 0
    for level in ("ADVERTISER", "CAMPAIGN", "ADGROUP", "AD"):
        for more in ([], ["stat_time_day"]):
            dimensions = [f"{level.lower()}_id", *more]
            rows = await read_all(business, data_level=f"AUCTION_{level}", dimensions=dimensions, page_size=7, **days)
            assert add_up(rows) == whole
    for people in (["age"], ["gender"], ["age", "gender"], ["country_code"], ["platform", "country_code"]):
        rows = await read_all(
            business, report_type="AUDIENCE", data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id", *people], **days
        )
        assert add_up(rows) == whole
    lifetime = await read_all(
        business, data_level="AUCTION_ADVERTISER", dimensions=["advertiser_id"], query_lifetime=True
    )
    assert add_up(lifetime) == whole
    yesterday = dict.fromkeys(days, days["end_date"])
    yesterday = {name: str(date.fromisoformat(day) - timedelta(days=5)) for name, day in yesterday.items()}
    by_day, by_hour = [
        await read_all(business, data_level="AUCTION_AD", dimensions=["ad_id", time], page_size=50, **yesterday)
        for time in ("stat_time_day", "stat_time_hour")
    ]
    assert len(by_hour) == 24 * len(by_day)
    assert add_up(by_hour) == add_up(by_day)


async def test_the_same_seed_tells_the_same_story(business: Business):
    async def tell() -> list[Any]:
        await business.control("reset")
        await business.control("settings", {"limits_enabled": False})
        await business.control("clock", {"freeze": True})
        await business.control("history", {"campaigns": 2, "days": 5})
        days = await days_of(business, 10)
        return await read_all(business, data_level="AUCTION_AD", dimensions=["ad_id", "stat_time_day"], **days)

    assert await tell() == await tell()


async def test_metrics_are_text_totals_come_along_and_reach_is_no_sum(business: Business):
    await business.control("history", {"campaigns": 2, "days": 10})
    metrics = ["spend", "reach", "ctr", "cpc", "campaign_name", "currency", "sales_lead", "average_video_play"]
    answer = await business.get(
        "report/integrated/get/", **BASIC, data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id"], metrics=metrics,
        enable_total_metrics=True, order_field="spend", order_type="ASC", **await days_of(business, 20),
    )  # fmt: skip
    first, second = (row["metrics"] for row in answer["list"])
    assert all(isinstance(value, str) for value in first.values())
    assert (first["sales_lead"], first["currency"]) == ("-", "USD")
    assert first["campaign_name"].startswith("Past ")
    assert Decimal(first["spend"]) <= Decimal(second["spend"])
    total = answer["total_metrics"]
    assert Decimal(total["spend"]) == Decimal(first["spend"]) + Decimal(second["spend"])
    assert int(total["reach"]) < int(first["reach"]) + int(second["reach"])


async def test_filters_choose_rows(business: Business):
    made = (await business.control("history", {"campaigns": 3, "days": 4}))["items"]
    query = {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], **await days_of(business, 9)}

    async def count(*filters: tuple[str, str, str]) -> int:
        names = ("field_name", "filter_type", "filter_value")
        filtering = [dict(zip(names, one, strict=True)) for one in filters]
        return len(await read_all(business, filtering=filtering, **query))

    assert await count(("campaign_ids", "IN", f'["{made[0]["campaign_id"]}"]')) == 1
    assert await count(("spend", "GREATER_THAN", "0")) == 3
    assert await count(("spend", "GREATER_THAN", "100000")) == 0
    assert await count(("campaign_name", "MATCH", "past 2")) == 1
    switch = {"advertiser_id": ADVERTISER, "campaign_ids": [made[0]["campaign_id"]], "operation_status": "DELETE"}
    await business.post("campaign/status/update/", **switch)
    assert await count() == 2
    assert await count(("campaign_status", "IN", '["STATUS_ALL"]')) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": ["all"]},
        {"metrics": ["conversions"]},
        {"dimensions": []},
        {"dimensions": ["campaign_id", "ad_id"]},
        {"dimensions": ["ad_id"]},
        {"dimensions": ["campaign_id", "gender"]},
        {"dimensions": "campaign_id,stat_time_day"},
        {"start_date": "2025-01-01", "end_date": "2025-01-31"},
        {"dimensions": ["campaign_id", "stat_time_hour"], "start_date": "2025-01-01", "end_date": "2025-01-02"},
        {"dimensions": ["campaign_id"], "start_date": "2024-01-01", "end_date": "2025-01-01"},
        {"start_date": "0000-01-01"},
        {"query_lifetime": "True"},
        {"data_level": None},
        {"page_size": 1_001},
        {"advertiser_ids": ["1", "2", "3", "4", "5", "6"]},
        {"order_field": "spent"},
        {"filtering": [{"field_name": "spend", "filter_type": "IN", "filter_value": "x"}]},
    ],
)
async def test_a_report_that_tiktok_has_not_is_refused(business: Business, wrong: dict[str, Any]):
    query = {
        **BASIC, "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "stat_time_day"],
        "start_date": "2025-01-01", "end_date": "2025-01-30", **wrong,
    }  # fmt: skip
    given = {name: value for name, value in query.items() if value is not None}
    assert (await business.refused("GET", "report/integrated/get/", **given))[0] in {40002, 40011}


async def test_a_task_goes_its_way_and_gives_what_the_report_says(business: Business):
    await business.control("history", {"campaigns": 2, "days": 5})
    query = {**BASIC, "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "stat_time_day"]}
    query |= {"metrics": ["spend", "impressions"], **await days_of(business, 9)}
    rows = await read_all(business, **query)
    expected = [[*row["dimensions"].values(), row["metrics"]["spend"], row["metrics"]["impressions"]] for row in rows]
    for output, is_sheet in (("CSV_STRING", False), ("CSV_DOWNLOAD", False), ("XLSX_DOWNLOAD", True)):
        body = {**query, "output_format": output, "enable_report_title_translation": False, "file_name": " "}
        named = {
            "advertiser_id": ADVERTISER,
            "task_id": (await business.post("report/task/create/", **body))["task_id"],
        }
        for seconds, state in ((0, "QUEUING"), (2, "PROCESSING"), (3, "SUCCESS")):
            await business.control("clock", {"advance_seconds": seconds})
            assert (await business.get("report/task/check/", **named))["status"] == state
            if state != "SUCCESS":
                assert (await business.refused("GET", "report/task/download/", **named))[0] == 40201
        answer = await business.send("GET", "report/task/download/", params=packed(named))
        if output != "CSV_STRING":
            address = answer.json()["data"]["download_url"]
            answer = await business.client.get(address)
        if is_sheet:
            assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
            await business.control("clock", {"advance_seconds": 3_600})
            assert (await business.client.get(address)).status_code == 404
        else:
            table = list(csv.reader(io.StringIO(answer.text)))
            assert table == [["campaign_id", "stat_time_day", "spend", "impressions"], *expected]
    await business.control("clock", {"advance_hours": 24 * 30})
    assert (await business.refused("GET", "report/task/check/", **named))[0] == 40007


async def test_a_task_may_fail_or_be_canceled(business: Business):
    query = {**BASIC, "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], **await days_of(business, 9)}
    canceled = {"advertiser_id": ADVERTISER, **await business.post("report/task/create/", **query)}
    await business.post("report/task/cancel/", **canceled)
    await business.control("settings", {"task_outcome": "FAILED"})
    failed = {"advertiser_id": ADVERTISER, **await business.post("report/task/create/", **query)}
    await business.control("clock", {"advance_seconds": 5})
    for task, state in ((canceled, "CANCELED"), (failed, "FAILED")):
        assert (await business.get("report/task/check/", **task))["status"] == state
        assert (await business.refused("GET", "report/task/download/", **task))[0] == 40200


async def test_the_center_is_reported_by_account_and_the_sandbox_has_figures_of_its_own(business: Business):
    await business.control("history", {"campaigns": 1, "days": 3})
    rows = await read_all(
        business, report_type="BC", advertiser_id="", bc_id=BC, dimensions=["advertiser_id"],
        **await days_of(business, 9),
    )  # fmt: skip
    assert [row["dimensions"]["advertiser_id"] for row in rows] == [ADVERTISER]
    await business.control("settings", {"sandbox": True})
    query: dict[str, Any] = {"report_type": "BASIC", "advertiser_id": SANDBOX_ADVERTISER, "data_level": "AUCTION_AD"}
    query |= {"dimensions": ["ad_id"], "start_date": "2020-12-08", "end_date": "2020-12-19"}
    answer = await business.client.get(
        f"{PREFIX}report/integrated/get/", params=packed(query), headers={"Access-Token": business.token}
    )
    assert answer.json()["data"]["list"] == []
