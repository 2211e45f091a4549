"""The states of an account: who may use it, and who is told."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import AccountDisconnected, AccountNeedsReconnect
from app.accounts.models import Account, AccountState
from app.outbox.emit import emit, somebody_hears
from app.outbox.models import EventType


def check_usable(account: Account) -> None:
    """Raise where only a person can bring tokens."""
    if account.state is AccountState.disconnected:
        raise AccountDisconnected
    if account.state is AccountState.reconnect:
        raise AccountNeedsReconnect


async def announce_account(session: AsyncSession, account_id: str, event_type: EventType, reason: str) -> None:
    """Write down what happened to an account, where somebody listens."""
    if not await somebody_hears(session, event_type):
        return
    names = select(Account.display_name, Account.username).where(Account.id == account_id)
    name, username = (await session.exec(names)).one()
    data = {"account_id": account_id, "account": name, "username": username, "reason": reason}
    await emit(session, event_type, subject=f"account:{account_id}", account_id=account_id, data=data)
