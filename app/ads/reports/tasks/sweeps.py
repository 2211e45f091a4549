"""The sweeps of reports: whoever is due is worked on, and files that were kept long enough go."""

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.models import AdsReport, ReportState
from app.ads.reports.tasks import files
from app.ads.reports.tasks.lease import UNDER_WAY
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.resources import Resources

_BATCH = 100


async def wake_due(app: Resources) -> None:
    """Wake a worker for each report that is due and that nobody works on."""
    now = utcnow()
    async with app.transaction() as session:
        query = (
            select(AdsReport.id)
            .where(
                col(AdsReport.state).in_(UNDER_WAY),
                col(AdsReport.next_at) <= now,
                sa.or_(col(AdsReport.lease_until).is_(None), col(AdsReport.lease_until) < now),
            )
            .order_by(col(AdsReport.next_at))
            .limit(_BATCH)
        )
        for report_id in (await session.exec(query)).all():
            enqueue(session, "ads.report", report_id)


async def forget_old(app: Resources) -> None:
    """Remove the files of reports that were kept long enough, then what is known of them after as long again."""
    now = utcnow()
    ended = (col(AdsReport.state) == ReportState.ready, col(AdsReport.expires_at) < now)
    async with app.transaction() as session:
        query = select(AdsReport.id).where(*ended, col(AdsReport.size).is_not(None)).limit(_BATCH)
        ids = (await session.exec(query)).all()
        for report_id in ids:
            files.drop(app, report_id)
        await session.exec(sa.update(AdsReport).where(col(AdsReport.id).in_(ids)).values(size=None))
