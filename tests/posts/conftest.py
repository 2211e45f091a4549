"""Fixtures: a newsroom whose parts are real, in one process."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.resources import Resources
from tests.posts.support import Newsroom, open_newsroom
from tests.support.whole_app import log_in_program, make_admin, open_client


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


@pytest.fixture
async def desk(resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's way to the API, on both databases (parametrized)."""
    await make_admin(resources)
    async with open_client(resources) as client:
        await log_in_program(client, resources)
        yield client
