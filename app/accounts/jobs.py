"""Jobs: refresh tokens before they are needed, and clear away what nobody waits for."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.accounts.connect.pending import discard_expired_connections
from app.accounts.models import Account, AccountState, OAuthState
from app.accounts.profile import complete_profiles
from app.accounts.tokens.refresh import refresh_account
from app.errors import AppError
from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.resources import Resources

log = structlog.get_logger(__name__)

_MOST_AT_ONCE = 200
# Used and expired hops are kept for a day, so that a late callback is told what is wrong with it.
_KEEP_STATES = timedelta(days=1)
_WARN_BEFORE = timedelta(days=14)


@job("accounts.refresh_due")
async def refresh_expiring_tokens(app: Resources) -> None:
    """Wake a worker for each account whose token has lived half its life. A missed run is made up for by the next."""
    now = utcnow()
    due = (
        select(Account.id)
        .where(
            Account.state == AccountState.connected,
            col(Account.refresh_due_at) <= now,
            sa.or_(col(Account.refresh_lease_until).is_(None), col(Account.refresh_lease_until) < now),
        )
        .order_by(col(Account.refresh_due_at))
        .limit(_MOST_AT_ONCE)
    )
    async with app.transaction() as session:
        for account_id in (await session.exec(due)).all():
            enqueue(session, "accounts.refresh", account_id, job_id=f"refresh:{account_id}")


@job("accounts.refresh")
async def refresh_token(app: Resources, account_id: str) -> None:
    """Refresh one account's token, if it is still due."""
    async with app.read() as session:
        account = (await session.exec(select(Account).where(Account.id == account_id))).first()
    if account is None or account.state is not AccountState.connected:
        return
    if account.refresh_due_at is None or account.refresh_due_at > utcnow():
        return
    try:
        await refresh_account(app, account_id, stale_version=account.token_version)
    except AppError as error:
        # What is to be done about it stands in the row: the next due time, or that a person must connect again.
        log.info("refresh_not_done", account_id=account_id, error=error.code)


@job("accounts.sweep")
async def sweep(app: Resources) -> None:
    """Delete old OAuth hops, revoke what nobody accepted, look for missing names, warn of permissions that end."""
    now = utcnow()
    async with app.transaction() as session:
        await session.exec(sa.delete(OAuthState).where(col(OAuthState.expires_at) < now - _KEEP_STATES))
    await discard_expired_connections(app)
    await complete_profiles(app)
    ending = select(Account.id).where(
        Account.state == AccountState.connected, col(Account.refresh_expires_at) < now + _WARN_BEFORE
    )
    async with app.read() as session:
        for account_id in (await session.exec(ending)).all():
            log.warning("permission_ends_soon", account_id=account_id)
