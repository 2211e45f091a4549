"""Fixtures: a business account's own posts, with comments under them, beside the emulated TikTok."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ads import conftest
from tests.ads.conftest import TikTok
from tests.comments.own_posts import OwnPosts, open_own_posts

tiktok = conftest.tiktok


@pytest.fixture
async def posts(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[OwnPosts]:
    """On both databases (parametrized)."""
    async with open_own_posts(tmp_path, database_url, tiktok) as opened:
        yield opened


@pytest.fixture
async def posts_on_one(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[OwnPosts]:
    """On SQLite alone."""
    async with open_own_posts(tmp_path, sqlite_url, tiktok) as opened:
        yield opened
