"""Who works on a report: a lease in its row, renewed while its worker lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from app.ads.models import AdsReport, ReportState
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
UNDER_WAY = (ReportState.queued, ReportState.processing)
_RENEW_EVERY_SECONDS = 5.0


class LeaseLost(Exception):
    """Another worker has the report now, or it has ended: stop quietly."""


async def take(app: Resources, report_id: str) -> AdsReport | None:
    """Take a report that is due and that nobody works on; None where there is no such."""
    now = utcnow()
    async with app.transaction() as session:
        taken = await session.exec(
            sa.update(AdsReport)
            .where(
                col(AdsReport.id) == report_id,
                col(AdsReport.state).in_(UNDER_WAY),
                col(AdsReport.next_at) <= now,
                sa.or_(col(AdsReport.lease_until).is_(None), col(AdsReport.lease_until) < now),
            )
            .values(holder=new_id(), lease_until=now + LEASE)
        )
        if taken.rowcount != 1:
            return None
        query = select(AdsReport).where(AdsReport.id == report_id).execution_options(populate_existing=True)
        return (await session.exec(query)).one()


async def change(app: Resources, report: AdsReport, **values: Any) -> None:
    """Change a report in hand. Raises LeaseLost."""
    async with app.transaction() as session:
        changed = await session.exec(
            sa.update(AdsReport)
            .where(
                col(AdsReport.id) == report.id,
                col(AdsReport.holder) == report.holder,
                col(AdsReport.state).in_(UNDER_WAY),
            )
            .values(updated_at=utcnow(), **values)
        )
        if changed.rowcount != 1:
            raise LeaseLost


@asynccontextmanager
async def hold(app: Resources, report: AdsReport) -> AsyncIterator[None]:
    """Keep the lease while the block runs. One that is lost is found out at the next change."""
    keeper = asyncio.create_task(_keep(app, report))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(app: Resources, report: AdsReport) -> None:
    while True:
        await asyncio.sleep(_RENEW_EVERY_SECONDS)
        try:
            await change(app, report, lease_until=utcnow() + LEASE)
        except LeaseLost:
            return
        except (SQLAlchemyError, OSError) as error:
            log.warning("report_lease_not_renewed", report_id=report.id, error=type(error).__name__)
