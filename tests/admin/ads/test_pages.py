"""Figures, money, guards, watches, files and calls of the ads, as somebody without script sees and changes them."""

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from app.ads.internal import audit
from app.ads.models import AdsUpload, AdsWatch, AdsWatchEvent, UploadState
from app.ads.watches.look import look
from app.messages import ads_watches
from app.messages.kinds import Quote
from app.messages.message import keep_whole
from app.tiktok_business.reports import ReportPage, ReportQuery, Reports
from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.support import csrf_token, text_of
from tests.ads.desk import ALMATY, ANALYST, control, refused_reservations

PAGES = ("campaigns", "figures", "reports", "files", "watches", "guards", "money", "calls")
NASTY = "<img src=x onerror=alert(1)>"

TODAY = datetime.now(ALMATY).date()
"""Where the ad account is: pages reckon in its days."""


def png() -> bytes:
    made = BytesIO()
    Image.new("RGB", (720, 720), (20, 90, 110)).save(made, "PNG")
    return made.getvalue()


def flat(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


async def test_every_page_stands_without_an_account_and_names_what_is_current_with_one(newsroom: AdsNewsroom):
    for page in PAGES:
        assert "No ad account is within reach yet." in await newsroom.text(f"/admin/ads/{page}"), page
    await newsroom.consent()
    for page in PAGES:
        shown = await newsroom.html(f"/admin/ads/{page}?lang=ru")
        assert "Администратор" in shown, page
        assert f'href="/admin/ads/{page}" aria-current="page"' in shown, page
        assert shown.count("<h1>") == 1, page


async def test_figures_are_compared_and_the_last_days_are_said_to_change(newsroom: AdsNewsroom):
    await newsroom.consent()
    await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=2, days=40, deposit=100_000)
    asked = {
        "report_type": "BASIC", "data_level": "AUCTION_ADVERTISER", "dimensions": '["advertiser_id"]',
        "metrics": '["spend","impressions","clicks"]', "advertiser_id": FIRST,
    }  # fmt: skip
    spans = [
        (TODAY - timedelta(days=7), TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=14), TODAY - timedelta(days=8)),
    ]
    now, before = [
        (await newsroom.tiktok.ask("report/integrated/get/", start_date=str(first), end_date=str(last), **asked))[
            "list"
        ][0]["metrics"]
        for first, last in spans
    ]
    page = await newsroom.html("/admin/ads/figures?days=7")
    told = flat(text_of(page))
    for name in ("impressions", "clicks"):
        assert f"{int(now[name]):,}" in told, name
        assert f"before: {int(before[name]):,}" in told, name
    assert page.count('class="chart-soft"') == 4 * 7
    assert "may still change, from" in told
    assert page.count('<svg class="chart"') == 4
    assert "Auction ads and reserved campaigns are counted together." in told
    assert page.count("<tr><th") == 8
    campaign = (await newsroom.tiktok.ask("campaign/get/", advertiser_id=FIRST))["list"][0]["campaign_id"]
    one = flat(await newsroom.text(f"/admin/ads/figures?days=7&campaign_id={campaign}"))
    assert f"Only campaign {campaign}" in one
    assert f"before: {int(before['impressions']):,}" not in one


async def test_figures_count_reserved_campaigns_too_and_say_where_tiktok_does_not_tell_them(
    newsroom: AdsNewsroom, monkeypatch: pytest.MonkeyPatch
):
    await newsroom.consent()
    for buying_type in ("AUCTION", "RESERVATION_RF"):
        await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=1, days=20, deposit=100_000,
                      buying_type=buying_type)  # fmt: skip
    first, last = str(TODAY - timedelta(days=7)), str(TODAY - timedelta(days=1))
    clicks = {
        lane: int((await newsroom.tiktok.ask(
            "report/integrated/get/", report_type="BASIC", data_level=f"{lane}_ADVERTISER", service_type=lane,
            dimensions='["advertiser_id"]', metrics='["clicks"]', advertiser_id=FIRST, start_date=first, end_date=last,
        ))["list"][0]["metrics"]["clicks"])
        for lane in ("AUCTION", "RESERVATION")
    }  # fmt: skip
    ask, both = Reports.get_report, asyncio.Barrier(2)

    async def get_report(self: Reports, query: ReportQuery, **how: Any) -> ReportPage:
        async with asyncio.timeout(20):
            await both.wait()  # neither waits for the other's answer
        return await ask(self, query, **how)

    with monkeypatch.context() as patched:
        patched.setattr(Reports, "get_report", get_report)
        told = flat(await newsroom.text("/admin/ads/figures?days=7"))
    assert f"{sum(clicks.values()):,}" in told
    with refused_reservations(newsroom.tiktok):
        told = flat(await newsroom.text("/admin/ads/figures?days=7"))
    assert f"{clicks['AUCTION']:,}" in told
    assert "Auction ads alone are counted" in told


async def test_tiktok_that_refuses_leaves_every_page_standing(newsroom: AdsNewsroom):
    await newsroom.consent()
    for page, endpoint in (("figures", "report/integrated/get/"), ("money", "advertiser/balance/get/")):
        await newsroom.tiktok.fail_next(endpoint, code=40001, times=9)
        shown = await newsroom.html(f"/admin/ads/{page}?lang=en")
        assert 'role="alert"' in shown, page
        assert "TikTok refused it" in text_of(shown), page
        await newsroom.tiktok.fail_next(endpoint, code=40001, times=9)
        told = await newsroom.text(f"/admin/ads/{page}?lang=kk")
        assert "Бұл токенге жарнама аккаунты немесе рұқсат берілмеген." in told, page


async def test_money_has_a_balance_and_what_moved_in_the_reader_s_words(newsroom: AdsNewsroom):
    await newsroom.consent()
    moved = await newsroom.tiktok.http.post(
        "/open_api/v1.3/bc/transfer/", headers={"Access-Token": "emulated-business-token"},
        json={"bc_id": "7100000000000000001", "transfer_type": "RECHARGE", "advertiser_id": FIRST, "cash_amount": 12.5},
    )  # fmt: skip
    assert moved.json()["code"] == 0, moved.text
    told = flat(await newsroom.text("/admin/ads/money"))
    assert "In the ad account" in told
    assert re.search(r"Moved (in|out) · money [+−]12\.50 USD", told), told[-900:]
    nothing = await newsroom.text("/admin/ads/money?from=2020-01-01&to=2020-01-02&lang=kk")
    assert "Бұл күндері қозғалыс болмады." in nothing
    assert "Nothing moved" not in nothing
    assert "What moved" in await newsroom.text("/admin/ads/money?from=nonsense&page=7&lang=en")


async def test_guards_of_an_account_are_set_and_taken_back_on_the_page(newsroom: AdsNewsroom):
    await newsroom.consent()
    page, path = "/admin/ads/guards", f"/admin/ads/guards/{FIRST}"
    assert "Counts now: 500 USD (the installation's)" in flat(await newsroom.text(page))
    done = await newsroom.send(path, page, max_daily_budget="1 000,50", max_transfer="0", max_raise_percent="")
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?notice=saved")
    told = flat(await newsroom.text(page))
    assert "Counts now: 1,000.50 USD (the installation has 500 USD)" in told
    assert "Counts now: no guard" in told
    for wrong in ("many", "-5", "1.234"):
        refused = await newsroom.send(path, page, max_daily_budget=wrong)
        assert refused.status_code == 422, wrong
        assert f'value="{wrong}"' in refused.text
        assert 'aria-invalid="true"' in refused.text
    assert (await newsroom.send(path, page)).status_code == 303
    assert "Counts now: 500 USD (the installation's)" in flat(await newsroom.text(page))
    first, second = await newsroom.audited("ads_guards.changed")
    assert first.after["max_daily_budget"] == "1000.50"
    assert second.after["max_daily_budget"] is None
    assert (await newsroom.send("/admin/ads/guards/7200000000000000999", page, max_transfer="1")).status_code == 404


async def test_a_watch_is_added_shown_with_what_it_found_and_removed(newsroom: AdsNewsroom):
    await newsroom.consent()
    page, path = "/admin/ads/watches", f"/admin/ads/watches/{FIRST}"
    missing = await newsroom.send(path, page, what="spend:campaign", name="Spring", threshold="")
    assert missing.status_code == 422
    assert 'value="Spring"' in missing.text
    assert (await newsroom.send(path, page, what="nonsense")).status_code == 422
    form = {
        "what": "spend:campaign",
        "name": NASTY,
        "threshold": "1 500,5",
        "period": "lifetime",
        "object_ids": "17, 18",
    }
    assert (await newsroom.send(path, page, **form)).status_code == 303
    # What does not belong to the kind, and is hidden on the page, does no harm.
    assert (await newsroom.send(path, page, what="status:advertiser", threshold="5", object_ids="1")).status_code == 303
    async with newsroom.app.read() as session:
        rows = {row.kind.value: row for row in (await session.exec(select(AdsWatch))).all()}
    spend = rows["spend"]
    assert (spend.threshold, spend.period.value, spend.object_ids) == ("1500.50", "lifetime", ["17", "18"])
    await look(newsroom.app, rows["status"].id)
    detail = ads_watches.watched_status(Quote(NASTY), Quote("B"), Quote("A"))
    async with newsroom.app.transaction() as session:
        session.add(AdsWatchEvent(watch_id=spend.id, detail=keep_whole(detail)))
    shown = await newsroom.html(page)
    assert NASTY not in shown
    assert text_of(shown).count(NASTY) >= 2
    assert "tells from 1,500.50 USD in all on · only 17, 18" in flat(text_of(shown))
    assert "Nothing found so far." in shown
    removed = await newsroom.send(f"{path.rpartition('/')[0]}/{spend.id}/remove", page)
    assert removed.status_code == 303
    assert NASTY not in text_of(await newsroom.html(page))
    assert (await newsroom.send(f"/admin/ads/watches/{spend.id}/remove", page)).status_code == 404


async def test_files_go_to_the_library_and_what_was_not_taken_says_why(newsroom: AdsNewsroom):
    await newsroom.consent()
    page, path = "/admin/ads/files", f"/admin/ads/files/{FIRST}"
    token = {"_csrf_token": csrf_token(await newsroom.html(page))}
    client = newsroom.editor.client
    sent = await client.post(f"{path}/image", data=token, files={"file": ("a.png", png())}, follow_redirects=False)
    assert sent.status_code == 303, text_of(sent.text)
    assert sent.headers["location"] == f"{page}?notice=ads_file_stored"
    odd = await client.post(f"{path}/video", data=token, files={"file": ("a.mp4", b"no film at all, but text")})
    assert odd.status_code == 422
    assert "TikTok takes videos as MP4" in text_of(odd.text)
    none = await client.post(f"{path}/video", data=token, files={"file": ("", b"")})
    assert (none.status_code, "Choose a file" in none.text) == (400, True)
    private = await client.post(f"{path}/image", data={**token, "url": "http://127.0.0.1:9/a.png"})
    assert private.status_code == 422
    async with newsroom.app.transaction() as session:
        row = AdsUpload(mode="real", advertiser_id=FIRST, kind="video", size=4000, received=4000, sent=1000)
        row.state = UploadState.sending
        session.add(row)
    part = await newsroom.html(page, is_part=True)
    assert part.startswith('<section class="card" id="uploads"')
    assert 'max="100" value="62"' in part
    told = text_of(part)
    assert told.count("In the library") == 1
    assert "a.png" in told
    assert told.count("Not taken") == 2
    ids = re.findall(r'hx-post="(/api/ads/[^"]+)"', await newsroom.html(page))
    assert [unescape(one).partition("?upload_id=")[0] for one in ids] == [
        f"/api/ads/{FIRST}/{kind}s" for kind in ("video", "image")
    ]


async def test_an_analyst_finds_the_upload_forms_closed(newsroom: AdsNewsroom):
    await newsroom.consent(ANALYST)
    shown = await newsroom.html("/admin/ads/files")
    assert shown.count('disabled aria-describedby="why-not"') == 4
    token = {"_csrf_token": csrf_token(shown)}
    refused = await newsroom.editor.client.post(
        f"/admin/ads/files/{FIRST}/image", data=token, files={"file": ("a.png", png())}
    )
    assert refused.status_code == 403
    assert await newsroom.tiktok.calls("file/image/ad/upload/") == []


async def test_the_record_of_calls_tells_whether_one_may_be_repeated(newsroom: AdsNewsroom):
    lost = {"code": "OUTCOME_UNKNOWN", "message": "lost", "outcome": "unknown"}
    refused = {"code": "INVALID_PARAMETER", "message": "no", "outcome": "not_done"}
    entries: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        (
            {"operation": "CreateCampaign", "payload": {"name": NASTY, "secret": "canary"}, "key": "k1"},
            {"success": True},
        ),
        ({"operation": "TransferFunds", "key": "k2"}, {"success": False, "error": lost}),
        ({"operation": "TransferFunds"}, {"success": False, "error": lost}),
        ({"operation": "CreateCampaign"}, {"success": True}),
        ({"operation": "CreateCampaign"}, {"success": False, "error": refused}),
        ({"operation": "GetReport"}, {"success": True}),
        ({"operation": "ads.campaigns.status"}, {"success": True}),
    )
    for given, told in entries:
        answer = {"error": None, "requestId": "r-1", "replayed": False, "durationMs": 5} | told
        await audit.complete(newsroom.app, audit.Entry("key 1", "real", **given), 200, answer)
    shown = await newsroom.html("/admin/ads/calls")
    text = text_of(shown)
    assert NASTY not in shown
    assert NASTY in text
    assert "canary" not in shown
    for sentence in (
        "A repeat with the same key gets this very answer", "A repeat with the same key is looked up at TikTok first",
        "It had no key, and may have been done", "It had no key: whoever repeats it", "Nothing was done at TikTok",
        "It only read", "done twice, it is the same",
    ):  # fmt: skip
        assert text.count(sentence) == 1, sentence
    found = await newsroom.text("/admin/ads/calls?operation=TransferFunds&outcome=unknown")
    assert found.count("Key against doubles") == 1
    assert "CreateCampaign INVALID" not in found
    assert "Nothing matches" in await newsroom.text("/admin/ads/calls?operation=Nothing")
