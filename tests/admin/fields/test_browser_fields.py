"""The pages of fields and rules as an editor uses them: tried on what really came, kept, and handled once more."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.articles.sources import NewSecret
from app.config import Settings
from app.resources import Resources
from tests.admin.fields.test_fields import ENTRY
from tests.admin.live import Watched
from tests.admin.support import arrange
from tests.builders import make_account
from tests.builders_articles import new_source

pytestmark = pytest.mark.browser


async def _arrange(resources: Resources) -> NewSecret:
    async with resources.transaction() as session:
        await make_account(session, display_name="Aimaq")
    return await new_source(resources, "strapi")


def _deliver(settings: Settings, made: NewSecret, **changes: Any) -> None:
    body = {**ENTRY, "entry": {**ENTRY["entry"], **changes}}  # type: ignore[dict-item]
    answer = httpx.post(
        f"{settings.public_url}/webhooks/cms/{made.source.slug}", content=json.dumps(body),
        headers={"Authorization": f"Bearer {made.secret}", "Content-Type": "application/json"}, trust_env=False,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text


def _title_of_newest(page: Page) -> Any:
    page.goto("/admin/articles")
    return page.locator(".article-title").first


def test_a_field_is_mapped_on_a_real_delivery_which_is_handled_again_and_rules_are_tried_on_it(
    window: Watched, site_settings: Settings
) -> None:
    page, made = window.page, arrange(site_settings, _arrange)
    _deliver(site_settings, made)
    expect(_title_of_newest(page)).to_have_text("Working title")

    page.goto(f"/admin/sources/{made.source.id}")
    page.get_by_role("link", name="See it on a real delivery").click()
    seen = page.locator("#seen")
    expect(seen).to_contain_text("Working title")
    page.get_by_label("Title", exact=True).fill("front.line")
    # Nobody clicks: the live view follows what is typed.
    expect(seen).to_contain_text("Жаңа мектеп ашылды")
    page.get_by_label("Summary", exact=True).fill("front.lead")
    expect(seen).to_contain_text("Мұнда мың бала оқиды")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    expect(page.get_by_label("Title", exact=True)).to_have_value("front.line")

    page.goto(f"/admin/sources/{made.source.id}")
    page.get_by_role("button", name="Handle it again").first.click()
    page.wait_for_load_state()
    expect(_title_of_newest(page)).to_have_text("Жаңа мектеп ашылды")

    page.goto(f"/admin/sources/{made.source.id}/rules")
    page.locator("#exclude-words").fill("мектеп")
    page.get_by_role("button", name="Try on the last 50 articles").click()
    tried = page.locator("#tried")
    expect(tried).to_contain_text("Left out")
    expect(tried).to_contain_text("мектеп")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    _deliver(site_settings, made, documentId="d2", front={"line": "Екінші мектеп ашылды"})
    expect(_title_of_newest(page)).to_have_text("Екінші мектеп ашылды")
    card = page.locator(".article-card").first
    expect(card).to_contain_text("The source's rules left it out.")
    expect(card).to_contain_text("мектеп")
