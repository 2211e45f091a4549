"""Login sessions: opened, listed, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import Actor, ActorKind, record
from app.auth import throttle
from app.auth.models import Admin, LoginSession
from app.auth.tokens import hash_token, issue_token, make_csrf_token
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.resources import Resources

IDLE_LIFE = timedelta(hours=2)
LOGIN_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Client:
    """Where a login comes from: the address, and what the program says that it is."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login. The token goes to the client and is kept nowhere."""

    token: str
    csrf_token: str
    expires_at: datetime
    admin: Admin


def open_login(session: AsyncSession, secret_keys: Sequence[str], admin: Admin, client: Client) -> Login:
    """Make a login for somebody who has proven who they are."""
    now, jti = utcnow(), new_token()
    expires_at = now + LOGIN_LIFE
    session.add(
        LoginSession(
            admin_id=admin.id,
            token_hash=hash_token(jti),
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
            user_agent=_storable(client.user_agent)[:300],
            address=client.address[:64],
        )
    )
    me = Actor(ActorKind.person, admin.id, admin.email, client.address)
    record(session, "login.opened", object_kind="person", object_id=admin.id, object_name=admin.email, by=me)
    token = issue_token(secret_keys, admin_id=admin.id, jti=jti, now=now, expires_at=expires_at)
    return Login(token, make_csrf_token(secret_keys, jti), expires_at, admin)


async def list_logins(session: AsyncSession, admin_id: str) -> Sequence[LoginSession]:
    """The logins of a person that still open something, the last used first."""
    query = select(LoginSession).where(LoginSession.admin_id == admin_id, sa.not_(_is_over(utcnow())))
    return (await session.exec(query.order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id)))).all()


async def end_login(resources: Resources, admin_id: str, session_id: str) -> None:
    """End one login of this person; nothing happens where it is over, or somebody else's."""
    is_own = (col(LoginSession.id) == session_id, col(LoginSession.admin_id) == admin_id)
    async with resources.transaction() as session:
        await session.exec(sa.delete(LoginSession).where(*is_own))
        record(session, "login.ended", object_kind="person", object_id=admin_id)


async def end_other_logins(resources: Resources, admin_id: str, session_id: str) -> None:
    """End all logins of this person but one."""
    async with resources.transaction() as session:
        await delete_other_logins(session, admin_id, session_id)
        record(session, "login.others_ended", object_kind="person", object_id=admin_id)


async def delete_other_logins(session: AsyncSession, admin_id: str, session_id: str) -> None:
    """The same as a part of a larger transaction."""
    others = (col(LoginSession.admin_id) == admin_id, col(LoginSession.id) != session_id)
    await session.exec(sa.delete(LoginSession).where(*others))


async def forget_ended_logins(session: AsyncSession) -> None:
    """Delete logins that are over, and the traces of guessing that are older than an hour."""
    await session.exec(sa.delete(LoginSession).where(_is_over(utcnow())))
    await throttle.forget_old_attempts(session)


def _is_over(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(col(LoginSession.expires_at) <= now, col(LoginSession.last_seen_at) <= now - IDLE_LIFE)


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
