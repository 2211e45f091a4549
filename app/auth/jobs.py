"""The hourly sweep of logins, one-time links and the audit log."""

from app.audit.queries import forget_old_entries
from app.auth.links import forget_old_links
from app.auth.logins import forget_ended_logins
from app.jobs import job
from app.resources import Resources


@job("auth.sweep")
async def sweep(app: Resources) -> None:
    """Delete logins and links that are over, and old entries. A missed run only leaves rows that open nothing."""
    async with app.transaction() as session:
        await forget_ended_logins(session)
        await forget_old_links(session)
        await forget_old_entries(session, app.settings.audit_days)
