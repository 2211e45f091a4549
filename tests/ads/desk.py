"""The ads desk's tests: consents as the emulated portal gives them, without its page."""

import json
from asyncio import Lock
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr
from sqlmodel import col, select

from app.ads.access import app_credentials, business_client
from app.ads.connections.link import link_connection
from app.ads.connections.sync import sync_connection
from app.ads.internal import audit
from app.ads.models import InternalCall
from app.resources import Resources, open_resources
from app.tiktok_business.reports import ReportPage, ReportQuery, Reports
from tests.ads.conftest import TikTok, real_settings
from tests.support.whole_app import log_in_program, make_admin, open_client

ADMIN, OPERATOR, ANALYST = "7000000000000001001", "7000000000000001003", "7000000000000001005"
FIRST, SECOND = "7200000000000000001", "7200000000000000003"
APP = {"business_app_id": "7000000000000000001", "business_app_secret": "emulated-business-secret"}


def app_settings(folder: Path, database_url: str, address: str, **changes: object) -> Any:
    """Settings in real mode that name TikTok's app too, so that people can connect their ad accounts."""
    values: dict[str, object] = {
        "business_app_id": APP["business_app_id"], "business_app_secret": SecretStr(APP["business_app_secret"]),
    }  # fmt: skip
    return real_settings(folder, database_url, address, **(values | changes))


def wake_nobody(app: Resources) -> None:
    """No Redis is there: tests run the jobs themselves."""

    async def sleep_on(*_call: object, **_how: object) -> None:
        pass

    app.queue.wake = app.queue.wake_all = sleep_on  # type: ignore[method-assign]


async def consent(app: Resources, tiktok: TikTok, user_id: str = ADMIN, **limits: Any) -> str:
    """Let a person consent; `limits` are advertiser_ids and scopes. Returns the connection's id."""
    answer = await tiktok.http.post("/_emulator/business/auth-codes", json={"user_id": user_id, **limits})
    assert answer.is_success, answer.text
    client = business_client(app)
    grant = await client.oauth.exchange(app_credentials(app), answer.json()["auth_code"])
    user = await client.derive(access_token=grant.access_token).advertisers.get_user()
    connection_id = await link_connection(app, grant, user, admin_id=None)
    await sync_connection(app, connection_id)
    return connection_id


@contextmanager
def refused_reservations(tiktok: TikTok) -> Iterator[None]:
    """Let TikTok refuse what is asked about reservations, and nothing else, as it does where none can be made."""
    ask, turn = Reports.get_report, Lock()

    async def get_report(self: Reports, query: ReportQuery, **how: Any) -> ReportPage:
        async with turn:
            if query.service_type == "RESERVATION":
                await tiktok.fail_next("report/integrated/get/", code=40002)
            return await ask(self, query, **how)

    with patch.object(Reports, "get_report", get_report):
        yield


async def control(tiktok: TikTok, path: str, **body: Any) -> httpx.Response:
    answer = await tiktok.http.post(f"/_emulator/business/{path}", json=body)
    assert answer.is_success, answer.text
    return answer


ALMATY = ZoneInfo("Asia/Almaty")
"""The zone of the emulated ad account FIRST: its days are those of budgets and figures."""


async def leave_midnight(tiktok: TikTok) -> None:
    """Budgets are closed from 23:55 to 00:00 in Almaty: a test that changes some then begins after it."""
    now = datetime.fromisoformat((await control(tiktok, "clock")).json()["now"])
    if now.astimezone(ALMATY).time() >= time(23, 50):
        await control(tiktok, "clock", advance_seconds=900)


CAMPAIGN = {
    "campaign_name": "Көктем", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 60.5,
}  # fmt: skip
ADGROUP = {
    "adgroup_name": "Алматы", "location_ids": ["1522867"], "schedule_type": "SCHEDULE_FROM_NOW",
    "optimization_goal": "CLICK", "billing_event": "CPC", "budget_mode": "BUDGET_MODE_DAY", "budget": 20,
    "languages": ["kk", "ru"],
}  # fmt: skip


class Api:
    """The API as a program uses it that has logged in."""

    def __init__(self, http: httpx.AsyncClient, app: Resources, tiktok: TikTok) -> None:
        self.http, self.app, self.tiktok = http, app, tiktok

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api/ads/{FIRST}/{path}", params=query)

    async def send(self, path: str, body: Any, method: str = "POST") -> httpx.Response:
        content = body if isinstance(body, (bytes, str)) else json.dumps(body)
        headers = {"content-type": "application/json"}
        return await self.http.request(method, f"/api/ads/{FIRST}/{path}", content=content, headers=headers)

    async def make(self, path: str, body: Any) -> dict[str, Any]:
        made = await self.send(path, body)
        assert made.status_code == 201, made.text
        told: dict[str, Any] = made.json()
        return told

    async def count(self, endpoint: str) -> int:
        return len(await self.tiktok.calls(endpoint))

    async def identity(self) -> str:
        told = await self.tiktok.http.post(
            "/open_api/v1.3/identity/create/",
            json={"advertiser_id": FIRST, "display_name": "Newsroom"},
            headers={"Access-Token": "emulated-business-token"},
        )
        return str(told.json()["data"]["identity_id"])


async def open_api(folder: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    settings = app_settings(folder, database_url, tiktok.address, ads_max_daily_budget=500)
    async with open_resources(settings) as opened, open_client(opened) as http:
        await make_admin(opened)
        await log_in_program(http, opened)
        yield Api(http, opened, tiktok)


async def records(app: Resources) -> list[InternalCall]:
    await audit.flush(app)
    async with app.read() as session:
        return list((await session.exec(select(InternalCall).order_by(col(InternalCall.id)))).all())
