"""The demo's readers comment under ads that somebody can connect."""

from pathlib import Path

from app.emulated import emulate_business
from app.ops.demo.readers import fill_the_inbox
from tests.conftest import make_settings


async def test_readers_comment_under_ads_of_the_installations_own_emulator(tmp_path: Path):
    settings = make_settings(tmp_path, "sqlite+aiosqlite:///unused.db", "redis://127.0.0.1:1")
    async with emulate_business(settings).http as business:
        written = await fill_the_inbox(business)
    # Another process of the installation sees the same.
    async with emulate_business(settings).http as business:
        told = (await business.get("http://127.0.0.1/_emulator/business/comments")).json()["items"]
    assert len(told) == written
    assert {one["ad_id"] for one in told if one["content"].endswith("?")} >= {told[0]["ad_id"]}
