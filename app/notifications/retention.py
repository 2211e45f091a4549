"""How long what was told is kept, and how much of it is still on its way."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.notifications.models import MessageState, NotificationMessage
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.outbox.queries import forget_old
from app.resources import Resources

KEPT_FOR = timedelta(days=30)


async def forget_old_messages(app: Resources) -> None:
    """Delete messages that are settled, and events that were taken, after a month."""
    now = utcnow()
    settled = (
        col(NotificationMessage.state) != MessageState.waiting,
        col(NotificationMessage.created_at) < now - KEPT_FOR,
    )
    async with app.transaction() as session:
        await session.exec(sa.delete(NotificationMessage).where(*settled))
        await forget_old(session, now)


async def count_waiting(session: AsyncSession) -> dict[str, float]:
    """Count the messages that are still on their way, by channel."""
    query = (
        select(NotificationEndpoint.channel, func.count())
        .join(NotificationMessage, col(NotificationMessage.endpoint_id) == col(NotificationEndpoint.id))
        .where(NotificationMessage.state == MessageState.waiting)
        .group_by(col(NotificationEndpoint.channel))
    )
    found = dict((await session.exec(query)).all())
    return {channel.value: found.get(channel, 0) for channel in Channel}


async def count_switched_off(session: AsyncSession) -> int:
    """Count the endpoints that were given up."""
    query = select(func.count()).where(col(NotificationEndpoint.switched_off_at).is_not(None))
    return (await session.exec(query)).one()
