"""What the rest of Newsreel can do with accounts, under one roof."""

from app.accounts.connect.disconnect import REMOVED, Disconnection, disconnect_account, note_removal
from app.accounts.connect.hop import ConnectResult, ConnectStart, finish_connect, start_connect
from app.accounts.connect.pending import accept_connection, discard_connection, get_pending
from app.accounts.errors import AccountNotFound
from app.accounts.holds import init_gap, learn_daily_cap, pause_inits, widen_init_gap
from app.accounts.models import Account
from app.accounts.queries import get_account, gets_articles, list_accounts, list_live_accounts, list_posting_accounts
from app.accounts.states import mark_reconnect
from app.accounts.tokens.access import CreatorAccess, call_with_token, open_access
from app.accounts.tokens.credentials import (
    app_credentials,
    get_tiktok_app,
    tiktok_client,
    update_tiktok_app,
    webhook_secrets,
)
from app.accounts.tokens.refresh import refresh_account, settle_refreshes
from app.accounts.update import query_creator_info, update_account
from app.errors import Invalid
from app.messages import access
from app.resources import Resources

__all__ = [
    "REMOVED",
    "ConnectResult",
    "ConnectStart",
    "CreatorAccess",
    "Disconnection",
    "accept_connection",
    "app_credentials",
    "call_with_token",
    "discard_connection",
    "disconnect_account",
    "finish_connect",
    "get_account",
    "get_pending",
    "get_tiktok_app",
    "gets_articles",
    "init_gap",
    "learn_daily_cap",
    "list_accounts",
    "list_live_accounts",
    "list_posting_accounts",
    "mark_reconnect",
    "note_removal",
    "open_access",
    "pause_inits",
    "query_creator_info",
    "refresh_account",
    "refresh_now",
    "settle_refreshes",
    "start_connect",
    "tiktok_client",
    "update_account",
    "update_tiktok_app",
    "webhook_secrets",
    "widen_init_gap",
]


async def refresh_now(resources: Resources, account_id: str | None) -> Account:
    """Refresh an account's token because a person wants it; without an id, that of the only account."""
    if account_id is None:
        async with resources.read() as session:
            live = await list_live_accounts(session)
        if not live:
            raise AccountNotFound(access.NONE_CONNECTED)
        if len(live) > 1:
            raise Invalid(access.SEVERAL_ACCOUNTS)
        account_id = live[0].id
    await refresh_account(resources, account_id)
    async with resources.read() as session:
        return await get_account(session, account_id)
