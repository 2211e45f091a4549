"""A post by hand in a real browser: two pictures dropped and put in order, a caption as one types, a kept draft."""

import base64
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlmodel import col, select

from app.accounts.models import Account
from app.articles.models import Article
from app.config import Settings
from app.kit.clock import rfc3339, utcnow
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import arrange
from tests.builders import make_account, make_article, make_post
from tests.media.samples import encode, photo

pytestmark = pytest.mark.browser

_DROP = """
(element, files) => {
  const data = new DataTransfer();
  for (const { name, content } of files) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/png" }));
  }
  for (const kind of ["dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}
"""


async def _fill(resources: Resources) -> Account:
    async with resources.transaction() as session:
        return await make_account(session, display_name="Aimaq Live", mode="approve")


async def _posts(resources: Resources) -> list[tuple[Post, Article]]:
    async with resources.read() as session:
        query = select(Post, Article).join(Article, col(Article.id) == col(Post.article_id))
        return list((await session.exec(query)).all())


def _drop_two(page: Page) -> None:
    files = [
        {"name": f"{width}.png", "content": base64.b64encode(encode(photo(width, 400), "PNG")).decode()}
        for width in (300, 340)
    ]
    page.locator("[data-drop]").evaluate(_DROP, files)


def test_a_post_by_hand_with_two_dropped_pictures(window: Watched, site_settings: Settings) -> None:
    account = arrange(site_settings, _fill)
    page = window.page
    page.goto("/admin/posts/new")
    page.fill("#title", "Су тасқыны басталды")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("#жаңалықтар")
    _drop_two(page)
    expect(page.locator(".media-item")).to_have_count(2, timeout=30_000)
    expect(page.locator("[data-status]")).to_have_text("Uploaded.")
    first, second = [field.input_value() for field in page.locator(".media-item input").all()]
    # By keyboard: the second goes before the first, and the draft knows.
    page.get_by_role("button", name="Move picture 2 further ahead").press("Enter")
    expect(page.locator(".media-item input").first).to_have_value(second)
    # By finger it goes back, and by mouse once more.
    pictures = page.locator(".media-item")
    _drag_by_finger(page, pictures.nth(0), pictures.nth(1))
    expect(page.locator(".media-item input").first).to_have_value(first)
    expect(page.get_by_role("button", name="Move picture 1 further ahead")).to_be_disabled()
    pictures.nth(1).drag_to(pictures.nth(0), target_position={"x": 2, "y": 20})
    expect(page.locator(".media-item input").first).to_have_value(second)
    page.check(f"#account-{account.id}")
    expect(preview).to_contain_text("Aimaq Live")
    # Whoever leaves the page finds it as it was.
    page.goto("/admin/")
    page.goto("/admin/posts/new")
    expect(page.locator("#title")).to_have_value("Су тасқыны басталды")
    expect(page.locator(".media-item input").first).to_have_value(second)
    page.get_by_role("button", name="Send for approval").click()
    page.wait_for_url("**/admin/posts/*?notice=written")
    expect(page.get_by_role("status").first).to_contain_text("The post is made.")
    ((post, article),) = arrange(site_settings, _posts)
    assert (post.account_id, post.is_forced) == (account.id, True)
    assert [image["url"] for image in article.images] == [second, first]


def test_pictures_are_dragged_on_while_an_earlier_answer_is_slow(window: Watched, site_settings: Settings) -> None:
    arrange(site_settings, _fill)
    page, held = window.page, list[Route]()
    page.goto("/admin/posts/new")
    _drop_two(page)
    expect(page.locator("[data-status]")).to_have_text("Uploaded.")
    first, second = [field.input_value() for field in page.locator(".media-item input").all()]
    pictures, leading = page.locator(".media-item"), page.locator(".media-item input").first

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/admin/posts/new/draft"), hold)
    pictures.nth(1).drag_to(pictures.nth(0), target_position={"x": 2, "y": 20})
    expect(leading).to_have_value(second)
    # Its answer comes while the next picture is up already, and leaves it in the hand.
    here, there = pictures.nth(1).bounding_box(), pictures.nth(0).bounding_box()
    assert here is not None
    assert there is not None
    page.mouse.move(here["x"] + 20, here["y"] + 20)
    page.mouse.down()
    page.mouse.move(here["x"] + 30, here["y"] + 20)
    with page.expect_response(re.compile("/admin/posts/new/draft")) as answer:
        held.pop().continue_()
    answer.value.finished()
    expect(pictures.nth(1)).to_have_class(re.compile("is-dragged"))
    page.mouse.move(there["x"] + 2, there["y"] + 20)
    page.mouse.up()
    expect(leading).to_have_value(first)
    # Two at once: what was asked last is shown.
    pictures.nth(1).drag_to(pictures.nth(0), target_position={"x": 2, "y": 20})
    pictures.nth(1).drag_to(pictures.nth(0), target_position={"x": 2, "y": 20})
    with page.expect_response(re.compile("/admin/posts/new/draft")):
        for route in held:
            route.continue_()
    expect(leading).to_have_value(first)
    page.reload()
    expect(leading).to_have_value(first)
    # htmx tells the console of the request that it called off.
    window.trouble = [
        line for line in window.trouble if "htmx:afterRequest" not in line and "htmx:sendAbort" not in line
    ]


def _drag_by_finger(page: Page, item: Locator, target: Locator) -> None:
    """Rest on a picture until it is up, move it behind another one, let go."""
    glass = page.context.new_cdp_session(page)
    item.scroll_into_view_if_needed()
    here, there = item.bounding_box(), target.bounding_box()
    assert here is not None
    assert there is not None

    def touch(kind: str, *points: dict[str, float]) -> None:
        glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": here["x"] + 20, "y": here["y"] + 20})
    expect(item).to_have_class(re.compile("is-dragged"))
    touch("touchMove", {"x": there["x"] + there["width"] - 5, "y": there["y"] + 20})
    touch("touchEnd")
    glass.detach()


async def _plan(resources: Resources) -> str:
    at = (utcnow() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    async with resources.transaction() as session:
        account = await make_account(session)
        article = await make_article(session)
        post = await make_post(
            session, article_id=article.id, account_id=account.id, state=PostState.scheduled, scheduled_at=at,
            state_reason="embargo", settings={"not_before": rfc3339(at)},
        )  # fmt: skip
    return post.id


def test_a_post_is_moved_by_drag_and_by_keys(window: Watched, site_settings: Settings) -> None:
    post_id = arrange(site_settings, _plan)
    page = window.page
    page.goto("/admin/calendar?view=list")
    entry = page.locator(f"#post-{post_id}")
    # Not the day on which it stands, whichever day it is today.
    target = page.locator(f"[data-day]:not(.is-past):not(.is-today):not(:has(#post-{post_id}))").last
    to = f"{target.get_attribute('data-day')}T12:00"
    entry.drag_to(target)
    expect(page.locator(f"#post-{post_id}")).to_have_attribute("data-at", to, timeout=30_000)
    # It is where the eyes are, and goes on by keys.
    moved = page.locator(f"#post-{post_id}")
    expect(moved).to_be_focused()
    moved.press("Shift+ArrowLeft")
    expect(page.locator(f"#post-{post_id}")).not_to_have_attribute("data-at", to, timeout=30_000)
    ((post, _),) = arrange(site_settings, _posts)
    assert post.settings["not_before"] == rfc3339(post.scheduled_at)
    assert f"{post.scheduled_at + timedelta(days=1):%Y-%m-%dT%H:%M}" == to
