"""The states of an account: who may use it, and when only the creator can help."""

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import AccountDisconnected, AccountNeedsReconnect
from app.accounts.models import Account, AccountState
from app.db import after_commit
from app.kit.clock import utcnow
from app.outbox.emit import emit, somebody_hears
from app.outbox.models import EventType

log = structlog.get_logger(__name__)


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


async def mark_reconnect(
    session: AsyncSession, account_id: str, reason: str, *, expected_version: int | None = None
) -> bool:
    """Say that only the creator can help. False where that stands already, or other tokens came meanwhile."""
    update = sa.update(Account).where(col(Account.id) == account_id, col(Account.state) == AccountState.connected)
    if expected_version is not None:
        update = update.where(col(Account.token_version) == expected_version)
    marked = await session.exec(
        update.values(
            state=AccountState.reconnect,
            state_reason=reason[:64],
            refresh_due_at=None,
            refresh_lease_until=None,
            refresh_lease_token=None,
            updated_at=utcnow(),
        )
    )
    if marked.rowcount != 1:
        return False

    await announce_account(session, account_id, EventType.account_reconnect, reason)

    async def alert() -> None:
        log.warning("account_needs_reconnect", account_id=account_id, reason=reason)

    after_commit(session, alert)
    return True
