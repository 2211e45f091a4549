"""What the accounts API shows of an account: its row and settings, and when its tokens end."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts import queries
from app.accounts.models import Account
from app.accounts.schemas import AccountList, AccountRead, RefreshRead, StatusAccountRead
from app.accounts.tokens.lives import NO_LIFE, TokenLife, read_life, read_lives


async def read_account(session: AsyncSession, account_id: str) -> AccountRead:
    """Show an account. Raises AccountNotFound."""
    account = await queries.get_account(session, account_id)
    return _show(account, await read_life(session, account_id))


async def read_accounts(session: AsyncSession, *, limit: int, cursor: str | None) -> AccountList:
    """Show a page of all accounts."""
    page = await queries.list_accounts(session, limit=limit, cursor=cursor)
    lives = await read_lives(session, [account.id for account in page.items])
    shown = [_show(account, lives.get(account.id, NO_LIFE)) for account in page.items]
    return AccountList(items=shown, next_cursor=page.next_cursor)


async def read_status(session: AsyncSession) -> Sequence[StatusAccountRead]:
    """Show of each account that was not disconnected what everybody may know."""
    accounts = await queries.list_live_accounts(session)
    lives = await read_lives(session, [account.id for account in accounts])
    return [
        StatusAccountRead(
            display_name=account.display_name,
            state=account.state,
            expires_at=lives.get(account.id, NO_LIFE).expires_at,
        )
        for account in accounts
    ]


async def read_refreshed(session: AsyncSession, account_id: str) -> RefreshRead:
    """Show what a refresh has brought. Raises AccountNotFound."""
    account = await queries.get_account(session, account_id)
    life = await read_life(session, account_id)
    return RefreshRead(
        account_id=account.id,
        state=account.state,
        expires_at=life.expires_at,
        refresh_expires_at=life.refresh_expires_at,
    )


def _show(account: Account, life: TokenLife) -> AccountRead:
    ends = {"expires_at": life.expires_at, "refresh_expires_at": life.refresh_expires_at}
    parts = account.settings.model_dump() | account.pace.model_dump() | account.model_dump()
    return AccountRead.model_validate(parts | ends)
