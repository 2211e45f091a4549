"""What others may know of tokens: their version, and when they end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState, AccountTokens


@dataclass(frozen=True, slots=True)
class TokenLife:
    """When an account's access token ends, and when the permission to renew it does; None where it has none."""

    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None


NO_LIFE = TokenLife()


async def read_life(session: AsyncSession, account_id: str) -> TokenLife:
    """Read what may be known of one account's tokens; NO_LIFE where it has none."""
    return (await read_lives(session, [account_id])).get(account_id, NO_LIFE)


async def read_lives(session: AsyncSession, account_ids: Iterable[str]) -> dict[str, TokenLife]:
    """Read when the tokens of these accounts end, by account."""
    columns = (col(AccountTokens.account_id), col(AccountTokens.expires_at), col(AccountTokens.refresh_expires_at))
    query = select(*columns).where(col(AccountTokens.account_id).in_(list(account_ids)))
    return {account_id: TokenLife(*ends) for account_id, *ends in (await session.exec(query)).all()}


async def first_ends(session: AsyncSession) -> TokenLife:
    """Tell when the first of all connected accounts' tokens end."""
    ends = select(func.min(AccountTokens.expires_at), func.min(AccountTokens.refresh_expires_at))
    mine = col(Account.id) == col(AccountTokens.account_id)
    query = ends.join(Account, mine).where(col(Account.state) == AccountState.connected)
    return TokenLife(*(await session.exec(query)).one())


def with_versions(query: sa.Select[Any], account_id: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Let a query tell, after what it tells already, the version of each account's tokens and when the access ends."""
    columns = (func.coalesce(AccountTokens.version, 0), col(AccountTokens.expires_at))
    return query.add_columns(*columns).outerjoin(AccountTokens, col(AccountTokens.account_id) == account_id)


async def list_ending(session: AsyncSession, before: datetime) -> list[str]:
    """List the connected accounts whose permission ends before then, whatever is refreshed."""
    mine = col(Account.id) == col(AccountTokens.account_id)
    query = select(AccountTokens.account_id).join(Account, mine)
    ending = (Account.state == AccountState.connected, col(AccountTokens.refresh_expires_at) < before)
    return list((await session.exec(query.where(*ending))).all())
