"""Who works on a report: one worker at a time, as long as it is under way."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.ads.leases import LEASE, LeaseLost, renewing, take_row
from app.ads.models import AdsReport, ReportState
from app.kit.clock import utcnow
from app.resources import Resources

UNDER_WAY = (ReportState.queued, ReportState.processing)


async def take(app: Resources, report_id: str) -> AdsReport | None:
    """Take a report that is due and that nobody works on; None where there is no such."""
    return await take_row(app, AdsReport, report_id, col(AdsReport.state).in_(UNDER_WAY))


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


def hold(app: Resources, report: AdsReport) -> AbstractAsyncContextManager[None]:
    """Keep the lease while the block runs. One that is lost is found out at the next change."""

    async def renew() -> None:
        await change(app, report, lease_until=utcnow() + LEASE)

    return renewing(renew, of=f"report {report.id}")
