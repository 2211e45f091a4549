"""The ads desk's tests: consents as the emulated portal gives them, without its page."""

from typing import Any

import httpx

from app.ads.access import app_credentials, business_client
from app.ads.connections.link import link_connection
from app.ads.connections.sync import sync_connection
from app.resources import Resources
from tests.ads.conftest import TikTok

ADMIN, OPERATOR, ANALYST = "7000000000000001001", "7000000000000001003", "7000000000000001005"
FIRST, SECOND = "7200000000000000001", "7200000000000000003"
APP = {"business_app_id": "7000000000000000001", "business_app_secret": "emulated-business-secret"}


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


async def control(tiktok: TikTok, path: str, **body: Any) -> httpx.Response:
    answer = await tiktok.http.post(f"/_emulator/business/{path}", json=body)
    assert answer.is_success, answer.text
    return answer
