"""Fixtures: the app with an editor before it, and for browser tests the app on a real socket with a real Chromium."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from playwright.sync_api import Browser, expect, sync_playwright

from app.config import Settings
from app.emulator.server import build_server
from app.emulator.world.settings import EmulatorSettings
from app.main import create_app
from app.resources import Resources
from tests.admin.live import ARGUMENTS, Watched, find_chromium, free_port, serve
from tests.admin.support import EMAIL, PASSWORD, Editor, arrange, make_editor, make_login, open_editor
from tests.conftest import make_settings
from tests.support.redis import TestRedis
from tests.support.threads import served


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    """The app, built once: each test gives it its own resources."""
    folder: Path = tmp_path_factory.mktemp("pages")
    return create_app(make_settings(folder, "sqlite+aiosqlite:///unused.db", "redis://127.0.0.1:1"))


@pytest.fixture
async def stranger(pages: Litestar, sqlite_resources: Resources) -> AsyncIterator[Editor]:
    """The app with one admin, and nobody logged in."""
    await make_editor(sqlite_resources)
    async with open_editor(pages, sqlite_resources) as editor:
        yield editor


@pytest.fixture
async def editor(stranger: Editor, sqlite_resources: Resources) -> Editor:
    """The same, logged in."""
    await make_login(stranger, sqlite_resources)
    return stranger


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Not for the whole session: while playwright runs, no other event loop can.
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            pytest.skip("no Chromium here: install `chromium-headless-shell`, or run `playwright install chromium`")
        # A page follows by asking every few seconds, and a busy machine takes its time.
        expect.set_options(timeout=30_000)
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def site_settings(tmp_path: Path, sqlite_url: str, redis_server: TestRedis) -> Iterator[Settings]:
    """Settings of an installation whose TikTok is an emulator on a socket of its own."""
    with served(build_server("127.0.0.1", 0, EmulatorSettings(client_key="k", client_secret="s"))) as emulator_port:
        port, emulator = free_port(), f"http://127.0.0.1:{emulator_port}"
        yield make_settings(
            tmp_path,
            sqlite_url,
            redis_server.url,
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            client_key="k",
            client_secret="s",
            tiktok_api_base_url=emulator,
            tiktok_authorize_url=f"{emulator}/v2/auth/authorize/",
        )


@pytest.fixture
def site(site_settings: Settings) -> Iterator[str]:
    arrange(site_settings, make_editor)
    with serve(site_settings) as url:
        yield url


@pytest.fixture
def window(chromium: Browser, site: str) -> Iterator[Watched]:
    """A window, logged in; the test fails where anything happened in it that should not have."""
    watched = Watched(chromium, site)
    watched.log_in(EMAIL, PASSWORD)
    yield watched
    watched.close()
    assert watched.trouble == []
