"""Approvals in a real Chromium: on a phone, by link, by single keys, and as a screen reader finds them."""

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from app.accounts.models import Account
from app.config import Settings
from app.media.service import list_assets
from app.posts.face.sign_off import make_sign_off_link
from app.posts.models import Post, PostState
from app.posts.schemas_sign_off import SignOffCreate
from app.resources import Resources
from tests.admin.axe import violations
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, arrange, draw_pictures, make_full_post
from tests.builders import make_article

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def posts(site: str, site_settings: Settings, chromium: Browser) -> list[str]:
    """Three posts that wait, of an account that is connected to the emulated TikTok."""
    watched = Watched(chromium, site)
    watched.elsewhere = (site_settings.tiktok_api_base_url,)
    watched.log_in(EMAIL, PASSWORD)
    watched.page.goto("/admin/settings/social-media")
    watched.page.get_by_role("link", name="Connect TikTok").click()
    watched.page.get_by_role("button", name="Authorize").click()
    expect(watched.page.get_by_text("The TikTok account is connected.")).to_be_visible()
    watched.close()
    ids: list[str] = arrange(site_settings, _make_posts)
    return ids


async def _make_posts(resources: Resources) -> list[str]:
    async with resources.transaction() as session:
        account = (await session.exec(select(Account))).one()
        ids = []
        for title in ("First", "Second", "Third"):
            article = await make_article(session)
            post = await make_full_post(
                session, article.id, account, PostState.awaiting_approval, title=title, media_problems=[]
            )
            ids.append(post.id)
    draw_pictures(resources)
    return ids


async def _read(resources: Resources) -> dict[str, Post]:
    async with resources.read() as session:
        return {post.id: post for post in (await session.exec(select(Post).order_by(col(Post.id)))).all()}


async def _list_paths(resources: Resources, post_id: str) -> list[str]:
    async with resources.read() as session:
        assets = await list_assets(session, post_id)
    return [asset.path for asset in sorted(assets, key=lambda asset: asset.position)]


def test_a_post_is_approved_on_a_phone(posts: list[str], chromium: Browser, site: str, site_settings: Settings) -> None:
    watched = Watched(chromium, site, **PHONE)
    watched.log_in(EMAIL, PASSWORD)
    page = watched.page
    page.goto("/admin/approvals")
    approve = page.get_by_role("button", name="Approve and post")
    preview, button = page.locator(".phone").bounding_box(), approve.bounding_box()
    assert preview
    assert button
    assert preview["y"] + preview["height"] < button["y"]
    expect(approve).to_be_disabled()
    expect(page.get_by_text("Choose first who can see this post.")).to_be_visible()
    expect(page.get_by_text("1 / 2")).to_be_visible()
    page.get_by_role("button", name="Picture after").click()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    page.get_by_label("Title").fill("Better 😀")
    expect(page.locator("#title-count")).to_contain_text("9 / 90")
    expect(page.locator("#phone-title")).to_have_text("Better 😀")
    page.get_by_label("Who can see this post").select_option("Only me")
    page.get_by_role("button", name="Picture 2 earlier").click()
    expect(page.get_by_role("button", name="Picture 1 later")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Better 😀")
    expect(page.get_by_label("Who can see this post")).to_have_value("SELF_ONLY")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    approve.click()
    expect(page.get_by_role("status")).to_contain_text("Approved: Better 😀")
    expect(page.get_by_label("Title")).to_have_value("Second")
    watched.close()
    assert watched.trouble == []
    post = arrange(site_settings, _read)[posts[0]]
    assert (post.is_approved, post.title, post.settings["privacy_level"]) == (True, "Better 😀", "SELF_ONLY")


def test_a_link_is_used_on_a_phone_without_a_login(
    posts: list[str], chromium: Browser, site: str, site_settings: Settings
) -> None:
    made = arrange(site_settings, lambda app: make_sign_off_link(app, posts[1], SignOffCreate(name="Chief"), by=EMAIL))
    watched = Watched(chromium, site, **PHONE)
    page, token, referers = watched.page, made.url.rpartition("/")[2], []
    page.on("request", lambda request: referers.append(request.all_headers().get("referer", "")))
    page.goto(made.url)
    expect(page.get_by_role("heading", name="Chief, please decide about this post")).to_be_visible()
    expect(page.get_by_text("Posting as")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Who can see this post").select_option("Everyone")
    pictures = page.locator(".order-list li")
    pictures.nth(1).drag_to(pictures.nth(0), target_position={"x": 2, "y": 20})
    expect(page.get_by_role("button", name="Picture 1 earlier")).to_be_visible()
    expect(page.locator(".reel img").first).to_have_attribute("src", f"/approve/{token}/pictures/2")
    expect(page.get_by_label("Who can see this post")).to_have_value("PUBLIC_TO_EVERYONE")
    page.get_by_role("button", name="Approve and post").click()
    expect(page.get_by_role("heading", name="Approved")).to_be_visible()
    assert not [referer for referer in referers if token in referer]
    page.goto(made.url)
    expect(page.get_by_text("This link was used already")).to_be_visible()
    watched.close()
    assert [line for line in watched.trouble if "404" not in line] == []
    assert arrange(site_settings, _read)[posts[1]].is_approved
    assert arrange(site_settings, lambda app: _list_paths(app, posts[1])) == ["aa/1.jpg", "aa/0.jpg"]


def test_single_keys_decide_and_keep_out_of_the_way(posts: list[str], window: Watched, site_settings: Settings) -> None:
    page = window.page
    page.goto("/admin/approvals")
    expect(page.get_by_text("Posting as")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("Title")).to_have_value("Second")
    expect(page.get_by_text("Posting as")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("e")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("nsa")
    expect(page.get_by_label("Title")).to_have_value("Secondnsa")
    page.get_by_role("heading", name="Approve this post").click()
    page.keyboard.press("s")
    expect(page.get_by_label("What is to be changed")).to_be_focused()
    page.get_by_label("Keys are on in this browser").uncheck()
    page.get_by_role("heading", name="Approve this post").click()
    page.keyboard.press("n")
    expect(page.get_by_label("Title")).to_have_value("Secondnsa")
    page.get_by_label("Keys are on in this browser").check()
    page.get_by_label("Who can see this post").select_option("Only me")
    page.get_by_role("heading", name="Approve this post").click()
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("Approved: Secondnsa")
    found = arrange(site_settings, _read)
    assert [found[post_id].is_approved for post_id in posts] == [False, True, False]


def test_audit_pack_prints_without_the_menu(posts: list[str], window: Watched) -> None:
    assert posts
    page = window.page
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/admin/audit-pack")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("heading", name="The checklist")).to_be_visible()
    assert page.pdf().startswith(b"%PDF")
