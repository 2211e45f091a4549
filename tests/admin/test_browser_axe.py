"""Every page with something on it, in one Chromium: nothing for axe to find, and nothing wider than the screen.

It is light, stands still while it loads, and its forms need no script. One browser, one installation, one loading of
each page, on a phone, which is then made wider and darker.
"""

import gzip
import re
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, Response

from app.config import Settings
from app.main import create_app
from tests.admin.axe import violations
from tests.admin.full_desk import fill_desk
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, arrange
from tests.support.whole_app import Endpoint, list_endpoints

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

_PLACES = ("/admin", "/approve", "/schema", "/social")
_NO_PAGES = re.compile(
    r"/live$|/creator$|/approvals/\{post_id\}/boost$|/accounts/\{account_id\}$|/pictures/|/video$|/uploads/"
    r"|/openapi\.json$|^/schema/\{path\}$|^/social/(callback|connect)/|/reports/\{.*(file|csv|xlsx)"
)
"""Parts of pages, pictures, what leads to TikTok, and Litestar's own word for no such part of the document."""
_LOGIN = "/admin/login"
_MISSING = ("/admin/setup/{token}", "/admin/{rest}")
"""What is not there: the set-up page once there is an admin, and an address that leads nowhere."""
_GONE = "/admin/posts/0190b2f0-0000-7000-8000-000000000000"
_WIDTHS = (360, 768, 1440)
_BY_WIDTH = ["target-size", "scrollable-region-focusable"]
"""What else hangs on the width alone: between the phone's and the desk's no page shows what neither of them shows."""
_IDS_TWICE = """
  (() => {
    const all = [...document.querySelectorAll("[id]")].map((one) => one.id);
    return all.filter((id, index) => all.indexOf(id) !== index);
  })()
"""
MOST_BYTES = 120_000
"""What a browser may load before a page says something, as it goes over the wire."""
_MOST_SHIFT = 0.01
"""Less than an eye sees: a tenth of what counts as good."""
_WATCH_SHIFTS = """
  window.moved = [];
  new PerformanceObserver((list) => list.getEntries().forEach((one) => moved.push([
    one.value, one.sources.map((source) => source.node?.id || source.node?.className || source.node?.nodeName).join(" ")
  ]))).observe({ type: "layout-shift", buffered: true });
"""
_LOADED_FIRST = """
  [...document.head.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.href || one.src)
"""
_NEEDS_SCRIPT = """
  (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const idle = [...page.querySelectorAll("button")].filter((one) => !one.form && !one.closest("[hidden], noscript"));
    const lost = page.querySelectorAll("form[hx-post]:not([action]), a[hx-get]:not([href])");
    return [...idle, ...lost].map((one) => one.outerHTML);
  }
"""


def test_no_page_has_a_violation_or_is_wider_than_its_screen(
    chromium: Browser, site: str, site_settings: Settings
) -> None:
    known = arrange(site_settings, fill_desk)
    endpoints = [one for one in list_endpoints(create_app(site_settings)) if _is_page(one)]
    no_row = [one.template for one in endpoints if "{" in one.template and one.template not in (*known, *_MISSING)]
    assert no_row == [], "a page of a row is looked at with that row: make one in full_desk.py"
    paths = sorted({path for one in endpoints for path in known.get(one.template, [one.path])})
    missing = {one.path for one in endpoints if one.template in _MISSING} | {_GONE}
    emulator = site_settings.tiktok_api_base_url
    # The last three lead to the consents of a creator, of a business account, and of an ad account.
    others = [f"{emulator}/_emulator/", f"{emulator}/_emulator/business/",
              "/api/tiktok/auth", "/api/business/auth", "/social/connect/TT/"]  # fmt: skip
    window = Watched(chromium, site)
    window.elsewhere = (emulator,)
    window.page.set_default_timeout(300_000)
    window.context.add_init_script(_WATCH_SHIFTS)
    found = _look_at(window.page, _LOGIN, 200)
    window.log_in(EMAIL, PASSWORD)
    for path in (*paths, *others, _GONE):
        found += _look_at(window.page, path, 404 if path in missing else 200)
    window.close()
    assert not found, "\n".join(found)


def _is_page(endpoint: Endpoint) -> bool:
    template = endpoint.template
    is_there = endpoint.method == "GET" and template.startswith(_PLACES) and template != _LOGIN
    return is_there and not _NO_PAGES.search(template)


def _look_at(page: Page, path: str, status: int) -> list[str]:
    _show(page, _WIDTHS[0])
    answer = page.goto(path)
    assert answer is not None
    if answer.status != status:
        return [f"{path} is answered with {answer.status}"]
    page.wait_for_load_state("networkidle")
    lines = [*_weigh(page, answer), *_shifts(page)]
    lines += [f"does nothing without script: {html[:160]}" for html in page.evaluate(_NEEDS_SCRIPT, answer.text())]
    lines += [f"has the id {one} twice" for one in page.evaluate(_IDS_TWICE)]
    page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true; })")
    for width in _WIDTHS:
        # Each colour is looked at in both schemes, each at one end of the widths.
        _show(page, width, is_dark=width == _WIDTHS[-1])
        only = _BY_WIDTH if width == _WIDTHS[1] else []
        lines += [f"on {width} px, {line}" for line in violations(page, only=only)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        lines += [f"{wide} px wide on a screen of {width}"] if wide > width else []
    return [f"{path}: {line}" for line in lines]


def _weigh(page: Page, answer: Response) -> list[str]:
    loaded = [len(gzip.compress(answer.body())), *(_weight(page, url) for url in page.evaluate(_LOADED_FIRST))]
    return [f"{sum(loaded)} bytes before it says something"] if sum(loaded) > MOST_BYTES else []


@cache
def _weight(page: Page, url: str) -> int:
    return len(gzip.compress(page.request.get(url).body()))


def _shifts(page: Page) -> list[str]:
    moved = page.evaluate("moved")
    return [f"moves while it loads: {moved}"] if sum(value for value, _ in moved) > _MOST_SHIFT else []


def _show(page: Page, width: int, *, is_dark: bool = False) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if is_dark else "light", reduced_motion="reduce")
