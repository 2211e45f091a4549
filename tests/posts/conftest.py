"""Fixtures: a newsroom whose parts are real, in one process."""

from collections.abc import AsyncIterator

import pytest

from app.resources import Resources
from tests.posts.support import Newsroom, open_newsroom


@pytest.fixture
async def newsroom(resources: Resources) -> AsyncIterator[Newsroom]:
    """A newsroom on both databases (parametrized)."""
    async with open_newsroom(resources) as opened:
        yield opened


@pytest.fixture
async def sqlite_newsroom(sqlite_resources: Resources) -> AsyncIterator[Newsroom]:
    """A newsroom on SQLite alone, where the database makes no difference."""
    async with open_newsroom(sqlite_resources) as opened:
        yield opened
