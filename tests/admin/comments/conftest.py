"""The pages of the inbox before an emulated TikTok that is reached over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from pydantic import SecretStr

from app.resources import open_resources
from tests.admin.comments.desk import InboxDesk
from tests.admin.support import make_editor, make_login, open_editor
from tests.ads.conftest import TikTok, real_settings, tiktok
from tests.ads.desk import APP

__all__ = ["tiktok"]


async def _sleep_on(name: str, *args: str, job_id: str | None = None) -> None:
    """No Redis is there: tests run the jobs themselves."""


@pytest.fixture
async def desk(pages: Litestar, tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[InboxDesk]:
    settings = real_settings(
        tmp_path, sqlite_url, tiktok.address, business_app_id=APP["business_app_id"],
        business_app_secret=SecretStr(APP["business_app_secret"]),
    )  # fmt: skip
    async with open_resources(settings) as opened:
        opened.queue.wake = _sleep_on  # type: ignore[method-assign]
        await make_editor(opened)
        async with open_editor(pages, opened) as editor:
            await make_login(editor, opened)
            yield InboxDesk(editor, opened, tiktok)
