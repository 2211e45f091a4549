"""Reports on the page: only what fits together is asked for, and a file is made in its own time."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode

from sqlmodel import select, update

from app.admin.ads.report_query import METRICS, ReportQuery, read_query
from app.ads import jobs
from app.ads.figures.spans import days_of_span
from app.ads.models import AdsSavedReport, ReportEvery
from app.ads.reports.tasks import carry_out
from app.ads.saved.service import next_time
from app.ads.saved.telling import tell
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.notifications.wording import Writer
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.ads.test_pages import flat
from tests.admin.support import text_of
from tests.ads.desk import control, refused_reservations

PAGE = "/admin/ads/reports"
assert jobs


def asked(**choice: object) -> str:
    return f"{PAGE}?{urlencode({'show': '1', 'level': 'campaign', 'metrics': ['spend', 'ctr'], **choice}, doseq=True)}"


async def count(newsroom: AdsNewsroom) -> int:
    return len(await newsroom.tiktok.calls("report/integrated/get/"))


def test_an_address_is_read_back_as_the_report_that_it_names() -> None:
    query = ReportQuery(level="ad", time="stat_time_day", metrics=("clicks", "spend"), span="days", first="2026-01-01",
                        last="2026-02-01", sort="spend", page=3, is_asked=True)  # fmt: skip
    assert read_query(parse_qsl(query.href(page=3).partition("?")[2])) == query
    odd = [("show", "1"), ("level", "x"), ("metrics", "y"), ("page", "0"), ("first", "z"), ("span", "1e9")]
    assert read_query(odd) == ReportQuery(metrics=(), is_asked=True)


async def test_a_report_has_names_totals_and_amounts_in_words_and_as_csv(newsroom: AdsNewsroom):
    await newsroom.consent()
    await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=3, days=20, deposit=100_000)
    assert await count(newsroom) == 0
    assert "The report" not in await newsroom.text(PAGE)
    shown = await newsroom.html(asked(sort="spend", span="7"))
    told = flat(text_of(shown))
    assert "Rows: 3" in told
    assert "Together" in told
    spent = [float(found) for found in re.findall(r'class="is-number">([\d.]+)\u00a0USD', shown)[:3]]
    assert spent == sorted(spent, reverse=True)
    csv = unescape(re.findall(r'href="(/api/ads/[^"]+format=csv)"', shown)[0])
    lines = (await newsroom.html(csv)).splitlines()
    assert lines[0] == "campaign_id,campaign_name,spend,ctr"
    assert len(lines) == 4
    by_day = await newsroom.html(asked(time="stat_time_day", span="30"))
    assert "Further rows" in by_day


async def test_what_was_bought_the_other_way_is_said_and_one_click_away(newsroom: AdsNewsroom):
    await newsroom.consent()
    for buying_type, campaigns in (("AUCTION", 1), ("RESERVATION_RF", 2)):
        await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=campaigns, days=20, deposit=100_000,
                      buying_type=buying_type)  # fmt: skip
    shown = await newsroom.html(asked(span="7"))
    assert "Not in these rows: 2 reserved," in flat(text_of(shown))
    (href,) = re.findall(r'href="([^"]+)#result">Show them', shown)
    other = flat(await newsroom.text(unescape(href)))
    assert "Rows: 2" in other
    assert "Not in these rows: 1," in other
    with refused_reservations(newsroom.tiktok):
        assert "Of reserved campaigns TikTok tells nothing" in await newsroom.text(asked(span="7"))


async def test_what_does_not_fit_together_is_said_and_not_asked(newsroom: AdsNewsroom):
    await newsroom.consent()
    before = await count(newsroom)
    for choice, told in (
        ({"people": "age", "metrics": ["spend", "reach"]}, "by people, leave them out: People reached"),
        ({"people": "age", "time": "stat_time_hour"}, "TikTok tells people apart by the day"),
        ({"time": "stat_time_hour", "metrics": ["reach"]}, "TikTok does not have these by the hour"),
        ({"metrics": []}, "Choose one figure at least."),
        ({"span": "days"}, "The days do not fit:"),
        ({"span": "days", "first": "2026-03-02", "last": "2026-03-01"}, "The days do not fit:"),
    ):  # fmt: skip
        assert told in await newsroom.text(asked(**choice)), choice
    assert await count(newsroom) == before
    people = await newsroom.text(asked(people="age", span="7"))
    assert "The report" in people
    misfit = {name for name, one in METRICS.items() if not one.of_people}
    assert {"reach", "likes"} <= misfit


async def test_a_file_is_begun_followed_and_fetched_as_csv_and_xlsx(newsroom: AdsNewsroom, monkeypatch):
    monkeypatch.setattr(carry_out, "PAUSES", (0.01,))
    await newsroom.consent()
    await control(newsroom.tiktok, "settings", task_queue_seconds=0, task_run_seconds=0)
    for buying_type, campaigns in (("AUCTION", 2), ("RESERVATION_RF", 3)):
        await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=campaigns, days=5, deposit=100_000,
                      buying_type=buying_type)  # fmt: skip
    form = {"report": asked(span="7")}
    begun = await newsroom.send(f"{PAGE}/{FIRST}/file", PAGE, **form)
    assert begun.status_code == 303, text_of(begun.text)
    part = await newsroom.html(PAGE, is_part=True)
    assert 'hx-trigger="every 3s"' in part
    assert "Asked for" in part
    listed = (await newsroom.editor.client.get("/api/ads/report-tasks")).json()["items"]
    await JOBS["ads.report"].run({"app": newsroom.app}, listed[0]["id"])
    part = await newsroom.html(PAGE, is_part=True)
    assert "hx-trigger" not in part
    assert "Campaign, Spent, Clicks of 100 impressions (CTR)" in text_of(part)
    assert "Not in these rows: 3 reserved," in flat(text_of(part))
    href = re.findall(r'href="(/api/ads/report-tasks/[^"?]+)"', part)[0]
    assert (await newsroom.html(href)).startswith("campaign_id,")
    workbook = await newsroom.editor.client.get(f"{href}?format=xlsx")
    assert workbook.content[:2] == b"PK"
    refused = await newsroom.send(f"{PAGE}/{FIRST}/file", PAGE, report=asked(metrics=[]))
    assert (refused.status_code, "Choose one figure at least." in refused.text) == (422, True)
    assert (await newsroom.send(f"{PAGE}/1/file", PAGE, **form)).status_code == 404


def test_days_of_a_span_and_the_next_time_are_those_of_the_calendar() -> None:
    today = date(2026, 3, 1)
    assert days_of_span("7", today) == (date(2026, 2, 22), date(2026, 2, 28))
    assert days_of_span("last_month", today) == (date(2026, 2, 1), date(2026, 2, 28))
    assert days_of_span("month", today) == days_of_span("today", today) == (today, today)
    assert days_of_span("2026-01-02..2026-01-03", today) == (date(2026, 1, 2), date(2026, 1, 3))
    assert [days_of_span(odd, today) for odd in ("", "0", "..", "x..y", "1e3")] == [None] * 5
    at = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)  # a Sunday, 08:00 in Almaty
    told = {every: next_time(every, 8, "Asia/Almaty", at) for every in ReportEvery}
    assert told == {
        ReportEvery.never: None,
        ReportEvery.day: datetime(2026, 11, 30, 3, 0, tzinfo=UTC),
        ReportEvery.week: datetime(2026, 11, 30, 3, 0, tzinfo=UTC),
        ReportEvery.month: datetime(2026, 12, 1, 3, 0, tzinfo=UTC),
    }


async def test_a_report_is_kept_told_once_when_it_is_due_and_removed(newsroom: AdsNewsroom) -> None:
    app = newsroom.app
    await newsroom.consent()
    await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=2, days=9, deposit=100_000)
    await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=1, days=9, deposit=100_000,
                  buying_type="RESERVATION_RF")  # fmt: skip
    async with app.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.kz", events=["ads.report"], language="kk"))
    form = {"report": asked(span="7"), "every": "day", "hour": "8"}
    assert (await newsroom.send(f"{PAGE}/{FIRST}/keep", PAGE, **form, name="  ")).status_code == 409
    kept = await newsroom.send(f"{PAGE}/{FIRST}/keep", PAGE, **form, name="<b>Апта</b>")
    assert kept.status_code == 303, text_of(kept.text)
    shown = await newsroom.html(PAGE)
    assert "<b>Апта</b>" in text_of(shown)
    assert "<b>Апта</b>" not in shown
    assert "Told each day, 08:00 (" in text_of(shown)
    async with app.read() as session:
        (row,) = (await session.exec(select(AdsSavedReport))).all()
    assert row.next_at is not None
    await tell(app, row.id)
    assert await _events(newsroom) == []
    async with app.transaction() as session:
        await session.exec(update(AdsSavedReport).values(next_at=utcnow() - timedelta(minutes=1)))
    await newsroom.tiktok.fail_next("report/integrated/get/", code=40001, times=1)
    await tell(app, row.id)
    assert await _events(newsroom) == []
    assert "It could not be made" in await newsroom.text(PAGE)
    async with app.transaction() as session:
        await session.exec(update(AdsSavedReport).values(lease_until=None))
    for _ in range(2):
        await tell(app, row.id)
    (event,) = await _events(newsroom)
    assert (event.subject, event.data["title"]) == (f"ads_report:{row.id}", "<b>Апта</b>")
    item = {"at": event.at.isoformat(), "subject": event.subject, "data": event.data}
    letter = Writer(NotificationEndpoint(channel=Channel.email, address="a@b.kz", language="kk"), "https://n.example")
    paragraph = letter.paragraph("ads.report", item)
    assert "жарнама аккаунты" in paragraph.lines[0]
    assert "брондалған кампанияларға кетті" in paragraph.lines[0]
    assert paragraph.links[0].url == f"https://n.example/admin/ads/reports?saved={row.id}"
    opened = await newsroom.editor.client.get(f"{PAGE}?saved={row.id}", follow_redirects=False)
    assert opened.headers["location"] == row.query
    assert len((await newsroom.editor.client.get("/api/ads/report-tasks")).json()["items"]) == 1
    assert "It could not be made" not in await newsroom.text(PAGE)
    assert (await newsroom.send(f"{PAGE}/{row.id}/remove", PAGE)).status_code == 303
    assert (await newsroom.send(f"{PAGE}/{row.id}/remove", PAGE)).status_code == 404
    assert [len(await newsroom.audited(f"ads_report.{what}")) for what in ("kept", "removed")] == [1, 1]


async def _events(newsroom: AdsNewsroom) -> list[OutboxEvent]:
    async with newsroom.app.read() as session:
        return list((await session.exec(select(OutboxEvent).where(OutboxEvent.type == "ads.report"))).all())
