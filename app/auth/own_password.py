"""A person's password: changed by its owner, or set by whoever runs the service."""

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import record
from app.auth import throttle
from app.auth.credentials import check_credentials, fold_email
from app.auth.logins import delete_other_logins
from app.auth.models import Admin, LoginSession
from app.auth.passwords import check_password, hash_password
from app.auth.second_factor import drop_second_factor
from app.errors import Conflict, NotFound
from app.kit.clock import utcnow
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)


async def change_password(
    resources: Resources, admin_id: str, current: str, new: str, *, session_id: str, client_ip: str
) -> None:
    """Change a password and end all other logins of its owner. Raises WrongCredentials, Invalid, TooManyRequests."""
    async with resources.read() as session:
        email = (await session.exec(select(Admin.email).where(Admin.id == admin_id))).one()
    # Before the present password is looked at: an unfit new one is no guess, and counts as none.
    check_password(new, email=email)
    attempt = await throttle.admit(resources, email, client_ip)
    admin = await check_credentials(resources, email, current, client_ip)
    new_hash = await hash_password(new)
    async with resources.transaction() as session:
        await throttle.forgive(session, attempt)
        changed = await session.exec(
            sa.update(Admin)
            .where(col(Admin.id) == admin_id, col(Admin.password_hash) == admin.password_hash)
            .values(password_hash=new_hash, password_changed_at=utcnow())
        )
        if changed.rowcount != 1:
            raise Conflict(access.PASSWORD_CHANGED_ELSEWHERE)
        await delete_other_logins(session, admin_id, session_id)
        record(session, "password.changed", object_kind="person", object_id=admin_id, object_name=email)
    log.info("password_changed", admin_id=admin_id)


async def set_password(session: AsyncSession, email: str, new: str, *, without_second_factor: bool = False) -> None:
    """Give a person a new password without the present one, for whoever runs the service; ends all their logins.

    Raises NotFound, Invalid.
    """
    email = fold_email(email)
    check_password(new, email=email)
    admin = (await session.exec(select(Admin).where(Admin.email == email).with_for_update())).first()
    if admin is None:
        raise NotFound(access.no_admin(email=email), code="admin_not_found")
    admin.password_hash, admin.password_changed_at = await hash_password(new), utcnow()
    session.add(admin)
    await session.exec(sa.delete(LoginSession).where(col(LoginSession.admin_id) == admin.id))
    record(session, "password.set", object_kind="person", object_id=admin.id, object_name=email)
    if without_second_factor:
        await drop_second_factor(session, admin)
    log.info("password_set")
