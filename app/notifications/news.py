"""What the newsroom was told lately, on a page: the newest first, and what of it a person has not seen yet."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import Admin, Role
from app.kit.clock import utcnow
from app.kit.upsert import upsert
from app.notifications.models import NotificationReading
from app.outbox.models import EventType, OutboxEvent

MOST_COUNTED = 100
_FOR_ADMINS = (EventType.ads_watch, EventType.ads_report, EventType.ads_boost)
"""What ads cost and show is an admin's."""


async def read_until(session: AsyncSession, person: Admin) -> datetime:
    """Tell since when what was told is new to a person: at first, since they came."""
    reading = await session.get(NotificationReading, person.id)
    return person.created_at if reading is None else reading.read_at


async def count_unread(session: AsyncSession, person: Admin) -> int:
    """Count what was told since a person looked last, up to MOST_COUNTED."""
    since = await read_until(session, person)
    few = select(OutboxEvent.id).where(col(OutboxEvent.at) > since, *_for(person)).limit(MOST_COUNTED).subquery()
    return (await session.exec(select(func.count()).select_from(few))).one()


async def list_news(session: AsyncSession, person: Admin, *, limit: int) -> Sequence[OutboxEvent]:
    """List what was told lately."""
    query = select(OutboxEvent).where(*_for(person)).order_by(col(OutboxEvent.at).desc(), col(OutboxEvent.id).desc())
    return (await session.exec(query.limit(limit))).all()


async def mark_read(session: AsyncSession, person: Admin) -> None:
    """Say that a person has seen what there is."""
    reading = NotificationReading(admin_id=person.id, read_at=utcnow())
    await upsert(session, reading, key=("admin_id",), change=("read_at",))


def _for(person: Admin) -> tuple[sa.ColumnElement[bool], ...]:
    # Of an escalation its first telling stands here already.
    wanted = [col(OutboxEvent.endpoint_id).is_(None)]
    if person.role is not Role.admin:
        wanted.append(col(OutboxEvent.type).not_in([one.value for one in _FOR_ADMINS]))
    return tuple(wanted)
