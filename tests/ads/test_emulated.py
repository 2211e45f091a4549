"""The emulated mode: nothing is set, the same client speaks to the emulator inside this installation, and it lasts."""

import asyncio
import json
import re
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.emulated import emulate_business
from app.resources import open_resources
from tests.ads.conftest import KEY, Gateway
from tests.conftest import make_settings
from tests.support.manual import MANUAL
from tests.support.whole_app import log_in_program, make_admin, open_client, serve


async def test_the_emulated_mode_needs_no_setting_and_its_state_outlives_the_process(tmp_path: Path, sqlite_url: str):
    settings = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1", internal_key=SecretStr(KEY))
    async with open_resources(settings, emulate=emulate_business) as opened, open_client(opened) as http:
        first = Gateway(http, opened)
        health = (await http.get("/internal/health?deep=true", headers={"X-Internal-Key": KEY})).json()
        assert (health["status"], health["mode"], health["configured"]) == ("ok", "emulated", True)
        (advertiser, *_) = (await first.execute("ListAdvertisers"))["data"]["advertisers"]
        payload = {
            "advertiserId": advertiser["id"], "name": "Наурыз", "objective": "TRAFFIC",
            "budgetMode": "BUDGET_MODE_INFINITE",
        }  # fmt: skip
        made = await first.execute("CreateCampaign", payload, idempotencyKey="k")
        assert (made["success"], made["mode"]) == (True, "emulated")
        moved = {"advertiserId": advertiser["id"], "type": "RECHARGE", "amount": 5}
        assert (await first.execute("TransferFunds", moved))["success"]
    async with open_resources(settings, emulate=emulate_business) as opened, open_client(opened) as http:
        again = Gateway(http, opened)
        listed = await again.execute("ListCampaigns", {"advertiserId": advertiser["id"]})
        assert [row["name"] for row in listed["data"]["campaigns"]] == ["Наурыз"]
        assert (await again.execute("CreateCampaign", payload, idempotencyKey="k"))["replayed"]


async def test_nothing_of_the_emulator_is_made_before_the_first_call(tmp_path: Path, sqlite_url: str):
    settings = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1", internal_key=SecretStr(KEY))
    async with open_resources(settings, emulate=emulate_business) as opened, open_client(opened) as http:
        assert (await Gateway(http, opened).execute("Ping"))["success"]
    assert not (settings.data_dir / "business-emulator.db").exists()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
async def test_the_calls_of_the_help_page_on_ads_work_as_they_stand(tmp_path: Path, sqlite_url: str):
    calls = re.findall(r"^curl .*?(?=^curl |^```)", MANUAL["ads"], re.MULTILINE | re.DOTALL)
    # The one about a post needs a post that is out: see test_boosts.
    calls = [call for call in calls if "POST_ID" not in call]
    assert len(calls) == 4
    settings = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1")
    async with open_resources(settings, emulate=emulate_business) as opened:
        await make_admin(opened)
        async with serve(opened) as port, open_client(opened) as http:
            login = await log_in_program(http, opened)
            await http.post("/api/ads/advertisers/sync")
            for call in calls:
                here = call.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("$TOKEN", login.token)
                process = await asyncio.create_subprocess_exec("sh", "-euc", here, stdout=PIPE, stderr=PIPE)
                out, errors = await process.communicate()
                assert process.returncode == 0, errors
                told = json.loads(out)
                is_right = told.get("items") or told.get("campaign_name") == "Spring" or told.get("threshold") == "100"
                assert is_right, told
