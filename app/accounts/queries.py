"""Reading accounts."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import AccountNotFound
from app.accounts.models import Account, AccountSettings, AccountState
from app.errors import BadRequest
from app.kit.paging import DEFAULT_LIMIT, Page, paginate
from app.messages import refusals

_LONGEST_ID = 36


async def get_account(session: AsyncSession, account_id: str) -> Account:
    """Get an account. Raises AccountNotFound."""
    account = None
    if is_id(account_id):
        account = (await session.exec(select(Account).where(Account.id == account_id))).first()
    if account is None:
        raise AccountNotFound
    return account


async def list_accounts(
    session: AsyncSession, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Account]:
    """List all accounts, newest first, the disconnected ones too."""
    if cursor and not is_id(cursor):
        raise BadRequest(refusals.BAD_CURSOR)
    return await paginate(session, select(Account), col(Account.id), limit=limit, cursor=cursor)


def gets_articles() -> sa.ColumnElement[bool]:
    """Say of an account that it gets articles: enabled, and not disconnected."""
    is_enabled = sa.and_(col(AccountSettings.account_id) == col(Account.id), col(AccountSettings.enabled).is_(True))
    return sa.and_(is_enabled, col(Account.state) != AccountState.disconnected)


async def list_live_accounts(session: AsyncSession) -> Sequence[Account]:
    """List the accounts that are connected, or were until TikTok withdrew the permission."""
    query = select(Account).where(col(Account.state) != AccountState.disconnected)
    return (await session.exec(query.order_by(col(Account.id)))).all()


async def lock_account(session: AsyncSession, account_id: str) -> None:
    """Keep others from changing an account until the transaction ends.

    Whoever changes its tokens, settings or pace does this first, so that two never wait for each other.
    """
    # Not as strictly as could be: the posts of articles that come in meanwhile refer to the account, and need not wait.
    await session.exec(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def is_id(text: str) -> bool:
    """Tell whether a text can be an id at all: a database would stumble over a NUL."""
    return 0 < len(text) <= _LONGEST_ID and text.isascii() and text.isprintable()
