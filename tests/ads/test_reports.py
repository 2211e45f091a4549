"""GetReport: what TikTok allows no single question for is asked in parts, and joined as it was asked for."""

import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.resources import BusinessAccess, open_resources
from tests.ads.conftest import Gateway, real_settings
from tests.support.whole_app import open_client

BY_DAY = {
    "advertiserId": "7200000000000000001", "dataLevel": "AUCTION_CAMPAIGN",
    "dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend", "reach", "ctr"],
    "startDate": "2026-01-01", "endDate": "2026-03-31",
}  # fmt: skip


class Figures:
    """TikTok's side: two campaigns, one row for each day, in pages of whatever size was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        start, end = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
        rows = [self.row(campaign, day) for day in days for campaign in ("11", "12")]
        page, size = int(query["page"]), int(query["page_size"])
        info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
        total = {"spend": f"{sum(float(row['metrics']['spend']) for row in rows):.2f}", "reach": "900", "ctr": "1.5"}
        data = {"list": rows[(page - 1) * size : page * size], "page_info": info, "total_metrics": total}
        return httpx.Response(200, json={"code": 0, "message": "OK", "request_id": f"r{len(self.asked)}", "data": data})

    @staticmethod
    def row(campaign: str, day: date) -> dict[str, Any]:
        spend = "-" if day.day == 31 else f"{day.day}.{day.month:02}"
        return {
            "dimensions": {"campaign_id": campaign, "stat_time_day": f"{day} 00:00:00"},
            "metrics": {"spend": spend if campaign == "11" or spend == "-" else "0.50", "reach": "10", "ctr": "-"}
            if spend != "-"
            else {"spend": "0.00", "reach": "-", "ctr": "-"},
        }


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str, figures: Figures) -> AsyncIterator[Gateway]:
    settings = real_settings(tmp_path, sqlite_url, "http://127.0.0.1:1")
    async with open_resources(settings) as opened, httpx.AsyncClient(transport=httpx.MockTransport(figures)) as http:
        access = BusinessAccess(http, "http://127.0.0.1:1", is_emulated=True, access_token="t", center_id="9")
        app = dataclasses.replace(opened, business=access)
        async with open_client(app) as client:
            yield Gateway(client, app)


async def test_a_span_that_is_too_long_is_asked_for_in_parts_and_comes_in_the_order_of_its_days(
    gateway: Gateway, figures: Figures
):
    told = (await gateway.execute("GetReport", BY_DAY | {"all": True}))["data"]
    assert [(query["start_date"], query["end_date"]) for query in figures.asked] == [
        ("2026-01-01", "2026-01-30"), ("2026-01-31", "2026-03-01"), ("2026-03-02", "2026-03-31"),
    ]  # fmt: skip
    days = [row["dimensions"]["stat_time_day"] for row in told["rows"]]
    assert (len(days), days) == (180, sorted(days))
    assert told["rows"][0]["metrics"] == {"spend": "1.01", "reach": "10", "ctr": None}
    assert told["page"]["totalNumber"] == 180


async def test_totals_add_up_what_may_be_added_and_nothing_else(gateway: Gateway, figures: Figures):
    told = (await gateway.execute("GetReport", BY_DAY | {"all": True}))["data"]
    added = sum(round(float(row["metrics"]["spend"]) * 100) for row in told["rows"])
    assert told["totals"] == {"spend": f"{added / 100:.2f}", "reach": None, "ctr": None}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_an_order_holds_over_all_parts_and_pages_are_cut_from_it(gateway: Gateway, figures: Figures, order: str):
    asked = BY_DAY | {"orderField": "spend", "orderType": order, "pageSize": 100}
    pages = [(await gateway.execute("GetReport", asked | {"page": page}))["data"] for page in (1, 2)]
    rows = [row for page in pages for row in page["rows"]]
    spends = [float(row["metrics"]["spend"]) for row in rows]
    assert spends == sorted(spends, reverse=order == "DESC")
    assert [page["page"]["totalPage"] for page in pages] == [2, 2]
    assert len(rows) == 180


async def test_a_span_that_is_allowed_is_one_question_with_tiktok_s_own_totals(gateway: Gateway, figures: Figures):
    asked = BY_DAY | {
        "endDate": "2026-01-30", "pageSize": 7, "page": 2,
        "filters": {"campaign_ids": ["11"], "countryCodes": ["KZ"]},
    }  # fmt: skip
    told = await gateway.execute("GetReport", asked)
    (query,) = figures.asked
    assert (query["page"], query["page_size"], query["enable_total_metrics"]) == ("2", "7", "true")
    assert json.loads(query["filtering"]) == [
        {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": '["11"]'},
        {"field_name": "country_code", "filter_type": "IN", "filter_value": '["KZ"]'},
    ]
    assert (told["data"]["totals"]["reach"], told["requestId"], len(told["data"]["rows"])) == ("900", "r1", 7)


async def test_by_the_hour_each_day_is_asked_for(gateway: Gateway, figures: Figures):
    asked = BY_DAY | {"dimensions": ["campaign_id", "stat_time_hour"], "endDate": "2026-01-03", "all": True}
    await gateway.execute("GetReport", asked)
    assert [query["start_date"] for query in figures.asked] == ["2026-01-01", "2026-01-02", "2026-01-03"]
