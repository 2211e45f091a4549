"""The pages in a real Chromium: foreign text stays text, and long words of other languages fit a phone."""

import pytest
from playwright.sync_api import Browser
from sqlmodel import update

from app.accounts.models import Account
from app.articles.models import Article, Source
from app.config import Settings
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, SETTINGS, arrange, make_newsroom

pytestmark = pytest.mark.browser

_TALL = (PostState.awaiting_approval, PostState.unconfirmed, PostState.failed, PostState.published)
YOU = "/admin/you"
MANUAL = tuple(f"/admin/help{rest}" for rest in ("", "?q=post", "/settings", "/cms-generic"))
REFERENCE = ("/schema", "/schema/groups/articles")
DESK = (
    "/social/",
    "/social/canned",
    "/social/words",
    "/admin/posts/new",
    "/admin/calendar",
    "/admin/calendar?view=month",
    "/admin/calendar?view=list",
)
PHONE = {"width": 390, "height": 844}
NASTY = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '" autofocus onfocus=alert(3) x="',
    "</textarea></title><svg onload=alert(4)>",
    '<div hx-get="/admin/stolen" hx-trigger="load" hx-on:load="alert(5)">x</div>',
    "{{ 7 * 7 }} {% raw %} %(name)s",
)


def test_foreign_text_does_nothing_on_any_page(window: Watched, site_settings: Settings) -> None:
    ids = arrange(site_settings, make_newsroom)
    arrange(site_settings, lambda resources: _poison(resources, " ".join(NASTY)))
    page = window.page
    paths = [f"/admin/posts/{post_id}" for post_id in ids.values()]
    for path in ("/admin/", "/admin/posts", *paths, SETTINGS):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        shown = page.evaluate(_ALL_TEXT)
        assert all(nasty in shown for nasty in NASTY), path
        assert (
            page.locator("main :is(script, svg:not(.chart), [onerror], [onfocus], [hx-get='/admin/stolen'])").count()
            == 0
        )
        assert page.locator("a[href^='javascript']").count() == 0
    assert not any("/admin/stolen" in line for line in window.trouble)


# In English `test_browser_axe.py` measures every page.
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_pages_fit_a_phone(chromium: Browser, site: str, site_settings: Settings, language: str) -> None:
    ids = arrange(site_settings, lambda resources: make_newsroom(resources, title="Қазақстан" * 12))
    watched = Watched(chromium, site, **PHONE)
    watched.log_in(EMAIL, PASSWORD)
    page = watched.page
    for path in (
        "/admin/login",
        "/admin/",
        "/admin/posts",
        SETTINGS,
        YOU,
        *MANUAL,
        *REFERENCE,
        *DESK,
        *(f"/admin/posts/{ids[state]}" for state in _TALL),
    ):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true; })")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    watched.close()
    assert watched.trouble == []


async def _poison(resources: Resources, nasty: str) -> None:
    async with resources.transaction() as session:
        link = "javascript:alert(6)"
        await session.exec(update(Article).values(title=nasty, excerpt=nasty, category=nasty, tags=[nasty], url=link))
        await session.exec(
            update(Post).values(
                title=nasty, description=nasty, hashtags=[nasty], state_detail=nasty, fail_help=nasty, alert=nasty[:64],
                share_url=link, tiktok_status=nasty[:64], media_problems=[nasty],
            )
        )  # fmt: skip
        await session.exec(update(Source).values(name=nasty, options={"language": "", "opt_in_tag": nasty}))
        await session.exec(update(Account).values(display_name=nasty, username=nasty, scopes=[nasty]))


_ALL_TEXT = """
document.body.textContent + [...document.querySelectorAll("input, textarea")].map((field) => field.value).join("")
"""
