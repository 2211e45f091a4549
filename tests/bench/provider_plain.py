"""What a gateway before the emulator takes at least: a route of Litestar's, and a call by httpx within the process.

`python -m tests.bench.provider_plain PORT STATE`. It looks at no key and no payload, counts, traces and notes nothing,
and hands TikTok's answer on as it is.
"""

import sys
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar, post

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.kit import exact_json
from tests.bench.bare import healthz, serve

_TOKEN = "emulated-business-token"


def build(state: Path) -> Litestar:
    emulator = create_emulator(business_settings=BusinessSettings(limits_enabled=False), business_state=state)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(emulator),  # type: ignore[arg-type]
        base_url="http://127.0.0.1/open_api/v1.3/",
        headers={"Access-Token": _TOKEN},
        trust_env=False,
    )

    @post("/internal/execute", status_code=200)
    async def execute(data: dict[str, Any]) -> dict[str, Any]:
        payload = data["payload"]
        filtering = exact_json.write({"campaign_ids": [payload["campaignId"]]}).decode()
        answer = await http.get(
            "campaign/get/", params={"advertiser_id": payload["advertiserId"], "filtering": filtering}
        )
        told: dict[str, Any] = answer.json()
        return told

    return Litestar([healthz, execute], openapi_config=None)


if __name__ == "__main__":
    serve(build(Path(sys.argv[2])), int(sys.argv[1]))
