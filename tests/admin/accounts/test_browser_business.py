"""A business account by clicking alone: the emulated consent, its refusal, and who follows the account."""

import pytest
from playwright.sync_api import expect

from tests.admin.live import Watched

pytestmark = pytest.mark.browser

SETTINGS = "/admin/settings/social-media"


def test_a_business_account_is_connected_by_clicks_and_shows_who_follows_it(window: Watched) -> None:
    page = window.page
    page.goto(SETTINGS)
    page.get_by_role("link", name="Connect a business account").click()
    expect(page.get_by_role("heading", name="TikTok accounts for business, emulated")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/admin/settings/social-media?tiktok_auth=error*")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_role("link", name="Connect a business account").click()
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/admin/settings/social-media?tiktok_auth=success*")
    expect(page.get_by_text("Business account", exact=True)).to_be_visible()
    page.get_by_role("link", name="Who follows it").click()
    expect(page.get_by_role("heading", name="Countries")).to_be_visible()
    countries = page.locator("section", has=page.get_by_role("heading", name="Countries")).locator("li")
    expect(countries.first).to_contain_text("Kazakhstan")
    expect(countries.first).to_contain_text("83%")
    expect(page.locator("svg.chart rect")).to_have_count(24)
    page.goto(f"{page.url}?lang=kk")
    expect(page.get_by_text("Қазақстан")).to_be_visible()
