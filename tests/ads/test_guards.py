"""Spending guards that an ad account has of its own, at the desk and at the gateway."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.audit.models import AuditEntry
from tests.ads.conftest import KEY, TikTok
from tests.ads.desk import CAMPAIGN, FIRST, SECOND, Api, open_api

NONE = {"max_raise_percent": None, "max_daily_budget": None, "max_total_budget": None, "max_transfer": None}


@pytest.fixture
async def api(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, database_url, tiktok):
        yield opened


async def execute(api: Api, operation: str, **payload: Any) -> dict[str, Any]:
    body = {"provider": "tiktok", "operation": operation, "payload": payload}
    answer = await api.http.post("/internal/execute", json=body, headers={"X-Internal-Key": KEY})
    told: dict[str, Any] = answer.json()
    return told


async def create(api: Api, budget: float, advertiser_id: str = FIRST) -> tuple[int, Any]:
    body = {**CAMPAIGN, "budget": budget, "campaign_name": f"{advertiser_id} {budget}"}
    made = await api.http.post(f"/api/ads/{advertiser_id}/campaigns", json=body)
    return made.status_code, made.json()


async def test_an_account_s_own_guards_count_at_the_desk_and_the_gateway_and_those_of_others_stay(api: Api):
    shown = (await api.get("guards")).json()
    assert (shown["own"], shown["guards"]["max_daily_budget"]) == (NONE, 500)
    tight = await api.send("guards", {"max_daily_budget": 70, "max_transfer": "10.50"}, "PUT")
    assert tight.status_code == 200, tight.text
    assert tight.json()["guards"] == {
        "max_raise_percent": 200, "max_daily_budget": 70, "max_total_budget": 0, "max_transfer": 10.5,
    }  # fmt: skip
    assert tight.json()["installation"]["max_daily_budget"] == 500
    status, told = await create(api, 80)
    assert (status, told["code"], told["guards"][0]["most"]) == (409, "guard", "70")
    assert (await create(api, 80, SECOND))[0] == 201
    payload = {"advertiserId": FIRST, "name": "A", "objective": "TRAFFIC", "budgetMode": "BUDGET_MODE_DAY"}
    refused = await execute(api, "CreateCampaign", **payload, budget=80)
    assert (refused["error"]["code"], refused["error"]["outcome"]) == ("GUARD", "not_done")
    moved = await execute(api, "TransferFunds", advertiserId=FIRST, type="RECHARGE", amount=11)
    assert "ADS_MAX_TRANSFER" in moved["error"]["message"]
    assert await api.count("campaign/create/") == 1
    assert await api.count("bc/transfer/") == 0
    # 0 is no guard, also where the installation has one; what is left out is the installation's again.
    assert (await api.send("guards", {"max_daily_budget": 0}, "PUT")).json()["own"] == {**NONE, "max_daily_budget": 0}
    assert (await create(api, 900))[0] == 201
    assert (await execute(api, "TransferFunds", advertiserId=FIRST, type="RECHARGE", amount=11))["success"]
    await api.send("guards", {}, "PUT")
    assert (await create(api, 901))[0] == 409
    async with api.app.read() as session:
        changes = select(AuditEntry).where(AuditEntry.action == "ads_guards.changed").order_by(col(AuditEntry.id))
        entries = (await session.exec(changes)).all()
    assert [(entry.object_id, entry.actor_name) for entry in entries] == [(FIRST, "editor@newsroom.example")] * 3
    assert entries[0].after["max_daily_budget"] == "70"


async def test_guards_that_are_none_are_refused_by_name_and_change_nothing(api: Api):
    wrong = {"max_daily_budget": -1, "max_total_budget": 1e308, "max_raise_percent": 2_000_000, "max_transfer": True,
             "max_fun": 1}  # fmt: skip
    refused = await api.send("guards", wrong, "PUT")
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == set(wrong)
    assert (await api.get("guards")).json()["own"] == NONE
    assert (await api.http.get("/api/ads/7.5/guards")).status_code == 422
