"""The people who may log in, as the command line makes them."""

from app.auth import own_password, service
from app.config import Settings
from app.kit.redact import hide
from app.ops.migrate import require_head
from app.resources import open_resources


async def create_admin(settings: Settings, email: str, password: str) -> None:
    """Make an admin. Raises AppError where there is one of that address, or the password will not do."""
    hide(password)
    await require_head(settings)
    async with open_resources(settings) as app, app.transaction() as session:
        await service.create_admin(session, email, password)


async def set_password(settings: Settings, email: str, password: str, *, without_second_factor: bool) -> None:
    """Give somebody a new password and end their logins. Raises AppError where there is nobody of that address."""
    hide(password)
    await require_head(settings)
    async with open_resources(settings) as app, app.transaction() as session:
        await own_password.set_password(session, email, password, without_second_factor=without_second_factor)
