"""The inbox in a real Chromium: by single keys and without losing one's place, at three widths, as axe finds it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from app.config import Settings
from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.server import configured
from app.resources import Resources
from tests.admin.axe import violations
from tests.admin.comments.desk import InboxDesk
from tests.admin.live import Watched, free_port, serve
from tests.admin.support import EMAIL, PASSWORD, Editor, arrange, make_editor
from tests.ads.conftest import TikTok
from tests.ads.desk import app_settings, control
from tests.comments.own_posts import link_business
from tests.support.redis import TestRedis
from tests.support.threads import served

pytestmark = pytest.mark.browser


@pytest.fixture
def inbox_settings(tmp_path: Path, sqlite_url: str, redis_server: TestRedis) -> Iterator[Settings]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    there = create_emulator(business_settings=BusinessSettings(tier="ultimate"))
    with served(uvicorn.Server(configured(there, "127.0.0.1", 0))) as emulator_port:
        settings: Settings = app_settings(
            tmp_path, sqlite_url, f"http://127.0.0.1:{emulator_port}", port=port, public_url=address
        )
        settings = settings.model_copy(update={"redis_url": SecretStr(redis_server.url)})
        arrange(settings, make_editor)
        yield settings


async def _fill(resources: Resources) -> None:
    async with httpx.AsyncClient(base_url=resources.settings.business_api_base_url) as http:
        desk = InboxDesk(Editor(http), resources, TikTok(resources.settings.business_api_base_url, http))
        await desk.connect()
        ad = await desk.make_ad()
        for number, text in enumerate(("Қайда?", "Қазақстан" * 12, "Спасибо", "Когда откроют мост?", "first")):
            await desk.say(ad, text, seconds_ago=900 - number * 60, user_name=f"reader {number}")
        await desk.sync()


async def _fill_own(resources: Resources) -> None:
    async with httpx.AsyncClient(base_url=resources.settings.business_api_base_url) as http:
        tiktok = TikTok(resources.settings.business_api_base_url, http)
        account = await link_business(resources, tiktok)
        wish = {"open_id": account.open_id, "caption": "Көпір ашылды", "seconds_ago": 3_600}
        item_id = (await control(tiktok, "posts", **wish)).json()["item_id"]
        await control(tiktok, "organic-comments", item_id=item_id, text="Жарайсыңдар!", silent=True)
        await InboxDesk(Editor(http), resources, tiktok).sync()


def test_the_queue_is_worked_off_by_keys_and_stays_where_it_was(chromium: Browser, inbox_settings: Settings) -> None:
    arrange(inbox_settings, _fill)
    with serve(inbox_settings) as site:
        watched = Watched(chromium, site, width=1440)
        watched.log_in(EMAIL, PASSWORD)
        page = watched.page
        page.goto("/social/")
        expect(page.locator(".comment-open")).to_have_count(5)
        page.locator("[name=ids]").nth(3).check()
        page.keyboard.press("j")
        expect(page.locator("#one-heading")).to_have_text("reader 4")
        expect(page.locator(".comment-open[aria-current]")).to_have_text("first")
        page.keyboard.press("r")
        expect(page.locator("#reply")).to_be_focused()
        page.keyboard.type("Thank you!")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("TikTok has the answer.")).to_be_visible()
        expect(page.locator("#one-heading")).to_have_text("reader 3")
        expect(page.locator(".comment-open")).to_have_count(5)
        expect(page.locator("[name=ids]").nth(3)).to_be_checked()
        assert "said=" not in page.url
        page.keyboard.press("Escape")
        page.locator("#one-heading").focus()
        page.keyboard.press("h")
        expect(page.locator("#result")).to_contain_text("Hidden: 1 comment")
        expect(page.locator("article .comment-chips").first).to_contain_text("Hidden")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#result")).to_contain_text("Brought back: 1 comment")
        one = page.url
        assert "comment=" in one
        arrange(inbox_settings, _fill_own)
        page.goto("/social/")
        page.get_by_label("Where it stands").select_option("organic")
        expect(page.locator(".comment-open")).to_have_text(["Жарайсыңдар!"])
        expect(page.locator(".comment-ad")).to_have_text("Own post: Көпір ашылды")
        assert "source=organic" in page.url
        expect(page.locator("nav .badge")).to_have_text("4 unread")
        page.locator(".comment-open").click()
        page.get_by_role("button", name="Pin", exact=True).click()
        expect(page.locator("#result")).to_contain_text("Pinned: 1 comment")
        page.get_by_role("button", name="Like", exact=True).click()
        expect(page.locator("article .comment-chips").first).to_contain_text("Liked by us")
        expect(page.get_by_role("link", name="Көпір ашылды")).to_be_visible()
        own = page.url
        page.goto("/social/posts")
        page.get_by_text("Write a comment of your own").click()
        page.get_by_label("Your comment").fill("Сұрақтарыңызды осында жазыңыз.")
        page.get_by_role("button", name="Send the comment").click()
        expect(page.get_by_text("TikTok has the comment.")).to_be_visible()
        posts = page.url.partition("&notice=")[0]
        # What `test_browser_axe.py` does not show: the places of a queue that is being worked off.
        for number, path in enumerate(("/social/", one, own, posts)):
            page.emulate_media(color_scheme="dark" if number % 2 else "light", reduced_motion="reduce")
            page.goto(path)
            page.wait_for_load_state("networkidle")
            for width in (1440, 768, 360):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert violations(page) == [], path
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto("/social/?state=all")
        page.get_by_label("Keys are on in this browser").uncheck()
        page.keyboard.press("j")
        expect(page.locator("#one-heading")).to_have_count(0)
        watched.close()
        assert watched.trouble == []
