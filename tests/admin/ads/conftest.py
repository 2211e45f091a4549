"""The pages of the ads before an emulated TikTok that is reached over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar

from app.resources import open_resources
from tests.admin.ads.newsroom import AdsNewsroom
from tests.admin.support import make_editor, make_login, open_editor
from tests.ads.conftest import TikTok, tiktok
from tests.ads.desk import app_settings, wake_nobody

__all__ = ["tiktok"]


@pytest.fixture
async def newsroom(
    pages: Litestar,
    tmp_path: Path,
    sqlite_url: str,
    tiktok: TikTok,
) -> AsyncIterator[AdsNewsroom]:
    settings = app_settings(tmp_path, sqlite_url, tiktok.address, ads_max_daily_budget=500)
    async with open_resources(settings) as opened:
        wake_nobody(opened)
        await make_editor(opened)
        async with open_editor(pages, opened) as editor:
            await make_login(editor, opened)
            yield AdsNewsroom(editor, opened, tiktok)
