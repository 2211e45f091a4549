"""The jobs of this slice: importing this registers them."""

import sqlalchemy as sa
from sqlmodel import col, select

from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.notifications.deliver import deliver_to
from app.notifications.gather import DELIVER, gather_events
from app.notifications.models import MessageState, NotificationMessage
from app.notifications.retention import forget_old_messages
from app.outbox.emit import GATHER
from app.outbox.models_endpoints import NotificationEndpoint
from app.resources import Resources


@job(GATHER, timeout=60)
async def gather(app: Resources) -> None:
    """Make messages of what stands in the outbox. Also a sweep: a lost wake-up costs its interval."""
    await gather_events(app)


@job(DELIVER, timeout=180)
async def deliver(app: Resources, endpoint_id: str) -> None:
    """Deliver what is due to one endpoint. Two at once do no harm: the endpoint's lease lets one in."""
    await deliver_to(app, endpoint_id)


@job("notifications.deliver_due", timeout=30)
async def deliver_due(app: Resources) -> None:
    """Wake a worker for each endpoint that has something due: what was gathered, tried before, or left by the dead."""
    now = utcnow()
    due = (
        select(NotificationMessage.endpoint_id)
        .where(NotificationMessage.state == MessageState.waiting, col(NotificationMessage.next_attempt_at) <= now)
        .distinct()
    )
    is_free = sa.or_(col(NotificationEndpoint.lease_until).is_(None), col(NotificationEndpoint.lease_until) < now)
    is_open = sa.or_(col(NotificationEndpoint.paused_until).is_(None), col(NotificationEndpoint.paused_until) <= now)
    query = select(NotificationEndpoint.id).where(
        col(NotificationEndpoint.id).in_(due), col(NotificationEndpoint.enabled).is_(True), is_free, is_open
    )
    async with app.read() as session:
        found = (await session.exec(query)).all()
    if not found:
        return
    async with app.transaction() as session:
        for endpoint_id in found:
            enqueue(session, DELIVER, endpoint_id, job_id=f"{DELIVER}:{endpoint_id}")


@job("notifications.sweep", timeout=60)
async def sweep(app: Resources) -> None:
    """Forget what was delivered long ago."""
    await forget_old_messages(app)
