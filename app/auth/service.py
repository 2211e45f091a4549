"""Admins: made, logged in and out, recognised by their token."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import throttle
from app.auth.logins import IDLE_LIFE, delete_other_logins
from app.auth.models import Admin, LoginSession
from app.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from app.auth.tokens import hash_token, issue_token, make_csrf_token, read_token
from app.errors import AppError, ConfigurationError, Conflict, Invalid, NotFound, Unauthorized
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

LOGIN_LIFE = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_EMAIL = 320


class WrongCredentials(Unauthorized):
    """The same answer for an unknown address and for a wrong password."""

    code = "wrong_credentials"
    title = access.WRONG_CREDENTIALS


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login. The token goes to the client and is kept nowhere."""

    token: str
    csrf_token: str
    expires_at: datetime
    admin: Admin


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whom a token belongs to."""

    admin: Admin
    session_id: str
    jti: str
    expires_at: datetime


async def create_admin(session: AsyncSession, email: str, password: str) -> Admin:
    """Make an admin. Raises Invalid for an unfit address or password, Conflict where the address is taken."""
    email = fold_email(email)
    if not _is_email(email):
        raise Invalid(access.NO_EMAIL)
    check_password(password, email=email)
    admin = Admin(email=email, password_hash=await hash_password(password))
    try:
        async with session.begin_nested():
            session.add(admin)
    except IntegrityError:
        raise Conflict(access.admin_exists(email=email), code="admin_exists") from None
    return admin


async def ensure_first_admin(resources: Resources) -> None:
    """Make the admin that the settings name, where there is none at all."""
    email, password = resources.settings.admin_email, resources.settings.admin_password.get_secret_value()
    if not email and not password:
        return
    async with resources.read() as session:
        if (await session.exec(select(Admin.id).limit(1))).first() is not None:
            return
    try:
        async with resources.transaction() as session:
            admin = await create_admin(session, email, password)
    except Conflict:
        return  # Another process was faster.
    except AppError as error:
        raise ConfigurationError(f"NEWSREEL_ADMIN_EMAIL and NEWSREEL_ADMIN_PASSWORD: {error.message}") from None
    log.info("first_admin_created", admin_id=admin.id)


async def log_in(resources: Resources, email: str, password: str, client_ip: str) -> Login:
    """Log an admin in with a fresh session. Raises WrongCredentials, TooManyRequests."""
    email = fold_email(email)
    attempt = await throttle.admit(resources, email, client_ip)
    admin = await _check_credentials(resources, email, password, client_ip)
    stronger = await hash_password(password) if needs_rehash(admin.password_hash) else None
    now, jti = utcnow(), new_token()
    expires_at = now + LOGIN_LIFE
    async with resources.transaction() as session:
        await throttle.forgive(session, attempt)
        # Locked, so that a password that is being changed leaves no session of the old one behind.
        unchanged = select(Admin.id).where(Admin.id == admin.id, Admin.password_hash == admin.password_hash)
        if (await session.exec(unchanged.with_for_update())).first() is None:
            raise WrongCredentials
        if stronger is not None:
            await session.exec(sa.update(Admin).where(col(Admin.id) == admin.id).values(password_hash=stronger))
        session.add(
            LoginSession(
                admin_id=admin.id, token_hash=hash_token(jti), created_at=now, last_seen_at=now, expires_at=expires_at
            )
        )
    log.info("logged_in", admin_id=admin.id, client=client_ip)
    keys = resources.settings.secret_keys
    token = issue_token(keys, admin_id=admin.id, jti=jti, now=now, expires_at=expires_at)
    return Login(token, make_csrf_token(keys, jti), expires_at, admin)


async def log_out(resources: Resources, session_id: str) -> None:
    """End one login: its token is good for nothing from now on."""
    async with resources.transaction() as session:
        await session.exec(sa.delete(LoginSession).where(col(LoginSession.id) == session_id))


async def change_password(
    resources: Resources, admin_id: str, current: str, new: str, *, session_id: str, client_ip: str
) -> None:
    """Change a password and end all other logins of this admin. Raises WrongCredentials, Invalid, TooManyRequests."""
    async with resources.read() as session:
        email = (await session.exec(select(Admin.email).where(Admin.id == admin_id))).one()
    # Before the present password is looked at: an unfit new one is no guess, and counts as none.
    check_password(new, email=email)
    attempt = await throttle.admit(resources, email, client_ip)
    admin = await _check_credentials(resources, email, current, client_ip)
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
    log.info("password_changed", admin_id=admin_id)


async def set_password(session: AsyncSession, email: str, new: str) -> None:
    """Give an admin a new password without the present one, for whoever runs the service; ends all their logins.

    Raises NotFound, Invalid.
    """
    email = fold_email(email)
    check_password(new, email=email)
    values = {"password_hash": await hash_password(new), "password_changed_at": utcnow()}
    changed = await session.exec(sa.update(Admin).where(col(Admin.email) == email).values(**values))
    if changed.rowcount != 1:
        raise NotFound(access.no_admin(email=email), code="admin_not_found")
    owner = select(Admin.id).where(Admin.email == email).scalar_subquery()
    await session.exec(sa.delete(LoginSession).where(col(LoginSession.admin_id) == owner))
    log.info("password_set")


async def recognise(resources: Resources, token: str) -> Recognition | None:
    """Tell whom a token belongs to; `None` where it is forged, over, idle for too long, or logged out."""
    claims = read_token(resources.settings.secret_keys, token)
    if claims is None:
        return None
    now = utcnow()
    query = (
        select(Admin, LoginSession)
        .join(LoginSession, col(LoginSession.admin_id) == col(Admin.id))
        .where(
            col(LoginSession.token_hash) == hash_token(claims.jti),
            col(Admin.id) == claims.admin_id,
            col(LoginSession.expires_at) > now,
            col(LoginSession.last_seen_at) > now - IDLE_LIFE,
        )
    )
    async with resources.read() as session:
        row = (await session.exec(query)).first()
    if row is None:
        return None
    admin, login = row
    if login.last_seen_at < now - _SEEN_EVERY:
        await _note_seen(resources, login.id, now)
    return Recognition(admin, login.id, claims.jti, login.expires_at)


async def _check_credentials(resources: Resources, email: str, password: str, client_ip: str) -> Admin:
    admin = await _find_admin(resources, email)
    is_right = await verify_password(admin.password_hash if admin else None, password)
    if admin is None or not is_right:
        # Without the address that was typed: it may be a password in the wrong field.
        log.warning("login_refused", admin_id=admin.id if admin else None, client=client_ip)
        raise WrongCredentials
    return admin


async def _find_admin(resources: Resources, email: str) -> Admin | None:
    if not _is_email(email):
        return None
    async with resources.read() as session:
        return (await session.exec(select(Admin).where(Admin.email == email))).first()


async def _note_seen(resources: Resources, session_id: str, now: datetime) -> None:
    async with resources.transaction() as session:
        await session.exec(
            sa.update(LoginSession)
            .where(col(LoginSession.id) == session_id, col(LoginSession.last_seen_at) < now)
            .values(last_seen_at=now)
        )


def fold_email(email: str) -> str:
    """Write an address the one way in which it is stored."""
    return email.strip().casefold()


def _is_email(email: str) -> bool:
    name, at, host = email.rpartition("@")
    return bool(name and at and host) and len(email) <= _LONGEST_EMAIL and email.isprintable() and " " not in email
