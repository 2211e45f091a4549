"""A site to poll, and resources on both databases that may ask it."""

import pytest

from app.articles.intake.batches import plan_with
from app.resources import open_resources
from tests.articles.conftest import FakePlanner
from tests.articles.feeds.site import open_site


@pytest.fixture
async def site():
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def place(settings, site):
    async with open_resources(settings.model_copy(update={"fetch_allow_hosts": (site.host,)})) as resources:
        plan_with(resources, FakePlanner())
        yield resources
