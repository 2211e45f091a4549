"""An account's pair of tokens in its table: given, replaced, wiped, under the lock of the account."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState, AccountTokens
from app.accounts.queries import lock_account
from app.accounts.tokens import vault
from app.kit.clock import utcnow
from app.kit.crypto import Keyring

NO_LEASE: dict[str, Any] = {"refresh_lease_until": None, "refresh_lease_token": None}
_NO_PAIR: dict[str, Any] = {
    "access_token_encrypted": None,
    "refresh_token_encrypted": None,
    "expires_at": None,
    "refresh_expires_at": None,
    "refresh_due_at": None,
    **NO_LEASE,
}


async def read_tokens(session: AsyncSession, account_id: str) -> AccountTokens:
    """Read an account's tokens; empty ones where it has none."""
    found = (await session.exec(select(AccountTokens).where(AccountTokens.account_id == account_id))).first()
    return found or AccountTokens(account_id=account_id)


async def has_pair(session: AsyncSession, account_id: str) -> bool:
    """Tell whether an account has tokens at all."""
    return (await read_tokens(session, account_id)).access_token_encrypted is not None


async def add_pair(session: AsyncSession, keyring: Keyring, account_id: str, grant: vault.Grant) -> None:
    """Give an account that was just made its first pair."""
    session.add(AccountTokens(account_id=account_id, version=1, **vault.pair_columns(keyring, account_id, grant)))
    await session.flush()


async def store_pair(
    session: AsyncSession, keyring: Keyring, account_id: str, grant: vault.Grant, *, expected_version: int
) -> bool:
    """Replace the pair of version `expected_version`; false where somebody else has replaced it."""
    columns = vault.pair_columns(keyring, account_id, grant)
    has_version = col(AccountTokens.version) == expected_version
    if not await write_tokens(session, account_id, has_version, **columns, version=expected_version + 1):
        return False
    connected = {"scopes": list(grant.scopes), "state": AccountState.connected, "state_reason": None}
    account = sa.update(Account).where(col(Account.id) == account_id)
    await session.exec(account.values(**connected, updated_at=utcnow()))
    return True


async def forget_pair(session: AsyncSession, account_id: str) -> None:
    """Wipe the tokens. A refresh that is under way finds another version, and throws its answer away."""
    await write_tokens(session, account_id, **_NO_PAIR, version=col(AccountTokens.version) + 1)


async def stop_refreshing(session: AsyncSession, account_id: str) -> None:
    """Refresh no more, and keep the pair."""
    await write_tokens(session, account_id, refresh_due_at=None, **NO_LEASE)


async def hold_version(session: AsyncSession, account_id: str, version: int) -> bool:
    """Keep others from an account's tokens until the transaction ends; tell whether they are of this version."""
    await lock_account(session, account_id)
    query = select(AccountTokens.version).where(AccountTokens.account_id == account_id)
    return (await session.exec(query)).first() == version


async def write_tokens(
    session: AsyncSession, account_id: str, *conditions: sa.ColumnElement[bool], **columns: Any
) -> bool:
    """Change an account's tokens where the conditions hold; tell whether they did."""
    await lock_account(session, account_id)
    mine = col(AccountTokens.account_id) == account_id
    return (await session.exec(sa.update(AccountTokens).where(mine, *conditions).values(**columns))).rowcount == 1
