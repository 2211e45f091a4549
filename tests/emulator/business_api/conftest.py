"""The Business API in process, over ASGI, with its first world and without limits that tests would run into."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from app.emulator import Emulator
from tests.emulator.business_api.support import Business
from tests.emulator.support import BASE


@pytest.fixture
async def business(emulator: Emulator) -> AsyncIterator[Business]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", emulator)), base_url=BASE) as client:
        caller = Business(client)
        await caller.control("settings", {"limits_enabled": False})
        await caller.control("clock", {"freeze": True})
        yield caller
