"""Reading the log of deliveries, and forgetting what is old."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import SourceDelivery
from app.errors import NotFound
from app.kit.clock import utcnow
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.messages import refusals
from app.resources import Resources

KEPT = timedelta(days=7)
MOST_KEPT = 2_000
"""Of one source."""


async def list_deliveries(
    session: AsyncSession, source_id: str, *, refused: bool = False, limit: int = 50, cursor: str | None = None
) -> Page[SourceDelivery]:
    """List what a source sent in the last 7 days, newest first, without the bodies."""
    query = select(SourceDelivery).options(defer(SourceDelivery.body, raiseload=True))  # type: ignore[arg-type]
    query = query.where(col(SourceDelivery.source_id) == source_id, col(SourceDelivery.received_at) >= _since())
    if refused:
        query = query.where(col(SourceDelivery.outcome).is_(None))
    return await paginate(session, query, col(SourceDelivery.id), limit=limit, cursor=cursor)


async def get_delivery(session: AsyncSession, source_id: str, delivery_id: str) -> SourceDelivery:
    """Get one delivery of a source with its body. Raises NotFound."""
    delivery = await find_row(session, SourceDelivery, delivery_id)
    if delivery is None or delivery.source_id != source_id or delivery.received_at < _since():
        raise NotFound(refusals.NO_SOURCE_DELIVERY, code="delivery_not_found")
    return delivery


async def forget_old_deliveries(resources: Resources) -> None:
    """Forget what is older than 7 days, and of each source what is more than can be looked at. May be missed."""
    async with resources.transaction() as session:
        await session.exec(sa.delete(SourceDelivery).where(col(SourceDelivery.received_at) < _since()))
    async with resources.read() as session:
        many = select(SourceDelivery.source_id).group_by(col(SourceDelivery.source_id))
        crowded = (await session.exec(many.having(sa.func.count() > MOST_KEPT))).all()
    for source_id in crowded:
        of_source = col(SourceDelivery.source_id) == source_id
        newest_first = select(SourceDelivery.id).where(of_source).order_by(col(SourceDelivery.id).desc())
        async with resources.transaction() as session:
            last = (await session.exec(newest_first.offset(MOST_KEPT).limit(1))).first()
            if last is not None:
                await session.exec(sa.delete(SourceDelivery).where(of_source, col(SourceDelivery.id) <= last))


def _since() -> datetime:
    return utcnow() - KEPT
