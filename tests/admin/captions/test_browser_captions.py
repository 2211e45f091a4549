"""The editor of captions in a real Chromium: seen while one types, refused with its line, saved, and brought back."""

import pytest
from playwright.sync_api import expect

from app.config import Settings
from tests.admin.captions.articles import new_article
from tests.admin.live import Watched
from tests.admin.support import arrange

pytestmark = pytest.mark.browser

PAGE = "/admin/captions?kind=photo_title&language=kk"


def test_a_template_is_seen_while_one_types_and_an_earlier_one_brought_back(
    window: Watched, site_settings: Settings
) -> None:
    arrange(site_settings, lambda app: new_article(app, title="Өз мақаламыз", language="kk"))
    page = window.page
    page.goto(PAGE)
    source, trials = page.get_by_label("Template", exact=True), page.locator("#trials")
    expect(trials).to_contain_text("Өз мақаламыз")
    source.fill("{{ title | upper }}! ")
    expect(trials).to_contain_text("ӨЗ МАҚАЛАМЫЗ!")
    page.get_by_role("button", name="Insert category").click()
    expect(source).to_have_value("{{ title | upper }}! {{ category }}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()

    source.fill("{{ title }}\n{{ nothing }}")
    expect(trials.get_by_role("alert")).to_contain_text("Line 2:")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#template-form").get_by_role("alert")).to_contain_text("Line 2:")
    expect(source).to_have_value("{{ title }}\n{{ nothing }}")
    source.fill("{{ title }}?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(source).to_have_value("{{ title }}?")

    history = page.locator("#history li")
    expect(history.first).to_contain_text("In use")
    history.nth(1).get_by_text("Show the text").click()
    expect(history.nth(1).locator("pre")).to_have_text("{{ title | upper }}! {{ category }}")
    history.nth(1).get_by_role("button", name="Go back to this").click()
    expect(source).to_have_value("{{ title | upper }}! {{ category }}")
    expect(trials).to_contain_text("ӨЗ МАҚАЛАМЫЗ!")
    assert [line for line in window.trouble if "422" not in line] == []
    window.trouble.clear()
