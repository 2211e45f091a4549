"""People made, logged in and out, and recognised by their token."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import describe, record
from app.auth import throttle
from app.auth.credentials import WrongCredentials, check_credentials, fold_email, is_email
from app.auth.links import forget_links
from app.auth.logins import IDLE_LIFE, Client, Login, open_login
from app.auth.models import Admin, LinkPurpose, LoginSession
from app.auth.passwords import check_password, hash_password, needs_rehash
from app.auth.second_factor import SecondFactorRequired, WrongCode, use_code
from app.auth.tokens import hash_token, issue_ticket, read_ticket, read_token
from app.errors import AppError, ConfigurationError, Conflict, Invalid
from app.kit.clock import utcnow
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whom a token belongs to."""

    admin: Admin
    session_id: str
    jti: str
    expires_at: datetime


async def create_admin(session: AsyncSession, email: str, password: str, *, name: str = "") -> Admin:
    """Make an admin. Raises Invalid for an unfit address or password, Conflict where the address is taken."""
    email = fold_email(email)
    if not is_email(email):
        raise Invalid(access.NO_EMAIL)
    check_password(password, email=email)
    admin = Admin(email=email, name=name, password_hash=await hash_password(password))
    try:
        async with session.begin_nested():
            session.add(admin)
    except IntegrityError:
        raise Conflict(access.admin_exists(email=email), code="admin_exists") from None
    await forget_links(session, LinkPurpose.setup)
    record(session, "person.made", object_kind="person", object_id=admin.id, object_name=email, after=describe(admin))
    return admin


async def ensure_first_admin(resources: Resources) -> None:
    """Make the admin that the settings name, where there is none at all."""
    email, password = resources.settings.admin_email, resources.settings.admin_password.get_secret_value()
    if not email and not password:
        return
    async with resources.read() as session:
        if await has_people(session):
            return
    try:
        async with resources.transaction() as session:
            admin = await create_admin(session, email, password)
    except Conflict:
        return  # Another process was faster.
    except AppError as error:
        raise ConfigurationError(f"NEWSREEL_ADMIN_EMAIL and NEWSREEL_ADMIN_PASSWORD: {error.message}") from None
    log.info("first_admin_created", admin_id=admin.id)


async def has_people(session: AsyncSession) -> bool:
    """Tell whether anybody can log in here, or was invited to."""
    return (await session.exec(select(Admin.id).limit(1))).first() is not None


async def log_in(
    resources: Resources, email: str, password: str, client_ip: str, *, code: str = "", user_agent: str = ""
) -> Login:
    """Log a person in with a fresh session.

    Raises WrongCredentials, TooManyRequests, and where there is a second factor SecondFactorRequired or WrongCode.
    """
    email = fold_email(email)
    attempt = await throttle.admit(resources, email, client_ip)
    admin = await check_credentials(resources, email, password, client_ip)
    if admin.has_second_factor and not code.strip():
        raise SecondFactorRequired(issue_ticket(resources.settings.secret_keys, admin.id, admin.password_hash))
    stronger = await hash_password(password) if needs_rehash(admin.password_hash) else None
    return await _let_in(resources, admin, attempt, code, Client(client_ip, user_agent), stronger)


async def finish_login(resources: Resources, ticket: str, code: str, client_ip: str, *, user_agent: str = "") -> Login:
    """Log in whose password was right some minutes ago, with the code. Raises WrongCredentials, WrongCode, …"""
    keys = resources.settings.secret_keys
    claimed = read_ticket(keys, ticket)
    async with resources.read() as session:
        admin = (await session.exec(select(Admin).where(Admin.id == claimed.admin_id))).first() if claimed else None
    if admin is None or claimed is None or not claimed.fits(admin.password_hash):
        raise WrongCredentials
    attempt = await throttle.admit(resources, admin.email, client_ip)
    return await _let_in(resources, admin, attempt, code, Client(client_ip, user_agent), None)


async def _let_in(
    resources: Resources, admin: Admin, attempt: throttle.Attempt, code: str, client: Client, stronger: str | None
) -> Login:
    try:
        async with resources.transaction() as session:
            await throttle.forgive(session, attempt)
            # Locked, so that a password that is being changed leaves no session of the old one behind, nor a second
            # factor that is being switched on one without it.
            same = (Admin.password_hash == admin.password_hash, Admin.totp_confirmed_at == admin.totp_confirmed_at)
            unchanged = select(Admin.id).where(Admin.id == admin.id, *same)
            if (await session.exec(unchanged.with_for_update())).first() is None:
                raise WrongCredentials
            if admin.has_second_factor:
                await use_code(session, resources.keyring, admin, code)
            if stronger is not None:
                await session.exec(sa.update(Admin).where(col(Admin.id) == admin.id).values(password_hash=stronger))
            login = open_login(session, resources.settings.secret_keys, admin, client)
    except WrongCode:
        log.warning("code_refused", admin_id=admin.id, client=client.address)
        raise
    log.info("logged_in", admin_id=admin.id, client=client.address)
    return login


async def log_out(resources: Resources, session_id: str) -> None:
    """End one login: its token is good for nothing from now on."""
    async with resources.transaction() as session:
        await session.exec(sa.delete(LoginSession).where(col(LoginSession.id) == session_id))
        record(session, "login.ended")


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


async def _note_seen(resources: Resources, session_id: str, now: datetime) -> None:
    async with resources.transaction() as session:
        await session.exec(
            sa.update(LoginSession)
            .where(col(LoginSession.id) == session_id, col(LoginSession.last_seen_at) < now)
            .values(last_seen_at=now)
        )
