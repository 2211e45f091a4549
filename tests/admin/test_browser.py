"""The pages at work in a real Chromium."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select, update

from app.accounts.models import Account
from app.articles.models import Source
from app.config import Settings
from app.posts.face.decisions import decide
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, SETTINGS, arrange, make_newsroom

pytestmark = pytest.mark.browser

NEW_PASSWORD = "four quiet words again"


def test_login_and_logout_by_keyboard(chromium: Browser, site: str) -> None:
    watched = Watched(chromium, site)
    page = watched.page
    page.goto("/admin/settings/social-media")
    # A browser gives the first field the focus when it first draws the page: on a busy machine after it has loaded.
    expect(page.locator("[name=email]")).to_be_focused()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{SETTINGS}")
    page.get_by_role("button", name="Log out").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/login")
    page.goto("/admin/posts")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    watched.close()
    assert watched.trouble == []


def test_password_is_changed_by_keyboard(window: Watched) -> None:
    page = window.page
    page.goto("/admin/posts")
    page.get_by_role("link", name=EMAIL).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/you")
    page.get_by_label("Present password").focus()
    for word in ("wrong", NEW_PASSWORD, NEW_PASSWORD):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not your present password.")
    field = page.get_by_label("Present password")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("This is not your present password.")
    for word in (PASSWORD, NEW_PASSWORD, NEW_PASSWORD):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The password is changed, and your other logins have ended.")
    # A refusal is an answer with an error's status, which the browser reports.
    window.trouble = [line for line in window.trouble if "401" not in line]


def test_account_is_connected_and_its_settings_go_round(window: Watched, site_settings: Settings) -> None:
    page, window.elsewhere = window.page, (site_settings.tiktok_api_base_url,)
    page.goto(SETTINGS)
    page.get_by_role("link", name="Connect TikTok").click()
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("The TikTok account is connected.")).to_be_visible()
    audience = page.get_by_label("Who can see its posts")
    expect(audience).to_have_value("")
    assert audience.locator("option").all_inner_texts() == [
        "Not chosen yet", "Everyone", "Friends (mutual followers)", "Only me",
    ]  # fmt: skip
    audience.select_option("Only me")
    page.get_by_label("Ask first").check()
    page.get_by_label("Allow comments").uncheck()
    page.get_by_label("Posts in 24 hours").fill("4")
    page.locator("#accounts").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_text("Settings of this account").click()
    expect(page.get_by_label("Who can see its posts")).to_have_value("SELF_ONLY")
    expect(page.get_by_label("Ask first")).to_be_checked()
    expect(page.get_by_label("Allow comments")).not_to_be_checked()
    expect(page.get_by_label("Posts in 24 hours")).to_have_value("4")


def test_disconnecting_asks_first(window: Watched, site_settings: Settings) -> None:
    arrange(site_settings, make_newsroom)
    page = window.page
    page.goto(SETTINGS)
    window.expected_dialogs = 1
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected", exact=True)).to_be_visible()
    assert window.expected_dialogs == 0


def test_secret_of_a_source_is_copied_and_gone_after_a_reload(window: Watched, site_settings: Settings) -> None:
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = window.page
    page.goto("/admin/sources/new")
    form = page.locator("form[action='/admin/sources']")
    form.get_by_label("Name", exact=True).fill("Aimaq news")
    form.get_by_role("button", name="Add the source").click()
    box = page.locator(".secret")
    secret = box.get_by_label("Secret", exact=True).input_value()
    assert secret.startswith("whsec_")
    box.get_by_role("button", name="Copy").first.click()
    expect(box.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()
    expect(page.get_by_role("heading", name="Aimaq news")).to_be_visible()
    expect(page.locator(".secret")).to_have_count(0)
    assert secret not in page.content()
    assert arrange(site_settings, _count_sources) == 1


def test_approval_follows_tiktok_s_rules_while_one_types(window: Watched, site_settings: Settings) -> None:
    page, window.elsewhere = window.page, (site_settings.tiktok_api_base_url,)
    page.goto(SETTINGS)
    page.get_by_role("link", name="Connect TikTok").click()
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("The TikTok account is connected.")).to_be_visible()
    post_id = arrange(site_settings, _give_post_to_connected_account)
    page.goto(f"/admin/posts/{post_id}")
    approve = page.get_by_role("button", name="Approve and post")
    expect(page.get_by_text("Posting as Daily Bulletin")).to_be_visible()
    expect(approve).to_be_disabled()
    page.get_by_label("Who can see this post").select_option("Only me")
    expect(approve).to_be_enabled()
    page.get_by_label("Disclose commercial content").check()
    expect(approve).to_be_disabled()
    assert "You need to indicate" in (approve.get_attribute("title") or "")
    expect(page.get_by_label("Branded content")).to_be_disabled()
    page.get_by_label("Who can see this post").select_option("Everyone")
    page.get_by_label("Branded content").check()
    expect(page.locator("option[data-private]")).to_be_disabled()
    expect(page.get_by_text("Paid partnership")).to_be_visible()
    expect(page.get_by_role("link", name="Branded Content Policy")).to_be_visible()
    page.get_by_label("Title").fill("A better title 😀")
    expect(page.get_by_text("17 / 90")).to_be_visible()
    approve.click()
    expect(page.get_by_text("Approved. What becomes of the post stands below.")).to_be_visible()
    expect(page.get_by_role("heading", name="A better title 😀")).to_be_visible()


def test_page_of_a_post_follows_it_without_a_reload(window: Watched, site_settings: Settings) -> None:
    post_id = arrange(site_settings, make_newsroom)[PostState.scheduled]
    page = window.page
    page.goto(f"/admin/posts/{post_id}")
    page.evaluate("window.here = true")
    expect(page.get_by_role("button", name="Stop this post")).to_be_visible()
    arrange(site_settings, lambda resources: decide(resources, post_id, "cancel", by="a colleague"))
    expect(page.locator("#live").get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.locator("#live").get_by_text("Cancelled by a colleague.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop this post")).to_have_count(0)
    assert page.evaluate("window.here")


def test_text_being_typed_survives_the_following(window: Watched, site_settings: Settings) -> None:
    post_id = arrange(site_settings, make_newsroom)[PostState.awaiting_approval]
    page = window.page
    page.goto(f"/admin/posts/{post_id}")
    page.get_by_label("Title").fill("Half a sen")
    arrange(site_settings, lambda resources: _set(resources, Post, post_id, alert="article_unpublished"))
    expect(page.get_by_text("The article was unpublished, but")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Half a sen")


def test_list_grows_at_its_end(window: Watched, site_settings: Settings) -> None:
    for _ in range(3):
        arrange(site_settings, make_newsroom)
    page = window.page
    page.goto("/admin/posts")
    expect(page.locator(".post-line")).to_have_count(25)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".post-line")).to_have_count(30)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    page.get_by_label("Account").select_option(index=1)
    page.wait_for_url("**/admin/posts?account_id=*")
    expect(page.locator(".post-line")).to_have_count(10)


async def _count_sources(resources: Resources) -> int:
    async with resources.read() as session:
        return len((await session.exec(select(Source))).all())


async def _give_post_to_connected_account(resources: Resources) -> str:
    async with resources.read() as session:
        account = (await session.exec(select(Account))).one()
    ids = await make_newsroom(resources)
    await _set(resources, Post, ids[PostState.awaiting_approval], account_id=account.id)
    return ids[PostState.awaiting_approval]


async def _set(resources: Resources, table: Any, row_id: str, **values: Any) -> None:
    async with resources.transaction() as session:
        await session.exec(update(table).where(col(table.id) == row_id).values(**values))
