"""Jobs: refresh tokens before they are needed, and clear away what nobody waits for."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.accounts.connect.pending import discard_expired_connections
from app.accounts.models import OAuthState
from app.accounts.profile import complete_profiles
from app.accounts.tokens.lives import list_ending
from app.accounts.tokens.refresh import list_due, refresh_if_due
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
    async with app.transaction() as session:
        for account_id in await list_due(session, utcnow(), most=_MOST_AT_ONCE):
            enqueue(session, "accounts.refresh", account_id, job_id=f"refresh:{account_id}")


@job("accounts.refresh")
async def refresh_token(app: Resources, account_id: str) -> None:
    """Refresh one account's token, if it is still due."""
    try:
        await refresh_if_due(app, account_id)
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
    async with app.read() as session:
        for account_id in await list_ending(session, now + _WARN_BEFORE):
            log.warning("permission_ends_soon", account_id=account_id)
