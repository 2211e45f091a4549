"""A state in a file: it outlives its processes, and several of them share it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from tests.emulator.business_api.support import ADVERTISER, BC, Business

SCRIPT = """
import asyncio, json, sys
from pathlib import Path
import httpx
from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings

async def main(path, times):
    app = create_emulator(business_settings=BusinessSettings(limits_enabled=False), business_state=Path(path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://e.test") as client:
        for _ in range(times):
            answer = await client.post(
                "/open_api/v1.3/bc/transfer/",
                json={"bc_id": "7100000000000000001", "advertiser_id": "7200000000000000001",
                      "transfer_type": "RECHARGE", "cash_amount": 1},
                headers={"Access-Token": "emulated-business-token"},
            )
            assert answer.json()["code"] == 0, answer.text

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def open_file(path: Path) -> httpx.AsyncClient:
    app = create_emulator(business_settings=BusinessSettings(limits_enabled=False), business_state=path)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://e.test")


async def test_processes_that_share_a_file_lose_nothing_of_each_other_and_leave_it_behind(tmp_path: Path):
    path = tmp_path / "business.sqlite3"
    command = [sys.executable, "-c", SCRIPT, str(path), "40"]
    async with open_file(path) as client:
        business = Business(client)
        processes = [await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(2)]
        for _ in range(20):
            await business.post(
                "bc/transfer/", bc_id=BC, advertiser_id=ADVERTISER, transfer_type="RECHARGE", cash_amount=1
            )
        for process in processes:
            _, stderr = await process.communicate()
            assert process.returncode == 0, stderr.decode()
    async with open_file(path) as client:
        business = Business(client)
        listed = await business.get("bc/account/transaction/get/", bc_id=BC, page_size=50, page=2)
        assert listed["page_info"]["total_number"] == 100
        (info,) = (await business.get("advertiser/info/", advertiser_ids=[ADVERTISER]))["list"]
        assert info["balance"] == 1_100
        ids = [one["transaction_id"] for one in listed["transaction"]]
        assert len(set(ids)) == 50
        assert json.loads((await client.get("/_emulator/business/counts")).text)["calls"]["bc/transfer/"] == {"0": 100}


async def test_a_reset_begins_anew(business: Business):
    await business.make_campaign()
    await business.control("reset")
    assert (await business.get("campaign/get/", advertiser_id=ADVERTISER))["list"] == []
    await business.make_campaign()
    assert (await business.client.post("/_emulator/reset", json={})).status_code == 200
    assert (await business.get("campaign/get/", advertiser_id=ADVERTISER))["list"] == []
