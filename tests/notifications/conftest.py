"""Fixtures: an installation that may call this machine, and somebody who listens there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.resources import open_resources
from tests.conftest import make_settings
from tests.notifications.support import Desk, open_receiver
from tests.support.redis import TestRedis


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, redis_server: TestRedis) -> AsyncIterator[Desk]:
    """A newsroom on both databases (parametrized)."""
    async with open_receiver() as receiver:
        settings = make_settings(
            tmp_path, database_url, redis_server.url, fetch_allow_hosts=("127.0.0.1",), telegram_api_url=receiver.url
        )
        async with open_resources(settings) as app:
            yield Desk(app, receiver)


@pytest.fixture
async def sqlite_desk(tmp_path: Path, sqlite_url: str, redis_server: TestRedis) -> AsyncIterator[Desk]:
    """The same on SQLite alone, where the database makes no difference."""
    async with open_receiver() as receiver:
        settings = make_settings(
            tmp_path, sqlite_url, redis_server.url, fetch_allow_hosts=("127.0.0.1",), telegram_api_url=receiver.url
        )
        async with open_resources(settings) as app:
            yield Desk(app, receiver)
