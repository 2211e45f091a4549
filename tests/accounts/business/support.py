"""Business accounts at an emulated TikTok: resources whose Business API stands there, and ready-made accounts."""

import dataclasses
from datetime import timedelta
from typing import Any

import httpx

from app.accounts.connect.link import link_account
from app.accounts.models import Account, AccountKind
from app.accounts.tokens import vault
from app.emulator.business_api.people import ACCOUNT_SCOPES
from app.emulator.business_api.settings import BusinessSettings
from app.kit.clock import utcnow
from app.resources import BusinessAccess, Resources
from tests.accounts.support import TikTok, at_tiktok, load_account

BULLETIN, OFFICE = "-000BusinessDailyBulletin0000000001", "-000BusinessCityOffice000000000003"
_APP = BusinessSettings()


def at_business(resources: Resources, tiktok: TikTok, **changes: Any) -> Resources:
    """The same resources, with both of their TikTok's APIs there."""
    there = at_tiktok(resources, tiktok, business_authorize_url=f"{tiktok.url}/v2/auth/authorize/", **changes)
    business = BusinessAccess(
        resources.tiktok_http,
        tiktok.url,
        is_emulated=False,
        access_token="none",
        app_id=_APP.app_id,
        app_secret=_APP.app_secret,
    )
    return dataclasses.replace(there, business=business)


async def control(tiktok: TikTok, path: str, *, method: str = "POST", **body: Any) -> Any:
    """Give an order to the emulated Business API."""
    async with httpx.AsyncClient() as http:
        answer = await http.request(method, f"{tiktok.url}/_emulator/business/{path}", json=body or None)
    assert answer.is_success, answer.text
    return answer.json()


async def calls(tiktok: TikTok, endpoint: str) -> int:
    """Count the calls of an endpoint."""
    async with httpx.AsyncClient() as http:
        told = (await http.get(f"{tiktok.url}/_emulator/business/log", params={"endpoint": endpoint})).json()
    return len(told["items"])


async def make_business(
    resources: Resources,
    tiktok: TikTok,
    open_id: str = BULLETIN,
    *,
    scopes: tuple[str, ...] = ACCOUNT_SCOPES,
    is_expired: bool = False,
) -> Account:
    """A business account whose tokens are good at that TikTok; with `is_expired`, once they are refreshed."""
    pair = await control(tiktok, "account-tokens", open_id=open_id, scopes=list(scopes))
    now = utcnow()
    grant = vault.Grant(
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        scopes=scopes,
        obtained_at=now - timedelta(days=1) if is_expired else now,
        expires_at=now + (timedelta(seconds=-1) if is_expired else timedelta(days=1)),
        refresh_expires_at=now + timedelta(days=365),
    )
    account_id = await link_account(resources, open_id, grant, kind=AccountKind.business)
    return await load_account(resources, account_id)
