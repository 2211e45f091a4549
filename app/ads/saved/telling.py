"""Telling kept reports when they are due: claimed by a lease, made, and told with what sets the next time.

A worker that dies in between has told nothing: another makes it after the lease. What cannot be made is tried again
every quarter of an hour, and says on the page why.
"""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.connections.reach import reach_advertiser
from app.ads.figures.days import DayFigures, read_days
from app.ads.figures.service_types import AUCTION
from app.ads.models import AdsSavedReport
from app.ads.reports.tasks.service import begin_report
from app.ads.saved.service import next_time, parameters_now
from app.errors import AppError, Conflict
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import ads_reports
from app.messages.message import Message, keep_whole
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.resources import Resources
from app.tiktok_business.errors import BusinessError

log = structlog.get_logger(__name__)

TELL = "ads.saved_report"
_LEASE = timedelta(minutes=10)
_AGAIN = timedelta(minutes=15)
_BATCH = 50


async def wake_due(app: Resources) -> None:
    """Wake a worker for each kept report that is due and that nobody makes."""
    now = utcnow()
    async with app.transaction() as session:
        query = select(AdsSavedReport.id).where(
            AdsSavedReport.mode == mode_of(app),
            col(AdsSavedReport.next_at) <= now,
            sa.or_(col(AdsSavedReport.lease_until).is_(None), col(AdsSavedReport.lease_until) < now),
        )
        for saved_id in (await session.exec(query.order_by(col(AdsSavedReport.next_at)).limit(_BATCH))).all():
            enqueue(session, TELL, saved_id, job_id=f"{TELL}:{saved_id}")


async def tell(app: Resources, saved_id: str) -> None:
    """Make one that is due, and tell it. Safe to run twice."""
    row = await _claim(app, saved_id)
    if row is None:
        return
    try:
        why, file_id = await _make(app, row)
    except (AppError, BusinessError) as error:
        await _note_trouble(app, row, error.message)
        return
    except ValidationError:
        await _note_trouble(app, row, ads_reports.SAVED_REPORT_ODD)
        return
    now = utcnow()
    values = {
        "next_at": next_time(row.every, row.hour, app.settings.timezone, now),
        "lease_until": None, "told_at": now, "trouble": None,
    }  # fmt: skip
    data = {
        "report_id": row.id,
        "advertiser_id": row.advertiser_id,
        "title": row.name,
        "task_id": file_id,
        "why": keep_whole(why),
    }
    async with app.transaction() as session:
        mine = (col(AdsSavedReport.id) == row.id, col(AdsSavedReport.next_at) == row.next_at)
        if (await session.exec(sa.update(AdsSavedReport).where(*mine).values(**values))).rowcount == 1:
            await emit(session, EventType.ads_report, subject=f"ads_report:{row.id}", data=data)
    log.info("ads_report_told", saved_id=row.id, advertiser_id=row.advertiser_id, task_id=file_id)


async def _claim(app: Resources, saved_id: str) -> AdsSavedReport | None:
    now = utcnow()
    is_free = sa.or_(col(AdsSavedReport.lease_until).is_(None), col(AdsSavedReport.lease_until) < now)
    due = (
        col(AdsSavedReport.id) == saved_id,
        col(AdsSavedReport.mode) == mode_of(app),
        col(AdsSavedReport.next_at) <= now,
    )
    async with app.transaction() as session:
        change = sa.update(AdsSavedReport).where(*due, is_free).values(lease_until=now + _LEASE)
        taken = await session.exec(change)
        return await session.get(AdsSavedReport, saved_id, populate_existing=True) if taken.rowcount == 1 else None


async def _make(app: Resources, row: AdsSavedReport) -> tuple[Message, str | None]:
    """Begin the file, where TikTok makes such, and add up what the ad account did in its days."""
    reach = await reach_advertiser(app, row.advertiser_id)
    asked = parameters_now(row, reach.advertiser.timezone if reach.advertiser else "")
    first, last = asked.first_and_last()
    read = await read_days(app, row.advertiser_id, first, last)
    file_id = None
    try:
        file_id = (await begin_report(app, row.advertiser_id, asked, row.admin_id)).id
    except Conflict as error:
        if error.code != "not_in_sandbox":
            raise
    all_days = sum(read.days.values(), DayFigures())
    figures = (f"{all_days.spend:f}", reach.currency, int(all_days.impressions), int(all_days.clicks))
    if not read.reserved.impressions:
        return ads_reports.saved_report_told(first, last, *figures), file_id
    # The file has rows of one way to buy, and the sum is of both.
    is_of_auction = str(asked.data_level).startswith(AUCTION)
    apart = read.reserved.spend if is_of_auction else all_days.spend - read.reserved.spend
    tell_apart = (
        ads_reports.saved_report_without_reserved if is_of_auction else ads_reports.saved_report_without_auction
    )
    return tell_apart(first, last, *figures, f"{apart:f}"), file_id


async def _note_trouble(app: Resources, row: AdsSavedReport, why: Message) -> None:
    now = utcnow()
    # Its lease is what holds the next try back: it stays due.
    values = {"lease_until": now + _AGAIN, "trouble": keep_whole(why)}
    async with app.transaction() as session:
        await session.exec(sa.update(AdsSavedReport).where(col(AdsSavedReport.id) == row.id).values(**values))
    log.warning("ads_report_not_told", saved_id=row.id, advertiser_id=row.advertiser_id, why=str(why))
