"""When TikTok accepts nothing that we have any more: then only the creator can help."""

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.accounts.states import announce_account
from app.accounts.tokens.pairs import hold_version, stop_refreshing
from app.db import after_commit
from app.kit.clock import utcnow
from app.outbox.models import EventType

log = structlog.get_logger(__name__)


async def mark_reconnect(
    session: AsyncSession,
    account_id: str,
    reason: str,
    *,
    expected_version: int | None = None,
    given_before: datetime | None = None,
) -> bool:
    """Say that only the creator can help. False where that stands already, or other tokens came meanwhile.

    With `given_before` it is said of a permission that was given until then, and not of a newer one.
    """
    is_meant = [col(Account.id) == account_id, col(Account.state) == AccountState.connected]
    if given_before is not None:
        is_meant.append(col(Account.connected_at) <= given_before)
    if expected_version is not None and not await hold_version(session, account_id, expected_version):
        return False
    marked = await session.exec(
        sa.update(Account)
        .where(*is_meant)
        .values(state=AccountState.reconnect, state_reason=reason[:64], updated_at=utcnow())
    )
    if marked.rowcount != 1:
        return False
    await stop_refreshing(session, account_id)
    await announce_account(session, account_id, EventType.account_reconnect, reason)

    async def alert() -> None:
        log.warning("account_needs_reconnect", account_id=account_id, reason=reason)

    after_commit(session, alert)
    return True
