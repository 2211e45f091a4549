"""The list of posts in a real Chromium: refined as one types, followed, and found again as it was left."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlmodel import col

from app.config import Settings
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import arrange
from tests.builders import make_account, make_article, make_post, make_source

pytestmark = pytest.mark.browser


async def _fill(resources: Resources) -> list[str]:
    async with resources.transaction() as session:
        source, account = await make_source(session), await make_account(session)
        ids = []
        for number in range(60):
            article = await make_article(session, source_id=source.id, title=f"Мақала {number}", excerpt="")
            post = await make_post(session, article_id=article.id, account_id=account.id, title=f"Мақала {number}")
            ids.append(post.id)
        return ids


def test_list_is_refined_followed_and_found_again(window: Watched, site_settings: Settings) -> None:
    ids = arrange(site_settings, _fill)
    page = window.page
    page.goto("/admin/posts")
    expect(page.locator(".post-line")).to_have_count(25)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".post-line")).to_have_count(50)
    expect(page).to_have_url(f"{window.url}/admin/posts?shown=50")
    far = page.locator(f"#post-{ids[15]}")
    far.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    far.locator(".post-account").click()
    expect(page.get_by_role("heading", level=1, name="Мақала 15")).to_be_visible()
    page.get_by_role("link", name="All posts").click()
    expect(page.locator(".post-line")).to_have_count(50)
    page.wait_for_function("before => Math.abs(scrollY - before) < 200", arg=before)

    async def publish(resources: Resources) -> None:
        async with resources.transaction() as session:
            change = sa.update(Post).where(col(Post.id) == ids[15])
            await session.exec(change.values(state=PostState.retryable))

    arrange(site_settings, publish)
    expect(far.get_by_text("Will be tried again")).to_be_visible()

    page.get_by_label("Search posts").fill("мақ 42")
    expect(page.locator(".post-line")).to_have_count(1)
    expect(page).to_have_url(f"{window.url}/admin/posts?q=%D0%BC%D0%B0%D2%9B+42")
    expect(page.get_by_label("Search posts")).to_be_focused()
    page.get_by_label("Choose the post for Aimaq").check()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("1 post is stopped.")
    expect(page).to_have_url(f"{window.url}/admin/posts?q=%D0%BC%D0%B0%D2%9B+42")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("1 post is back.")
    expect(page.locator(f"#post-{ids[42]}").get_by_text("Preparing")).to_be_visible()
    page.goto("/admin/posts")
    page.get_by_label("Account", exact=True).select_option(label="Aimaq")
    page.wait_for_url(lambda url: "account_id=" in url)
    expect(page.locator(".post-line")).to_have_count(25)
