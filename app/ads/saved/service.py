"""Reports that somebody keeps: stored with what stands in them, listed, removed, and when each is told next."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.reach import reach_advertiser
from app.ads.figures.days import today_at
from app.ads.figures.spans import days_of_span
from app.ads.models import AdsSavedReport, ReportEvery
from app.ads.reports.asking import TaskParameters, read_body
from app.audit.record import record
from app.errors import Conflict, NotFound
from app.kit.clock import utcnow
from app.messages import ads_reports
from app.resources import Resources

MOST_KEPT = 200
_LONGEST_NAME = 255


class SavedReportNotFound(NotFound):
    code = "ads_saved_report_not_found"
    title = ads_reports.NO_SAVED_REPORT


async def save_report(
    app: Resources,
    advertiser_id: str,
    *,
    name: str,
    query: str,
    parameters: Mapping[str, Any],
    span: str,
    every: ReportEvery,
    hour: int,
    admin_id: str,
) -> AdsSavedReport:
    """Keep a report. `parameters` are TikTok's, without days. Raises ValidationError, Conflict, AdvertiserNotFound."""
    reach = await reach_advertiser(app, advertiser_id)
    row = AdsSavedReport(
        mode=mode_of(app),
        advertiser_id=advertiser_id,
        admin_id=admin_id,
        name=" ".join(name.split())[:_LONGEST_NAME],
        query=query,
        parameters=dict(parameters),
        span=span,
        every=every,
        hour=hour,
    )
    parameters_now(row, reach.advertiser.timezone if reach.advertiser else "")
    if not row.name:
        raise Conflict(ads_reports.NAME_THE_REPORT, code="name_missing")
    row.next_at = next_time(every, hour, app.settings.timezone, utcnow())
    async with app.transaction() as session:
        count = select(sa.func.count()).select_from(AdsSavedReport).where(AdsSavedReport.mode == row.mode)
        if (await session.exec(count)).one() >= MOST_KEPT:
            raise Conflict(ads_reports.too_many_saved_reports(MOST_KEPT), code="too_many_saved_reports")
        session.add(row)
        record(
            session, "ads_report.kept", object_kind="ads_report", object_id=row.id, object_name=row.name,
            after={"every": row.every.value, "hour": hour, "query": query},
        )  # fmt: skip
    return row


async def list_saved(session: AsyncSession, app: Resources, advertiser_id: str) -> Sequence[AdsSavedReport]:
    """List what is kept for an ad account, the newest first."""
    query = select(AdsSavedReport).where(
        AdsSavedReport.mode == mode_of(app), AdsSavedReport.advertiser_id == advertiser_id
    )
    return (await session.exec(query.order_by(col(AdsSavedReport.id).desc()))).all()


async def get_saved(session: AsyncSession, app: Resources, saved_id: str) -> AdsSavedReport:
    """Raises SavedReportNotFound."""
    found = None if "\0" in saved_id else await session.get(AdsSavedReport, saved_id)
    if found is None or found.mode != mode_of(app):
        raise SavedReportNotFound
    return found


async def remove_saved(app: Resources, saved_id: str) -> None:
    """Keep it no longer. Raises SavedReportNotFound."""
    async with app.transaction() as session:
        row = await get_saved(session, app, saved_id)
        record(session, "ads_report.removed", object_kind="ads_report", object_id=row.id, object_name=row.name)
        await session.exec(sa.delete(AdsSavedReport).where(col(AdsSavedReport.id) == saved_id))


def parameters_now(row: AdsSavedReport, timezone: str) -> TaskParameters:
    """Give the report as it is today by the ad account's clock. Raises ValidationError."""
    days = days_of_span(row.span, today_at(timezone))
    span = {"start_date": days[0].isoformat(), "end_date": days[1].isoformat()} if days else {}
    return read_body({**row.parameters, **span})


def next_time(every: ReportEvery, hour: int, zone: str, after: datetime) -> datetime | None:
    """Give when it is told next: each day, each Monday, or each first of a month, at this hour of the zone."""
    if every is ReportEvery.never:
        return None
    tz = ZoneInfo(zone or "UTC")
    day = after.astimezone(tz).date()
    while True:
        fits = every is ReportEvery.day or (day.weekday() == 0 if every is ReportEvery.week else day.day == 1)
        at = datetime.combine(day, time(hour), tz).astimezone(UTC)
        if fits and at > after:
            return at
        day += timedelta(days=1)
