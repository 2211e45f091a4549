"""Short ways to do what most tests of the emulated Business API do."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

TOKEN = "emulated-business-token"
BC = "7100000000000000001"
ADVERTISER = "7200000000000000001"
OTHER_ADVERTISER = "7200000000000000003"
SANDBOX_ADVERTISER = "7200000000000000005"
OPERATOR, ANALYST = "7000000000000001003", "7000000000000001005"
APP = {"app_id": "7000000000000000001", "secret": "emulated-business-secret"}
PREFIX = "/open_api/v1.3/"


@dataclass
class Business:
    """A caller of the Business API who also holds its controls."""

    client: httpx.AsyncClient
    token: str = TOKEN

    async def send(self, method: str, endpoint: str, **more: Any) -> httpx.Response:
        headers = {"Access-Token": self.token, **more.pop("headers", {})}
        return await self.client.request(method, PREFIX + endpoint, headers=headers, **more)

    async def get(self, endpoint: str, **query: Any) -> Any:
        return self.data_of(await self.send("GET", endpoint, params=packed(query)))

    async def post(self, endpoint: str, **body: Any) -> Any:
        return self.data_of(await self.send("POST", endpoint, json=body))

    async def refused(self, method: str, endpoint: str, **given: Any) -> tuple[int, str]:
        more = {"params": packed(given)} if method == "GET" else {"json": given}
        answer = await self.send(method, endpoint, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["code"], answer.json()["message"]

    @staticmethod
    def data_of(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        assert answer.json()["code"] == 0, answer.text
        return answer.json()["data"]

    async def control(self, path: str, body: Any = None, *, expect: int = 200) -> Any:
        answer = await self.client.post(f"/_emulator/business/{path}", json={} if body is None else body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def look(self, path: str) -> Any:
        answer = await self.client.get(f"/_emulator/business/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def as_user(self, user_id: str, **more: Any) -> "Business":
        token = await self.control("tokens", {"user_id": user_id, **more})
        return Business(self.client, token["access_token"])

    async def make_campaign(self, **changes: Any) -> Any:
        body = {
            "advertiser_id": ADVERTISER, "campaign_name": "Spring", "objective_type": "TRAFFIC",
            "budget_mode": "BUDGET_MODE_DAY", "budget": 60,
        }  # fmt: skip
        return await self.post("campaign/create/", **{**body, **changes})

    async def make_adgroup(self, campaign_id: str, **changes: Any) -> Any:
        body = {
            "advertiser_id": ADVERTISER, "campaign_id": campaign_id, "adgroup_name": "Readers",
            "location_ids": ["1522867"], "budget_mode": "BUDGET_MODE_DAY", "budget": 30,
            "schedule_type": "SCHEDULE_FROM_NOW", "optimization_goal": "CLICK", "billing_event": "CPC",
        }  # fmt: skip
        return await self.post("adgroup/create/", **{**body, **changes})

    async def make_ad(self, adgroup_id: str, **changes: Any) -> Any:
        """Make an ad with a picture that was uploaded for it."""
        identity = await self.post("identity/create/", advertiser_id=ADVERTISER, display_name="Newsroom")
        creative = {
            "ad_name": "Flood", "ad_format": "CATALOG_CAROUSEL", "ad_text": "Қазақстан: not a word too many",
            "identity_type": "CUSTOMIZED_USER", "identity_id": identity["identity_id"],
            "landing_page_url": "https://newsroom.example/flood", "call_to_action": "READ_MORE", **changes,
        }  # fmt: skip
        made = await self.post("ad/create/", advertiser_id=ADVERTISER, adgroup_id=adgroup_id, creatives=[creative])
        return made["creatives"][0]

    async def make_all(self, **adgroup: Any) -> tuple[str, str, str]:
        """Make a campaign, an ad group and an ad; give their ids."""
        campaign = await self.make_campaign()
        group = await self.make_adgroup(campaign["campaign_id"], **adgroup)
        ad = await self.make_ad(group["adgroup_id"])
        return campaign["campaign_id"], group["adgroup_id"], ad["ad_id"]

    async def one(self, endpoint: str, **filtering: Any) -> Any:
        """Give the one object that a list answers with."""
        answer = await self.get(endpoint, advertiser_id=ADVERTISER, filtering=filtering)
        (found,) = answer["list"]
        return found


def packed(query: dict[str, Any]) -> dict[str, str]:
    """Write a query as the API wants it: arrays and objects are JSON in one value."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
