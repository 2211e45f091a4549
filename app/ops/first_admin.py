"""Whether anybody can log in. `newsreel up` asks before it becomes its supervisor, so little is imported here."""

from sqlmodel import select

from app.auth.models import Admin
from app.config import Settings
from app.db import Database


async def has_admin(settings: Settings) -> bool:
    """Tell whether somebody can log in, or will be able to: the settings may name the first admin."""
    db = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with db.read() as session:
            exists = (await session.exec(select(Admin.id).limit(1))).first() is not None
    finally:
        await db.close()
    return exists or bool(settings.admin_email and settings.admin_password.get_secret_value())
