"""The emulator in process, over ASGI; what it pulls from and calls back stands beside it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import httpx
import pytest

from app.emulator import Emulator
from app.emulator.world.records import UrlProperty
from tests.emulator.support import BASE, MEDIA, Caller, Page, Site, make_image
from tests.support.emulators import lend_emulator


@pytest.fixture
def site() -> Site:
    site = Site()
    site.pages["/photos/1.jpg"] = Page(make_image())
    return site


@pytest.fixture
def emulator(site: Site) -> Iterator[Emulator]:
    with lend_emulator(transport=httpx.ASGITransport(app=site)) as emulator:
        emulator.state.world.properties["1"] = UrlProperty("1", "prefix", MEDIA, "x" * 32, verified=True)
        yield emulator


@pytest.fixture
async def caller(emulator: Emulator) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", emulator)), base_url=BASE) as client:
        yield Caller(client)
