"""The scenario that TikTok's reviewers want to see, played against the emulator: `make auditpack` draws its pictures.

A real article comes by webhook, a real worker makes its post ready, and a real Chromium goes through TikTok's checklist
in its order. Each point's part of the screen is kept under `public/static/audit`, where the audit pack shows it.
"""

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import sqlalchemy as sa
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from app.config import ROOT, Settings
from app.emulator.server import build_server
from app.emulator.world.settings import EmulatorSettings
from app.models import metadata
from app.posts.models import PostState
from app.process.job_loop import work
from app.resources import open_resources
from app.worker import load_jobs
from tests.admin.live import ARGUMENTS, Watched, find_chromium, free_port, serve
from tests.admin.support import EMAIL, PASSWORD, arrange, make_editor
from tests.builders_articles import new_source, signed_generic
from tests.conftest import make_settings
from tests.support.redis import TestRedis
from tests.support.threads import served

FOLDER = ROOT / "public" / "static" / "audit"
WIDTH = 1100
_ARTICLE = {
    "id": "1",
    "title": "New bridge opens in Satpayev",
    "excerpt": "The bridge joins the two halves of the town; traffic began a month early.",
    "language": "en",
    "tags": ["Satpayev", "roads"],
}
_MANY = "spam_risk_too_many_posts"


class Player:
    """One play of the scenario."""

    def __init__(self, browser: Browser, url: str, emulator: str, settings: Settings, pictures: str) -> None:
        self.watched = Watched(browser, url, width=WIDTH, height=2400)
        self.watched.context.set_default_timeout(90_000)
        self.watched.elsewhere = (emulator,)
        self.page: Page = self.watched.page
        self.emulator, self.settings, self.pictures = emulator, settings, pictures

    def play(self) -> None:
        """Go through it from beginning to end."""
        self._connect()
        self._receive()
        self._ask_nothing_beforehand()
        self._disclose()
        self._stop_at_the_limit()
        self._consent()

    def keep(self, name: str, part: Locator | None = None) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{name}.png"
        if part is None:
            self.page.screenshot(path=path)
        else:
            part.screenshot(path=path)
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)

    def _connect(self) -> None:
        self.watched.log_in(EMAIL, PASSWORD)
        self.page.goto("/admin/settings/social-media")
        self.page.get_by_role("link", name="Connect TikTok").click()
        self.keep("login")
        self.page.get_by_role("button", name="Authorize").click()
        self.page.get_by_text("The TikTok account is connected.").wait_for()
        self.page.get_by_label("Ask first").check()
        # TikTok allows no link in what is posted.
        self.page.locator("[name=with_link]").uncheck()
        self.page.locator("#accounts").get_by_role("button", name="Save").click()
        self.page.get_by_text("Saved.").wait_for()

    def _receive(self) -> None:
        made = arrange(self.settings, new_source)
        images = [{"url": f"{self.pictures}/{number}.jpg"} for number in (1, 2, 3)]
        data = {**_ARTICLE, "url": "https://news.example/bridge", "images": images}
        body = json.dumps({"type": "article.published", "timestamp": "2026-11-30T00:00:00Z", "data": data}).encode()
        sample = signed_generic(made.secret, body)
        address = f"{self.settings.public_url}/webhooks/cms/{made.source.slug}"
        httpx.post(address, content=sample.body, headers=dict(sample.headers)).raise_for_status()
        for _ in range(120):
            self.page.goto("/admin/approvals")
            if self.page.locator("form.approve").count():
                return
            self.page.wait_for_timeout(500)
        raise RuntimeError("no post came to wait for approval")

    def _ask_nothing_beforehand(self) -> None:
        page = self.page
        page.get_by_text("Posting as").wait_for()
        page.wait_for_load_state("networkidle")
        self.keep("screen", page.locator("form.approve"))
        self.keep("preview", page.locator(".approval-look"))
        self.keep("creator", page.locator(".creator-name"))
        self.keep("text", page.locator(".field", has=page.locator("#title")))
        self.keep("audience", page.locator(".field", has=page.locator("#privacy_level")))
        self.keep("interactions", page.locator("#creator fieldset"))
        self.keep("consent", page.locator("[data-consent]"))
        self.keep("button", page.locator(".approval-end"))

    def _disclose(self) -> None:
        page, part = self.page, self.page.locator("fieldset.disclosure")
        self.keep("disclosure-off", part)
        page.get_by_label("Who can see this post").select_option("Everyone")
        page.get_by_label("Disclose commercial content").check()
        self.keep("disclosure-none", part)
        self.keep("button-off", page.locator(".approval-end"))
        page.get_by_label("Your brand").check()
        self.keep("disclosure-own", part)
        page.get_by_label("Branded content").check()
        self.keep("disclosure-both", part)
        self.keep("consent-branded", page.locator("[data-consent]"))
        page.get_by_label("Your brand").uncheck()
        self.keep("disclosure-branded", part)
        self.keep("audience-branded", page.locator(".field", has=page.locator("#privacy_level")))

    def _stop_at_the_limit(self) -> None:
        order = {"endpoint": "creator_info", "code": _MANY, "http_status": 200}
        httpx.post(f"{self.emulator}/_emulator/next-errors", json=[order]).raise_for_status()
        self.page.reload()
        self.page.get_by_text("TikTok does not allow posting now").wait_for()
        self.keep("stopped", self.page.locator("#creator"))

    def _consent(self) -> None:
        page = self.page
        page.reload()
        page.get_by_label("Who can see this post").select_option("Everyone")
        page.get_by_label("Allow comments").check()
        page.get_by_label("Title").fill("A new bridge for Satpayev")
        self.keep("ready", page.locator("form.approve"))
        page.get_by_role("button", name="Approve and post").click()
        page.locator(".banner.is-good a").first.click()
        page.locator("#live", has_text="TikTok says that the post is out.").wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        self.keep("status", page.locator("#live"))
        self.keep("story", page.locator("#story .timeline"))


@contextmanager
def _pictures(folder: Path) -> Iterator[str]:
    for number, sky in enumerate(((46, 94, 148), (196, 120, 78), (70, 120, 96)), 1):
        picture = Image.new("RGB", (1080, 1440), sky)
        pen = ImageDraw.Draw(picture)
        pen.ellipse((720, 180, 900, 360), fill=(250, 214, 130))
        pen.polygon(
            [(0, 1440), (0, 1000), (320, 720), (620, 1040), (860, 800), (1080, 980), (1080, 1440)], fill=(28, 52, 60)
        )
        pen.rectangle((0, 1120, 1080, 1150), fill=(226, 222, 210))
        for pillar in range(90, 1080, 180):
            pen.rectangle((pillar, 1150, pillar + 26, 1440), fill=(206, 202, 190))
        picture.save(folder / f"{number}.jpg", quality=88)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def run_worker() -> None:
        async with open_resources(settings) as resources:
            ready.set()
            await work(resources, stop)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run_worker()), daemon=True)
    thread.start()
    ready.wait(30)
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)


def play_all() -> None:
    """Play the scenario and keep its pictures."""
    load_jobs()
    redis = TestRedis()
    redis.start()
    with tempfile.TemporaryDirectory() as name, _pictures(Path(name)) as pictures:
        folder = Path(name)
        engine = sa.create_engine(f"sqlite:///{folder / 'newsreel.db'}")
        metadata.create_all(engine)
        engine.dispose()
        with served(build_server("127.0.0.1", 0, EmulatorSettings(client_key="k", client_secret="s"))) as emulator_port:
            emulator, port = f"http://127.0.0.1:{emulator_port}", free_port()
            settings = make_settings(
                folder,
                f"sqlite+aiosqlite:///{folder / 'newsreel.db'}",
                redis.url,
                port=port,
                public_url=f"http://127.0.0.1:{port}",
                client_key="k",
                client_secret="s",
                tiktok_api_base_url=emulator,
                tiktok_authorize_url=f"{emulator}/v2/auth/authorize/",
                fetch_allow_hosts=(pictures.removeprefix("http://"),),
            )
            owned = {"kind": "prefix", "value": f"{settings.public_url}/media/", "verified": True}
            httpx.post(f"{emulator}/_emulator/properties", json=owned).raise_for_status()
            arrange(settings, make_editor)
            with serve(settings) as url, _working(settings), sync_playwright() as playwright:
                path = find_chromium(playwright)
                browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
                Player(browser, url, emulator, settings, pictures).play()
                browser.close()
    redis.stop()
    sys.stdout.write(f"{PostState.published}: {len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")


if __name__ == "__main__":
    play_all()
