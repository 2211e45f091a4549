"""Tokens for those who call TikTok."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from app.accounts import vault
from app.accounts.credentials import tiktok_client
from app.accounts.errors import AccountNeedsReconnect
from app.accounts.models import Account
from app.accounts.queries import get_account
from app.accounts.refresh import refresh_account
from app.accounts.states import check_usable, mark_reconnect
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok.client import TikTokClient
from app.tiktok.errors import AccessTokenInvalid

T = TypeVar("T")

MIN_LIFE_SECONDS = 60.0


async def access_token(resources: Resources, account_id: str, *, min_life: float = MIN_LIFE_SECONDS) -> str:
    """Give an access token that lives for another `min_life` seconds, refreshed first where needed.

    Raises what `refresh_account` raises.
    """
    token, _ = await _fresh_token(resources, account_id, min_life)
    return token


async def call_with_token(
    resources: Resources, account_id: str, call: Callable[[TikTokClient, str], Awaitable[T]]
) -> T:
    """Run `await call(client, token)`; when TikTok does not accept the token, refresh it once and call once more.

    A fresh token that is refused as well means that the creator has removed the app: the account asks to be connected
    again. Raises what `refresh_account` and the call raise.
    """
    client = await tiktok_client(resources)
    token, version = await _fresh_token(resources, account_id, MIN_LIFE_SECONDS)
    try:
        return await call(client, token)
    except AccessTokenInvalid:
        await refresh_account(resources, account_id, stale_version=version)
    token, version = await _stored_token(resources, account_id)
    try:
        return await call(client, token)
    except AccessTokenInvalid as error:
        async with resources.transaction() as session:
            await mark_reconnect(session, account_id, error.code, expected_version=version)
        raise AccountNeedsReconnect from error


async def _fresh_token(resources: Resources, account_id: str, min_life: float) -> tuple[str, int]:
    async with resources.read() as session:
        account = await get_account(session, account_id)
    check_usable(account)
    if _lives(account, min_life):
        return vault.open_access_token(resources.keyring, account), account.token_version
    await refresh_account(resources, account_id, stale_version=account.token_version)
    return await _stored_token(resources, account_id)


async def _stored_token(resources: Resources, account_id: str) -> tuple[str, int]:
    async with resources.read() as session:
        account = await get_account(session, account_id)
    check_usable(account)
    return vault.open_access_token(resources.keyring, account), account.token_version


def _lives(account: Account, min_life: float) -> bool:
    return account.expires_at is not None and account.expires_at - utcnow() >= timedelta(seconds=min_life)
