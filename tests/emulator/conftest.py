"""The emulator in process, over ASGI; what it pulls from and calls back stands beside it."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from app.emulator import Emulator, create_emulator
from app.emulator.records import UrlProperty
from tests.emulator.support import BASE, MEDIA, Caller, Page, Site, make_image


@pytest.fixture
def site() -> Site:
    site = Site()
    site.pages["/photos/1.jpg"] = Page(make_image())
    return site


@pytest.fixture
def emulator(site: Site) -> Emulator:
    emulator = create_emulator(transport=httpx.ASGITransport(app=site))
    emulator.state.world.properties["1"] = UrlProperty("1", "prefix", MEDIA, "x" * 32, verified=True)
    return emulator


@pytest.fixture
async def caller(emulator: Emulator) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", emulator)), base_url=BASE) as client:
        yield Caller(client)
