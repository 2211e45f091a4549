"""Login sessions: which are open, and their end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import throttle
from app.auth.models import LoginSession
from app.kit.clock import utcnow
from app.resources import Resources

IDLE_LIFE = timedelta(hours=2)


async def list_logins(session: AsyncSession, admin_id: str) -> Sequence[LoginSession]:
    """The logins of an admin that still open something, the last used first."""
    query = select(LoginSession).where(LoginSession.admin_id == admin_id, sa.not_(_is_over(utcnow())))
    return (await session.exec(query.order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id)))).all()


async def end_login(resources: Resources, admin_id: str, session_id: str) -> None:
    """End one login of this admin; nothing happens where it is over, or somebody else's."""
    is_own = (col(LoginSession.id) == session_id, col(LoginSession.admin_id) == admin_id)
    async with resources.transaction() as session:
        await session.exec(sa.delete(LoginSession).where(*is_own))


async def end_other_logins(resources: Resources, admin_id: str, session_id: str) -> None:
    """End all logins of this admin but one."""
    async with resources.transaction() as session:
        await delete_other_logins(session, admin_id, session_id)


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
