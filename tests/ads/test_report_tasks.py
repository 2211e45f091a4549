"""Reports that TikTok makes in its own time: asked for once, joined, kept for 30 days."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.ads.models import AdsReport
from app.kit.clock import utcnow
from tests.ads.conftest import TikTok
from tests.ads.desk import control
from tests.ads.reporting import ADVERTISER, BY_DAY, Desk, open_desk, span

CREATE = "report/task/create/"


@pytest.fixture
async def desk_on_both(
    tmp_path: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, database_url, tiktok, monkeypatch) as opened:
        await opened.make_past(campaigns=2, days=40)
        await control(tiktok, "history", advertiser_id=ADVERTISER, campaigns=1, days=40, deposit=100_000,
                      buying_type="RESERVATION_RF")  # fmt: skip
        yield opened


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, sqlite_url, tiktok, monkeypatch) as opened:
        await opened.make_past(campaigns=2, days=4)
        yield opened


async def begin(desk: Desk, **changes: Any) -> str:
    answer = await desk.post(f"{ADVERTISER}/report-tasks", **(BY_DAY | span(35) | changes))
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "queued"
    return str(answer.json()["id"])


async def finish(desk: Desk, report_id: str) -> Any:
    await desk.run("ads.report", report_id)
    return await desk.get(f"report-tasks/{report_id}")


async def fetch(desk: Desk, report_id: str, **query: str) -> Any:
    return await desk.http.get(f"/api/ads/report-tasks/{report_id}/file", params=query)


async def test_a_long_report_is_made_of_parts_and_agrees_with_the_figures_at_once(desk_on_both: Desk):
    desk = desk_on_both
    report_id = await begin(desk, order_field="spend", order_type="ASC")
    assert (await fetch(desk, report_id)).status_code == 409
    told = await finish(desk, report_id)
    assert (told["state"], told["rows"], told["reason"]) == ("ready", 70, None)
    assert [step["state"] for step in told["steps"]] == ["done"] * 4
    assert (told["progress"]["percent"], told["progress"]["parts"]) == (100, 2)
    assert await desk.count(CREATE) == 2
    file = await fetch(desk, report_id)
    rows = list(csv.DictReader(io.StringIO(file.text)))
    spends = [float(row["spend"]) for row in rows]
    assert (len(rows), spends) == (70, sorted(spends))
    listed = await desk.get("report-tasks", advertiser_id=ADVERTISER)
    assert [item["id"] for item in listed["items"]] == [report_id]
    at_once = await desk.get(
        f"{ADVERTISER}/report", data_level="AUCTION_CAMPAIGN", dimensions="campaign_id,stat_time_day",
        metrics="spend", page_size=1, **span(35),
    )  # fmt: skip
    assert float(at_once["total_metrics"]["spend"]) == pytest.approx(sum(spends))
    # What was reserved in the same days stands in no part: it is named beside the file.
    other = {"service_type": "RESERVATION", "data_level": "RESERVATION_CAMPAIGN", "rows": 1}
    assert told["not_included"] == other | {"spend": told["not_included"]["spend"]}
    assert float(told["not_included"]["spend"]) > 0
    named = f"RESERVATION_CAMPAIGN; rows=1; spend={told['not_included']['spend']}"
    assert file.headers["newsreel-not-included"] == named
    # Another run of the same job finds nothing to do.
    await desk.run("ads.report", report_id)
    assert await desk.count(CREATE) == 2


async def test_a_workbook_is_made_of_it_on_request_with_ids_as_text(desk: Desk):
    report_id = await begin(desk, **span(3))
    await finish(desk, report_id)
    answer = await fetch(desk, report_id, format="xlsx")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 7
    assert '<c r="A2" t="inlineStr"><is><t>74' in sheet


async def test_a_task_that_is_not_ready_is_waited_for_and_its_pause_grows(desk: Desk):
    await control(desk.tiktok, "settings", task_queue_seconds=600, task_run_seconds=600)
    await control(desk.tiktok, "clock", freeze=True)
    report_id = await begin(desk, **span(3))
    from app.ads.reports.tasks import carry_out

    carry_out.PAUSES = (0.01, 60.0)  # as the fixture has set it, with an end
    told = await finish(desk, report_id)
    assert (told["state"], told["progress"]["parts_asked"], told["progress"]["parts_made"]) == ("processing", 1, 0)
    assert [step["state"] for step in told["steps"]] == ["done", "processing", "waiting", "waiting"]
    await desk.run("ads.report", report_id)
    assert await desk.count("report/task/check/") == 2
    await control(desk.tiktok, "clock", advance_seconds=1300)
    async with desk.app.transaction() as session:
        await session.exec(sa.update(AdsReport).values(next_at=utcnow()))
    assert (await finish(desk, report_id))["state"] == "ready"
    assert await desk.count(CREATE) == 1


async def test_an_answer_that_is_lost_makes_no_second_task_and_a_person_starts_a_new_one(desk_on_both: Desk):
    desk = desk_on_both
    await desk.tiktok.fail_next(CREATE, phase="after", cut=True)
    report_id = await begin(desk, **span(3))
    told = await finish(desk, report_id)
    assert (told["state"], told["reason"]) == ("failed", "outcome_unknown")
    assert "Start a new report" in told["detail"]
    await desk.run("ads.report", report_id)
    assert await desk.count(CREATE) == 1
    assert (await finish(desk, await begin(desk, **span(3))))["state"] == "ready"


async def test_what_surely_was_not_done_is_asked_for_again(desk: Desk):
    await desk.tiktok.fail_next(CREATE, phase="before", code=40100)
    report_id = await begin(desk, **span(3))
    assert (await finish(desk, report_id))["state"] == "ready"
    counts = (await desk.tiktok.http.get("/_emulator/business/counts")).json()["calls"][CREATE]
    assert counts == {"40100": 1, "0": 1}


async def test_a_report_that_tiktok_refuses_or_cannot_make_says_why(desk: Desk):
    told = await finish(desk, await begin(desk, metrics=["no_such_metric"], **span(3)))
    assert (told["state"], told["reason"]) == ("failed", "refused_by_tiktok")
    assert "no_such_metric" in told["detail"]
    await control(desk.tiktok, "settings", task_outcome="FAILED")
    told = await finish(desk, await begin(desk, **span(3)))
    assert (told["state"], told["reason"]) == ("failed", "failed_at_tiktok")
    spoken = await desk.http.get(f"/api/ads/report-tasks/{told['id']}", headers={"Accept-Language": "ru"})
    assert "отчёт" in spoken.json()["detail"]


async def test_a_worker_that_lost_redis_is_woken_by_the_sweep_and_old_files_go(desk: Desk):
    report_id = await begin(desk, **span(3))
    woken: list[str] = []

    async def wake(name: str, *args: str, job_id: str | None = None) -> None:
        woken.append(f"{name} {args[0]}")

    desk.app.queue.wake = wake  # type: ignore[method-assign]
    await desk.run("ads.reports_due")
    assert woken == [f"ads.report {report_id}"]
    await finish(desk, report_id)
    async with desk.app.transaction() as session:
        past = utcnow() - timedelta(seconds=1)
        await session.exec(sa.update(AdsReport).where(col(AdsReport.id) == report_id).values(expires_at=past))
    await desk.run("ads.sweep")
    answer = await fetch(desk, report_id)
    assert (answer.status_code, answer.json()["code"]) == (404, "report_gone")
    assert list((desk.app.settings.data_dir / "ads-reports").iterdir()) == []


async def test_bad_parameters_are_refused_before_anything_is_kept(desk: Desk):
    answer = await desk.post(f"{ADVERTISER}/report-tasks", **(BY_DAY | {"page": 1, "filtering": [
        {"field_name": "spend", "filter_type": "GREATER_THAN", "filter_value": "1"}]}))  # fmt: skip
    fields = {error["field"] for error in answer.json()["errors"]}
    assert (answer.status_code, "page" in fields) == (422, True)
    assert (await desk.get("report-tasks"))["items"] == []


async def test_the_sandbox_has_no_such_reports_and_is_not_asked(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
):
    address = tiktok.address.replace("127.0.0.1", "sandbox.localhost")
    async with open_desk(tmp_path, sqlite_url, tiktok, monkeypatch, business_api_base_url=address) as desk:
        answer = await desk.post(f"{ADVERTISER}/report-tasks", **(BY_DAY | span(3)))
        assert (answer.status_code, answer.json()["code"]) == (409, "not_in_sandbox")
        assert await desk.count(CREATE) == 0
