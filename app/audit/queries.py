"""Reads the audit log, and forgets what is older than the setting says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.models import AuditEntry
from app.kit.clock import utcnow
from app.kit.paging import Page, paginate


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is not given is not asked about."""

    action: str = ""
    actor: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[AuditEntry]:
    """List entries, newest first. `action` is a whole slug or its first word; `actor` an id or a part of a name."""
    query = select(AuditEntry)
    if wanted.action:
        family = col(AuditEntry.action).startswith(f"{_bare(wanted.action)}.", autoescape=True)
        query = query.where(sa.or_(col(AuditEntry.action) == _bare(wanted.action), family))
    if wanted.actor:
        named = sa.func.lower(col(AuditEntry.actor_name)).contains(_bare(wanted.actor).casefold(), autoescape=True)
        query = query.where(sa.or_(col(AuditEntry.actor_id) == _bare(wanted.actor), named))
    if wanted.object_id:
        query = query.where(col(AuditEntry.object_id) == _bare(wanted.object_id))
    if wanted.since:
        query = query.where(col(AuditEntry.at) >= wanted.since)
    if wanted.until:
        query = query.where(col(AuditEntry.at) < wanted.until)
    return await paginate(session, query, col(AuditEntry.id), limit=limit, cursor=_bare(cursor or ""))


async def forget_old_entries(session: AsyncSession, days: int) -> None:
    """Delete what is older than so many days."""
    await session.exec(sa.delete(AuditEntry).where(col(AuditEntry.at) < utcnow() - timedelta(days=days)))


def _bare(text: str) -> str:
    return text.replace("\0", "")
