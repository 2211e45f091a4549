"""The end of an endpoint's service: it failed for a day, or a person wants no more. What waits for it stops waiting."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.notifications.models import MessageState, NotificationMessage
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.outbox.models_endpoints import NotificationEndpoint

log = structlog.get_logger(__name__)

NO_SUCCESS = "no_success_for_a_day"
GONE = "gone"
"""It answered 410: it will never take a message again."""


async def switch_off(session: AsyncSession, endpoint_id: str, reason: str, now: datetime) -> None:
    """Give an endpoint up, and say so to all others. A person sees it on the page, and doctor names it."""
    off = await session.exec(
        sa.update(NotificationEndpoint)
        .where(col(NotificationEndpoint.id) == endpoint_id, col(NotificationEndpoint.enabled).is_(True))
        .values(enabled=False, switched_off_at=now, paused_until=None, updated_at=now)
    )
    if off.rowcount != 1:
        return
    await drop_waiting(session, endpoint_id)
    query = select(NotificationEndpoint.name, NotificationEndpoint.channel).where(
        NotificationEndpoint.id == endpoint_id
    )
    name, channel = (await session.exec(query)).one()
    log.error("notification_switched_off", endpoint_id=endpoint_id, reason=reason)
    data: dict[str, Any] = {"notification_id": endpoint_id, "title": name or channel, "reason": reason}
    await emit(session, EventType.switched_off, subject=f"endpoint:{endpoint_id}", data=data)


async def drop_waiting(session: AsyncSession, endpoint_id: str) -> None:
    """What waits for an endpoint is tried no more; the list of deliveries keeps it, for a replay."""
    waiting = (
        col(NotificationMessage.endpoint_id) == endpoint_id,
        col(NotificationMessage.state) == MessageState.waiting,
    )
    await session.exec(
        sa.update(NotificationMessage).where(*waiting).values(state=MessageState.failed, next_attempt_at=None)
    )
