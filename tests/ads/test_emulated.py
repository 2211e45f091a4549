"""The emulated mode: nothing is set, the same client speaks to the emulator inside this installation, and it lasts."""

from pathlib import Path

from pydantic import SecretStr

from app.emulated import emulate_business
from app.resources import open_resources
from tests.ads.conftest import KEY, Gateway
from tests.conftest import make_settings
from tests.support.whole_app import open_client


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
