"""Reports as an admin asks for them: the whole app, its worker's jobs, and TikTok's side over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.ads import jobs
from app.ads.reports.tasks import carry_out
from app.jobs import JOBS
from app.resources import Resources, open_resources
from tests.ads.conftest import ADVERTISER, TikTok
from tests.ads.desk import app_settings, control, wake_nobody
from tests.support.whole_app import log_in_program, make_admin, open_client

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
BY_DAY = {
    "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "stat_time_day"],
    "metrics": ["spend", "impressions", "reach", "campaign_name"],
}  # fmt: skip

__all__ = ["ADVERTISER", "BY_DAY", "TODAY", "YESTERDAY", "Desk", "jobs", "open_desk", "span"]


def span(days: int) -> dict[str, str]:
    """So many days up to yesterday."""
    return {"start_date": str(YESTERDAY - timedelta(days=days - 1)), "end_date": str(YESTERDAY)}


@dataclass
class Desk:
    """An admin's way to the ads desk."""

    http: httpx.AsyncClient
    app: Resources
    tiktok: TikTok

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(f"/api/ads/{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/api/ads/{path}", json=body)

    async def run(self, job: str, *args: str) -> None:
        """Run a job as a worker does."""
        await JOBS[job].run({"app": self.app}, *args)

    async def make_past(self, *, campaigns: int, days: int) -> None:
        await control(self.tiktok, "history", advertiser_id=ADVERTISER, campaigns=campaigns, days=days, deposit=100_000)

    async def count(self, endpoint: str) -> int:
        counts = (await self.tiktok.http.get("/_emulator/business/counts")).json()["calls"]
        return sum(counts.get(endpoint, {}).values())


@asynccontextmanager
async def open_desk(
    folder: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch, **settings: object
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(carry_out, "PAUSES", (0.01,))
    await control(tiktok, "settings", task_queue_seconds=0, task_run_seconds=0, limits_enabled=False)
    made = app_settings(folder, database_url, tiktok.address, **settings)
    async with open_resources(made) as opened, open_client(opened) as http:
        wake_nobody(opened)
        await make_admin(opened)
        await log_in_program(http, opened)
        yield Desk(http, opened, tiktok)
