"""Somebody who goes through the pages of the ads without script, and TikTok's side of it."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.ads.conftest import TOKEN, TikTok
from tests.ads.desk import ADGROUP, CAMPAIGN, FIRST, consent

__all__ = ["FIRST", "AdsNewsroom"]

HOME = "/admin/ads"


@dataclass
class AdsNewsroom:
    """The editor, the installation, and TikTok."""

    editor: Editor
    app: Resources
    tiktok: TikTok

    async def consent(self, user_id: str = "7000000000000001001", **limits: Any) -> str:
        return await consent(self.app, self.tiktok, user_id, **limits)

    async def html(self, path: str, status: int = 200, *, is_part: bool = False) -> str:
        return await self.editor.open(path, status, {"HX-Request": "true"} if is_part else None)

    async def text(self, path: str, status: int = 200) -> str:
        return text_of(await self.html(path, status))

    async def send(self, path: str, page: str = HOME, **form: str) -> httpx.Response:
        return await self.editor.submit(path, page, **form)

    async def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """Change something at TikTok as somebody else would."""
        answer = await self.tiktok.http.post(
            f"/open_api/v1.3/{path}", json={"advertiser_id": FIRST, **body}, headers={"Access-Token": TOKEN}
        )
        assert answer.json()["code"] == 0, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def make_campaign(self, name: str = "Көктем", budget: float = 60.5, **more: Any) -> str:
        made = await self.ask("campaign/create/", **CAMPAIGN | {"campaign_name": name, "budget": budget} | more)
        return str(made["campaign_id"])

    async def make_adgroup(self, campaign_id: str, name: str = "Алматы", **more: Any) -> str:
        body = {"promotion_type": "WEBSITE", "placement_type": "PLACEMENT_TYPE_NORMAL", "bid_type": "BID_TYPE_NO_BID",
                "placements": ["PLACEMENT_TIKTOK"], "schedule_start_time": "2030-01-01 00:00:00"}  # fmt: skip
        made = await self.ask(
            "adgroup/create/", **ADGROUP | body | {"campaign_id": campaign_id, "adgroup_name": name} | more
        )
        return str(made["adgroup_id"])

    async def campaign(self, campaign_id: str) -> dict[str, Any]:
        (found,) = (
            await self.tiktok.ask(
                "campaign/get/", advertiser_id=FIRST, filtering=f'{{"campaign_ids":["{campaign_id}"]}}'
            )
        )["list"]
        told: dict[str, Any] = found
        return told

    async def audited(self, action: str) -> list[AuditEntry]:
        async with self.app.read() as session:
            query = select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.id))
            return list((await session.exec(query)).all())
