"""Fixtures: an emulated TikTok, and resources that call it."""

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from app.auth import passwords
from app.resources import Resources
from tests.accounts.support import Browser, TikTok, at_tiktok, open_browser, run_tiktok


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every browser logs in: at full strength that would take longer than all the rest."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
async def tiktok() -> AsyncIterator[TikTok]:
    async with run_tiktok() as running:
        yield running


@pytest.fixture
def newsreel(resources: Resources, tiktok: TikTok) -> Resources:
    """Resources on both databases, with the emulator in TikTok's place."""
    return at_tiktok(resources, tiktok)


@pytest.fixture
def sqlite_newsreel(sqlite_resources: Resources, tiktok: TikTok) -> Resources:
    """Resources on SQLite alone, with the emulator in TikTok's place."""
    return at_tiktok(sqlite_resources, tiktok)


@pytest.fixture
async def browser(newsreel: Resources) -> AsyncIterator[Browser]:
    async with open_browser(newsreel) as opened:
        yield opened


@pytest.fixture
async def sqlite_browser(sqlite_newsreel: Resources) -> AsyncIterator[Browser]:
    async with open_browser(sqlite_newsreel) as opened:
        yield opened
