"""Looks at what somebody types to prove who they are: address and password."""

import structlog
from sqlmodel import select

from app.auth.models import Admin
from app.auth.passwords import verify_password
from app.errors import Unauthorized
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

_LONGEST_EMAIL = 320


class WrongCredentials(Unauthorized):
    """The same answer for an unknown address and for a wrong password."""

    code = "wrong_credentials"
    title = access.WRONG_CREDENTIALS


async def check_credentials(resources: Resources, email: str, password: str, client_ip: str) -> Admin:
    """Give the person whom address and password belong to. Raises WrongCredentials."""
    admin = await _find_admin(resources, email)
    is_right = await verify_password(admin.password_hash if admin else None, password)
    if admin is None or not is_right:
        # Without the address that was typed: it may be a password in the wrong field.
        log.warning("login_refused", admin_id=admin.id if admin else None, client=client_ip)
        raise WrongCredentials
    return admin


async def _find_admin(resources: Resources, email: str) -> Admin | None:
    if not is_email(email):
        return None
    async with resources.read() as session:
        return (await session.exec(select(Admin).where(Admin.email == email))).first()


def fold_email(email: str) -> str:
    """Write an address the one way in which it is stored."""
    return email.strip().casefold()


def is_email(email: str) -> bool:
    """Tell whether a text can be an address that somebody logs in with."""
    name, at, host = email.rpartition("@")
    return bool(name and at and host) and len(email) <= _LONGEST_EMAIL and email.isprintable() and " " not in email
