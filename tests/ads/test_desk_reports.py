"""Figures at once: pages and files of any span, true to the cent, with what may still change named."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.ads.conftest import TikTok
from tests.ads.desk import control, refused_reservations
from tests.ads.reporting import ADVERTISER, BY_DAY, TODAY, Desk, open_desk, span

REPORT = f"{ADVERTISER}/report"


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, sqlite_url, tiktok, monkeypatch) as opened:
        await opened.make_past(campaigns=3, days=70)
        yield opened


def asked(**changes: Any) -> dict[str, Any]:
    """Parameters as TikTok wants them: lists are JSON text."""
    values = BY_DAY | span(65) | changes
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}


async def read_csv(desk: Desk, **changes: Any) -> tuple[list[dict[str, str]], Any]:
    answer = await desk.http.get(f"/api/ads/{REPORT}", params=asked(format="csv", **changes))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text))), answer


async def test_pages_of_a_long_span_are_those_of_its_parts_joined(desk: Desk):
    rows, cursor = [], "1"
    while cursor:
        told = await desk.get(REPORT, **asked(page_size=40, cursor=cursor))
        rows += told["items"]
        assert told["page_info"]["total_number"] == 3 * 65
        cursor = told["next_cursor"]
    keys = [tuple(row["dimensions"].values()) for row in rows]
    assert len(set(keys)) == len(keys) == 3 * 65
    days = [row["dimensions"]["stat_time_day"] for row in rows]
    assert [min(days)[:10], max(days)[:10]] == list(span(65).values())
    added = sum(Decimal(row["metrics"]["spend"]) for row in rows)
    assert Decimal(told["total_metrics"]["spend"]) == added > 0
    # Reach of the parts cannot be added: the total is TikTok's own, for people are seen again.
    assert 0 < int(told["total_metrics"]["reach"]) < sum(int(row["metrics"]["reach"]) for row in rows)


async def test_what_was_bought_the_other_way_is_told_beside_the_rows(desk: Desk):
    await control(desk.tiktok, "history", advertiser_id=ADVERTISER, campaigns=2, days=70, deposit=100_000,
                  buying_type="RESERVATION_RF")  # fmt: skip
    reserved = await desk.get(REPORT, **asked(data_level="RESERVATION_CAMPAIGN"))
    spent = Decimal(reserved["total_metrics"]["spend"])
    assert spent > 0
    told = (await desk.get(REPORT, **asked()))["not_included"]
    assert told == {
        "service_type": "RESERVATION", "data_level": "RESERVATION_CAMPAIGN", "rows": 2, "spend": f"{spent:f}",
    }  # fmt: skip
    assert reserved["not_included"]["service_type"] == "AUCTION"
    assert reserved["not_included"]["rows"] == 3
    assert (await desk.get(REPORT, **asked(page=2, page_size=20)))["not_included"] is None
    _, answer = await read_csv(desk)
    assert answer.headers["newsreel-not-included"] == f"RESERVATION_CAMPAIGN; rows=2; spend={spent:f}"
    with refused_reservations(desk.tiktok):
        told = (await desk.get(REPORT, **asked()))["not_included"]
    assert (told["rows"], told["spend"]) == (None, None)


async def test_the_file_has_every_row_once_and_says_as_of_when(desk: Desk):
    rows, answer = await read_csv(desk)
    pages = [await desk.get(REPORT, **asked(page_size=100, page=page)) for page in (1, 2)]
    shown = [row["dimensions"] | row["metrics"] for page in pages for row in page["items"]]
    assert rows == shown
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["newsreel-as-of"][:10] in {str(TODAY), str(TODAY + timedelta(days=1))}
    assert answer.headers["newsreel-may-change-from"] == pages[0]["may_change_from"]


async def test_an_order_holds_over_all_parts(desk: Desk):
    for order in ("ASC", "DESC"):
        rows, _ = await read_csv(desk, order_field="spend", order_type=order)
        values = [Decimal(row["spend"]) for row in rows]
        assert values == sorted(values, reverse=order == "DESC")
        told = await desk.get(REPORT, **asked(order_field="spend", order_type=order, page_size=50, page=2))
        assert [row["metrics"]["spend"] for row in told["items"]] == [row["spend"] for row in rows[50:100]]
        assert told["page_info"]["total_number"] == len(rows) == 3 * 65


async def test_figures_that_are_old_enough_do_not_change_any_more(desk: Desk):
    old = {"start_date": str(TODAY - timedelta(days=40)), "end_date": str(TODAY - timedelta(days=20))}
    assert (await desk.get(REPORT, **asked(**old)))["may_change_from"] is None
    edge = date.fromisoformat((await desk.get(REPORT, **asked()))["may_change_from"])
    assert 6 <= (TODAY - edge).days <= 8


async def test_a_name_that_a_spreadsheet_would_carry_out_is_made_harmless(desk: Desk):
    (campaign, *_) = (await desk.tiktok.ask("campaign/get/", advertiser_id=ADVERTISER, page_size="1"))["list"]
    named = {"advertiser_id": ADVERTISER, "campaign_id": campaign["campaign_id"], "campaign_name": "=1+1|cmd"}
    await desk.tiktok.http.post(
        "/open_api/v1.3/campaign/update/", json=named, headers={"Access-Token": "emulated-business-token"}
    )
    rows, _ = await read_csv(desk, **span(2))
    assert {row["campaign_name"] for row in rows if row["campaign_id"] == campaign["campaign_id"]} == {"'=1+1|cmd"}


async def test_what_cannot_be_asked_is_told_by_name_and_calls_nothing(desk: Desk):
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"data_level": "AUCTION"}, "data_level"),
        ({"metrics": ["all"]}, "metrics"),
        ({"dimensions": "{"}, "dimensions.0"),
        ({"end_date": "2026-02-30"}, "end_date"),
        ({"start_date": "0000-01-01"}, "start_date"),
        ({"start_date": "2019-01-01"}, "end_date"),
        ({"query_lifetime": "true"}, "start_date"),
        ({"page_size": "1001"}, "page_size"),
        ({"page": "1e308"}, "page"),
        ({"order_field": "cpc"}, "order_field"),
        ({"filtering": ["x"]}, "filtering.0"),
        ({"acess_token": "x"}, "acess_token"),
    ]
    for wrong, field in wrongs:
        answer = await desk.http.get(f"/api/ads/{REPORT}", params=asked(**wrong))
        assert answer.status_code == 422, answer.text
        assert field in [error["field"] for error in answer.json()["errors"]], answer.text
    assert await desk.count("report/integrated/get/") == 0


async def test_what_tiktok_refuses_is_told_in_its_words_and_an_unknown_account_is_none(desk: Desk):
    answer = await desk.http.get(f"/api/ads/{REPORT}", params=asked(metrics=["no_such_metric"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "refused_by_tiktok")
    assert "no_such_metric" in answer.json()["detail"]
    assert (await desk.http.get("/api/ads/7200000000000000999/report", params=asked())).status_code == 404
    assert (await desk.http.get("/api/ads/x/report", params=asked())).status_code == 422
