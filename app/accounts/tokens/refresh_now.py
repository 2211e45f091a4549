"""Refreshing because a person wants it."""

from app.accounts.errors import AccountNotFound
from app.accounts.queries import list_live_accounts
from app.accounts.tokens.refresh import refresh_account
from app.errors import Invalid
from app.messages import access
from app.resources import Resources


async def refresh_now(resources: Resources, account_id: str | None) -> str:
    """Refresh an account's token, without an id that of the only account; return its id."""
    if account_id is None:
        async with resources.read() as session:
            live = await list_live_accounts(session)
        if not live:
            raise AccountNotFound(access.NONE_CONNECTED)
        if len(live) > 1:
            raise Invalid(access.SEVERAL_ACCOUNTS)
        account_id = live[0].id
    await refresh_account(resources, account_id)
    return account_id
