"""All pages of the ads in one Chromium: what axe finds, whether they fit, and a budget changed by clicks alone."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from app.ads.watches.look import look
from app.ads.watches.service import create_watch
from app.config import Settings
from app.emulator import create_emulator
from app.emulator.server import configured
from app.resources import open_resources
from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.axe import violations
from tests.admin.live import Watched, free_port, serve
from tests.admin.support import EMAIL, PASSWORD, Editor, make_editor
from tests.ads.conftest import THERE, TikTok
from tests.ads.desk import app_settings, control, wake_nobody
from tests.support.threads import served

pytestmark = pytest.mark.browser

_NASTY = '<img src=x onerror="alert(1)"> Көктем'
WIDTHS = (360, 768, 1440)


@pytest.fixture
def ads_site(tmp_path: Path, sqlite_url: str) -> Iterator[tuple[str, str]]:
    """An installation before an emulated TikTok with a past; give its address, and a campaign's id."""
    server = uvicorn.Server(configured(create_emulator(business_settings=THERE), "127.0.0.1", 0))
    with served(server) as emulator, ThreadPoolExecutor(1) as thread:
        port, address = free_port(), f"http://127.0.0.1:{emulator}"
        settings = app_settings(
            tmp_path, sqlite_url, address, ads_max_daily_budget=500, port=port, public_url=f"http://127.0.0.1:{port}"
        )
        campaign = thread.submit(lambda: asyncio.run(_fill(settings, address))).result()
        with serve(settings) as url:
            yield url, campaign


async def _fill(settings: Settings, address: str) -> str:
    async with open_resources(settings) as app, httpx.AsyncClient(base_url=address) as http:
        wake_nobody(app)
        await make_editor(app)
        newsroom = AdsNewsroom(Editor(http), app, TikTok(address, http))
        await newsroom.consent()
        await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=2, days=35, deposit=100_000)
        campaign = await newsroom.make_campaign(_NASTY)
        await newsroom.make_adgroup(campaign, "Алматы, 25–34")
        body = {"advertiser_id": FIRST, "kind": "balance", "threshold": 1_000_000, "name": _NASTY}
        await look(app, (await create_watch(app, body, None)).id)
        return campaign


def test_the_pages_of_the_ads_are_clean_fit_and_change_a_budget_by_clicks(
    chromium: Browser, ads_site: tuple[str, str]
) -> None:
    url, campaign = ads_site
    watched = Watched(chromium, url)
    watched.log_in(EMAIL, PASSWORD)
    page = watched.page
    _change_a_budget(page, watched, campaign)
    report = "reports?show=1&level=campaign&time=stat_time_day&metrics=spend&metrics=ctr&span=7"
    paths = ["", f"campaigns?open={campaign}", "figures", report, "files", "watches", "guards", "money", "calls"]
    for number, path in enumerate(paths):
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        for width, language in zip(WIDTHS, ("kk", "ru", "en"), strict=True):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"/admin/ads/{path}{'&' if '?' in path else '?'}lang={language}".replace("/?", "?"))
            page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            expect(page.locator("main h1")).to_have_count(1)
            # In English, by `test_browser_axe.py` at every width.
            if language == "kk":
                assert violations(page) == [], path
    watched.close()
    # A guard's question is 409 for programs, and a page like any other for people.
    assert [line for line in watched.trouble if "409" not in line] == []


def _change_a_budget(page: Page, watched: Watched, campaign: str) -> None:
    page.goto("/admin/ads/campaigns")
    row = page.locator(f"#campaigns-{campaign}")
    expect(row).to_contain_text('<img src=x onerror="alert(1)">')
    row.locator("summary").click()
    row.get_by_label("New budget").fill("700")
    row.get_by_role("button", name="Change the budget").click()
    expect(page.get_by_role("alert")).to_contain_text("A spending guard stands in the way")
    page.get_by_role("button", name="It is meant").click()
    expect(page.get_by_role("status")).to_contain_text("60.50")
    assert page.url.endswith("/admin/ads/campaigns")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("60.50\u00a0USD a day")
    watched.expected_dialogs = 1
    row.get_by_role("button", name="Switch off").click()
    row.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status")).to_contain_text("Switched off → On")
    page.locator(f"#campaigns-{campaign} .turn").first.click()
    expect(page.locator(".is-adgroups bdi")).to_have_text("Алматы, 25–34")
    assert f"open={campaign}" in page.url
