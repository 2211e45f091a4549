"""The client on a mocked wire."""

from collections.abc import AsyncIterator, Iterator

import pytest
import respx

from app.kit.http.client import build_client
from app.tiktok.client import TikTokClient


@pytest.fixture
def tiktok() -> Iterator[respx.MockRouter]:
    """TikTok's side: any call that a test has not prepared fails, and none reaches the network."""
    with respx.mock(base_url="https://open.tiktokapis.com", using="httpx") as router:
        yield router


@pytest.fixture
async def client() -> AsyncIterator[TikTokClient]:
    async with build_client() as http:
        yield TikTokClient(http, client_key="fake-key", client_secret="fake-secret")
