"""Fixtures: a web server with pictures, and resources that may fetch from it."""

import pytest

from app.resources import open_resources
from tests.media.origin import open_origin


@pytest.fixture
async def origin():
    """A server that the settings allow."""
    async with open_origin() as origin:
        yield origin


@pytest.fixture
async def workplace(settings, origin):
    """Resources on both databases (parametrized)."""
    async with open_resources(settings.model_copy(update={"fetch_allow_hosts": (origin.host,)})) as resources:
        yield resources


@pytest.fixture
async def bench(sqlite_settings, origin):
    """Resources on SQLite, where the database makes no difference."""
    async with open_resources(sqlite_settings.model_copy(update={"fetch_allow_hosts": (origin.host,)})) as resources:
        yield resources
