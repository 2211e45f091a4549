"""Reports that TikTok makes in its own time: begun, listed, looked at, and forgotten after 30 days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.reach import reach_advertiser
from app.ads.models import AdsReport, AdsReportPart
from app.ads.reports.asking import TaskParameters
from app.errors import Conflict, NotFound
from app.jobs import enqueue
from app.kit.paging import Page, paginate
from app.messages import ads_reports
from app.resources import Resources

CREATE = "report/task/create/"


class ReportNotFound(NotFound):
    code = "report_not_found"
    title = ads_reports.NO_REPORT


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report is."""

    parts: int
    asked: int
    made: int
    fetched: int
    bytes: int

    @property
    def percent(self) -> int:
        """Asking is quick, making is most of it."""
        done = self.asked + 6 * self.made + 3 * self.fetched
        return done * 100 // (10 * self.parts) if self.parts else 0


async def begin_report(app: Resources, advertiser_id: str, asked: TaskParameters, admin_id: str | None) -> AdsReport:
    """Take on a report. Raises AdvertiserNotFound, and Conflict where the sandbox cannot make it: nothing is called."""
    reach = await reach_advertiser(app, advertiser_id)
    if not reach.client.address.has(CREATE):
        raise Conflict(ads_reports.NOT_IN_SANDBOX, code="not_in_sandbox")
    report = AdsReport(
        mode=mode_of(app),
        advertiser_id=advertiser_id,
        admin_id=admin_id,
        parameters=asked.model_dump(mode="json", exclude_none=True),
    )
    async with app.transaction() as session:
        session.add(report)
        await session.flush()
        for position, (start, end) in enumerate(asked.spans()):
            session.add(AdsReportPart(report_id=report.id, position=position, start_date=start, end_date=end))
        enqueue(session, "ads.report", report.id)
    return report


async def get_report(session: AsyncSession, report_id: str) -> AdsReport:
    """Raises ReportNotFound."""
    found = await session.get(AdsReport, report_id)
    if found is None:
        raise ReportNotFound
    return found


async def list_reports(
    session: AsyncSession, *, advertiser_id: str | None, limit: int, cursor: str | None
) -> Page[AdsReport]:
    query = select(AdsReport)
    if advertiser_id:
        query = query.where(AdsReport.advertiser_id == advertiser_id)
    return await paginate(session, query, AdsReport.id, limit=limit, cursor=cursor)


async def list_parts(session: AsyncSession, report_id: str) -> Sequence[AdsReportPart]:
    query = select(AdsReportPart).where(AdsReportPart.report_id == report_id).order_by(col(AdsReportPart.position))
    return (await session.exec(query)).all()


async def measure(session: AsyncSession, report_ids: Sequence[str]) -> Mapping[str, Progress]:
    """Tell how far reports are."""
    part = AdsReportPart
    counted = sa.select(
        col(part.report_id),
        sa.func.count(),
        sa.func.count(col(part.task_id)),
        sa.func.sum(sa.case((col(part.is_made), 1), else_=0)),
        sa.func.count(col(part.size)),
        sa.func.coalesce(sa.func.sum(col(part.size)), 0),
    )
    query = counted.where(col(part.report_id).in_(report_ids)).group_by(col(part.report_id))
    rows: Sequence[Any] = (await session.exec(query)).all()  # type: ignore[call-overload]
    return {row[0]: Progress(*(int(value) for value in row[1:])) for row in rows}
