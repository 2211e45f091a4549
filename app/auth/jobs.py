"""The hourly sweep of logins."""

from app.auth.logins import forget_ended_logins
from app.jobs import job
from app.resources import Resources


@job("auth.sweep")
async def sweep(app: Resources) -> None:
    """Delete logins that are over. A missed run only leaves rows that open nothing."""
    async with app.transaction() as session:
        await forget_ended_logins(session)
