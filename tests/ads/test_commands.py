"""`newsreel ads` and doctor's look at connections, with the emulated Business API on a real wire."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.ads import commands
from app.ads.commands import switch_campaigns as switch
from app.ads.desk.creating import create_ads
from app.ads.desk.writing import Desk
from app.ops.doctor.business import check_connections
from app.resources import Resources, open_resources
from tests.ads.conftest import TikTok, real_settings
from tests.ads.desk import APP, FIRST, OPERATOR, SECOND, consent, control

CAMPAIGN = {"campaign_name": "Көктем", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": "60"}


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Resources]:
    settings = real_settings(
        tmp_path, sqlite_url, tiktok.address, business_app_id=APP["business_app_id"],
        business_app_secret=SecretStr(APP["business_app_secret"]),
    )  # fmt: skip
    async with open_resources(settings) as opened:
        yield opened


def printed(capsys) -> Any:
    """What a command has printed as JSON, without the log lines that tests see before it."""
    out = capsys.readouterr().out
    return json.loads(out[out.index("{") :])


async def test_campaigns_are_made_listed_paused_and_resumed(desk: Resources, tiktok: TikTok, capsys):
    await consent(desk, tiktok, OPERATOR, advertiser_ids=[FIRST])
    capsys.readouterr()
    assert await commands.run(desk, lambda app: commands.make_campaign(app, None, CAMPAIGN, (), as_json=True)) == 0
    made = printed(capsys)
    assert (made["budget"], made["operation_status"]) == (60, "DISABLE")
    ids = (made["campaign_id"],)
    for status in ("ENABLE", "DISABLE"):
        switched = partial(switch, advertiser_id=FIRST, ids=ids, status=status, as_json=True)
        assert await commands.run(desk, switched) == 0
        assert printed(capsys)["items"][0]["operation_status"] == status
    assert await commands.run(desk, lambda app: commands.show_campaigns(app, None, as_json=False)) == 0
    assert "Көктем" in capsys.readouterr().out
    assert await commands.run(desk, lambda app: commands.show_advertisers(app, as_json=True)) == 0
    assert [row["role"] for row in printed(capsys)["items"]] == ["Operator"]


async def test_exit_codes_tell_refusal_misuse_and_an_unknown_outcome_apart(desk: Resources, tiktok: TikTok, capsys):
    await consent(desk, tiktok)
    wrong = {**CAMPAIGN, "campaign_name": "🌞", "objective_type": "SALES"}
    assert await commands.run(desk, lambda app: commands.make_campaign(app, FIRST, wrong, (), as_json=False)) == 2
    said = capsys.readouterr().err
    assert "campaign_name must have no emoji" in said
    assert "objective_type must be one of" in said
    assert await commands.run(desk, lambda app: commands.show_campaigns(app, None, as_json=False)) == 2
    assert SECOND in capsys.readouterr().err
    for wanted in (("74",), "x"):
        switched = partial(switch, advertiser_id=FIRST, ids=wanted, status="ENABLE", as_json=False)
        code = await commands.run(desk, switched)
        assert code == (1 if wanted == ("74",) else 2)
    ad = {"ad_name": "a", "ad_format": "SINGLE_IMAGE", "image_ids": ["i"], "ad_text": "Оқыңыз",
          "identity_type": "CUSTOMIZED_USER", "identity_id": "i"}  # fmt: skip
    await tiktok.fail_next("ad/create/", phase="before", cut=True)

    async def lost(app: Resources) -> None:
        await create_ads(Desk(app, "command line"), FIRST, {"adgroup_id": "1", "creatives": [ad]})

    assert await commands.run(desk, lost) == 3


async def test_doctor_tries_each_connection_and_says_what_is_missing(desk: Resources, tiktok: TikTok):
    async def look() -> list[tuple[str, str]]:
        return [(found.level.value, found.message) async for found in check_connections(desk)]

    (nobody,) = await look()
    assert nobody[0] == "ok"
    assert "production" in nobody[1]
    await consent(desk, tiktok)
    (good,) = await look()
    assert good[0] == "ok"
    assert "Newsroom Almaty (Admin)" in good[1]
    narrow = await consent(desk, tiktok, OPERATOR, scopes=[200, 210, 220])
    levels = [level for level, _ in await look()]
    assert sorted(levels) == ["ok", "warning"]
    assert any("201" in message for _, message in await look())
    await control(tiktok, "next-errors", endpoint="user/info/", code=40105, times=2)
    assert [level for level, _ in await look()] == ["broken", "broken"]
    assert narrow
