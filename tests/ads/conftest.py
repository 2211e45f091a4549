"""The provider as a gateway meets it: the whole app, and TikTok's side over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.server import configured
from app.resources import Resources, open_resources
from app.tiktok_business import sending
from tests.conftest import make_settings
from tests.support import serving
from tests.support.whole_app import open_client

KEY = "a-key-of-the-gateway-0123456789"
OTHER_KEY = "another-key-of-the-gateway-01234"
ADVERTISER = "7200000000000000001"
TOKEN = "emulated-business-token"
CENTER = "7100000000000000001"
THERE = BusinessSettings(tier="ultimate")


class TikTok:
    """The emulated Business API, and its control."""

    def __init__(self, address: str, http: httpx.AsyncClient) -> None:
        self.address = address
        self.http = http

    async def fail_next(self, endpoint: str, **fault: Any) -> None:
        answer = await self.http.post("/_emulator/business/next-errors", json={"endpoint": endpoint, **fault})
        assert answer.is_success, answer.text

    async def calls(self, endpoint: str) -> list[dict[str, Any]]:
        """List the calls that came in."""
        answer = await self.http.get("/_emulator/business/log", params={"endpoint": endpoint, "limit": 200})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def ask(self, path: str, **query: str) -> Any:
        answer = await self.http.get(f"/open_api/v1.3/{path}", params=query, headers={"Access-Token": TOKEN})
        return answer.json()["data"]


class Gateway:
    """Sends operations as the existing gateway does."""

    def __init__(self, http: httpx.AsyncClient, resources: Resources) -> None:
        self.http = http
        self.resources = resources

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        content = {"content": body} if isinstance(body, (bytes, str)) else {"json": body}
        return await self.http.post("/internal/execute", headers={"X-Internal-Key": KEY, **headers}, **content)

    async def execute(self, operation: str, payload: Any = None, **context: Any) -> dict[str, Any]:
        body = {"provider": "tiktok", "operation": operation, "payload": payload or {}, "context": context}
        answer: dict[str, Any] = (await self.post(body)).json()
        return answer

    async def create(self, name: str = "Көктем", **more: Any) -> str:
        payload = {
            "advertiserId": ADVERTISER, "name": name, "objective": "TRAFFIC", "budgetMode": "BUDGET_MODE_DAY",
            "budget": 60, **more,
        }  # fmt: skip
        made = await self.execute("CreateCampaign", payload)
        assert made["success"], made
        return str(made["data"]["campaign"]["id"])


@pytest.fixture
async def tiktok(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TikTok]:
    """TikTok, asked again at once where it fails: the pauses between tries are tested with the client."""
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.0)
    async with (
        serving.serve(configured(create_emulator(business_settings=THERE), "127.0.0.1", 0)) as address,
        # Its server hangs up on who is silent for five seconds, which is as long as a busy machine may be.
        httpx.AsyncClient(base_url=address, limits=httpx.Limits(keepalive_expiry=1.0)) as http,
    ):
        yield TikTok(address, http)


def real_settings(folder: Path, database_url: str, address: str, **changes: object) -> Any:
    """Settings in real mode, with the emulator in TikTok's place."""
    values: dict[str, object] = {
        "internal_key": SecretStr(f"{KEY}, {OTHER_KEY}"),
        "business_is_real": True,
        "business_api_base_url": address,
        "business_access_token": SecretStr(TOKEN),
        "business_center_id": CENTER,
        "business_tier": "ultimate",
    }
    return make_settings(folder, database_url, "redis://127.0.0.1:1", **(values | changes))


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Gateway]:
    async with (
        open_resources(real_settings(tmp_path, sqlite_url, tiktok.address)) as opened,
        open_client(opened) as http,
    ):
        yield Gateway(http, opened)


@pytest.fixture
async def gateway_on_both(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Gateway]:
    """The same, on SQLite and on PostgreSQL."""
    settings = real_settings(tmp_path, database_url, tiktok.address)
    async with open_resources(settings) as opened, open_client(opened) as http:
        yield Gateway(http, opened)
