"""Reading the outbox, for the room that delivers: what is due, and that it was taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.outbox.models import OutboxEvent

KEPT_FOR = timedelta(days=30)
"""So long what was taken is remembered: that a source's silence was told, that a post waits anew."""


async def list_untold(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[OutboxEvent]:
    """List what is due and not taken yet, in the order in which it happened."""
    query = select(OutboxEvent).where(col(OutboxEvent.taken_at).is_(None), col(OutboxEvent.due_at) <= now)
    return (await session.exec(query.order_by(col(OutboxEvent.id)).limit(limit))).all()


async def take(session: AsyncSession, ids: Sequence[str], now: datetime) -> None:
    """Note that messages were made of these."""
    if ids:
        await session.exec(sa.update(OutboxEvent).where(col(OutboxEvent.id).in_(ids)).values(taken_at=now))


async def put_off(session: AsyncSession, event: OutboxEvent, endpoint_id: str, due_at: datetime) -> None:
    """Let one endpoint be told later, if it is still so then."""
    session.add(
        OutboxEvent(
            type=event.type,
            subject=event.subject,
            account_id=event.account_id,
            data=event.data,
            at=event.at,
            due_at=due_at,
            endpoint_id=endpoint_id,
        )
    )


async def oldest_untold(session: AsyncSession, now: datetime) -> datetime | None:
    """Tell since when the longest waiting event is due."""
    due = (col(OutboxEvent.taken_at).is_(None), col(OutboxEvent.due_at) <= now)
    return (await session.exec(select(sa.func.min(OutboxEvent.due_at)).where(*due))).one()


async def was_told(session: AsyncSession, event_type: str, subject: str, *, since: datetime) -> bool:
    """Tell whether this was written down since then."""
    query = select(OutboxEvent.id).where(
        OutboxEvent.subject == subject, OutboxEvent.type == event_type, col(OutboxEvent.at) >= since
    )
    return (await session.exec(query.limit(1))).first() is not None


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Delete what was taken long ago."""
    old = (col(OutboxEvent.taken_at).is_not(None), col(OutboxEvent.at) < now - KEPT_FOR)
    await session.exec(sa.delete(OutboxEvent).where(*old))
