"""Fixtures: a newsroom that soon takes silence for an answer."""

from collections.abc import AsyncIterator

import pytest

from app.resources import Resources
from tests.posts.support import Newsroom, open_newsroom


@pytest.fixture
async def hasty(resources: Resources) -> AsyncIterator[Newsroom]:
    """A newsroom that waits half a second for TikTok to come, on both databases (parametrized)."""
    async with open_newsroom(resources, pull_window_seconds=0.5) as opened:
        yield opened
