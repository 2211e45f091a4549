"""Carrying a report out: its parts are asked for, waited for and fetched, and joined to one file."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from app.ads.access import mode_of
from app.ads.connections.reach import note_refused, reach_advertiser
from app.ads.figures.service_types import look_at_other, pack_other
from app.ads.leases import LeaseLost
from app.ads.models import AdsReport, ReportState
from app.ads.refusals import words_of
from app.ads.reports.asking import TaskParameters
from app.ads.reports.tasks import files
from app.ads.reports.tasks.joining import PartsDiffer, join_parts
from app.ads.reports.tasks.lease import change, hold, take
from app.ads.reports.tasks.parts import Ended, Later, Work, ask_for_all, fetch_all, look_at_all, read_parts
from app.errors import AppError, VendorError
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_reports
from app.messages.kinds import Quote
from app.messages.message import pack
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=30)
_MADE_WITHIN = timedelta(hours=24)
PAUSES: Sequence[float] = (2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0)
"""Between two looks at what TikTok makes, in seconds; the last one from then on."""
_WAITED_FOR_HERE = 5.0
_TURN = Patience(Priority.report, "report-task", deadline=120.0)


async def carry_out(app: Resources, report_id: str) -> None:
    """Do what can be done now of a report. One worker at a time; safe to run twice, and to die at any point of."""
    report = await take(app, report_id)
    if report is None:
        return
    mark_failpoint("report.taken")
    try:
        async with hold(app, report):
            await _until_it_has_to_wait(app, report)
    except LeaseLost:
        log.info("report_lease_lost", report_id=report_id)


async def _until_it_has_to_wait(app: Resources, report: AdsReport) -> None:
    while True:
        try:
            await _go_on(app, report)
        except Later as later:
            if utcnow() - report.created_at > _MADE_WITHIN:
                await _fail(app, report, Ended("too_long_at_tiktok", ads_reports.REPORT_TOO_LONG))
                return
            pause = PAUSES[min(report.checks, len(PAUSES) - 1)] if later.seconds is None else later.seconds
            report.checks += 1
            if pause <= _WAITED_FOR_HERE:
                await change(app, report, checks=report.checks)
                await asyncio.sleep(pause)
                continue
            at = utcnow() + timedelta(seconds=pause)
            await change(app, report, checks=report.checks, next_at=at, holder=None, lease_until=None)
        except Ended as ended:
            await _fail(app, report, ended)
        return


async def _go_on(app: Resources, report: AdsReport) -> None:
    """Raises Later, Ended, LeaseLost."""
    if report.mode != mode_of(app):
        raise Ended("other_mode", ads_reports.REPORT_OTHER_MODE)
    try:
        reached = await reach_advertiser(app, report.advertiser_id, patience=_TURN)
    except VendorError:
        raise Later from None
    except AppError as error:
        raise Ended(error.code, error.message) from None
    work = Work(app, report, reached.client, TaskParameters.model_validate(report.parameters))
    try:
        await ask_for_all(work)
        await look_at_all(work)
        await fetch_all(work)
    except BusinessError as error:
        await note_refused(app, reached, error)
        raise _meaning_of(error) from None
    except OSError as error:
        log.warning("report_not_stored", report_id=report.id, error=type(error).__name__)
        raise Later(60.0) from None
    await _finish(work)


async def _finish(work: Work) -> None:
    app, report = work.app, work.report
    paths = [files.part_path(app, report.id, part.position) for part in await read_parts(work)]
    target = files.csv_path(app, report.id)
    try:
        rows = await asyncio.to_thread(join_parts, paths, target, work.asked)
    except PartsDiffer:
        raise Ended("parts_differ", ads_reports.REPORT_ODD) from None
    mark_failpoint("report.joined")
    asked, query = work.asked, work.asked.query(report.advertiser_id)
    other = await look_at_other(work.client.reports, query, (asked.start_date, asked.end_date))
    now = utcnow()
    await change(
        app, report, state=ReportState.ready, rows=rows, size=target.stat().st_size, not_included=pack_other(other),
        finished_at=now, expires_at=now + _KEPT, holder=None, lease_until=None,
    )  # fmt: skip
    files.drop(app, report.id, only_parts=True)
    log.info("report_ready", report_id=report.id, rows=rows)


async def _fail(app: Resources, report: AdsReport, ended: Ended) -> None:
    now = utcnow()
    await change(
        app, report, state=ReportState.failed, reason=ended.reason, detail=str(ended.detail),
        detail_message=pack(ended.detail), finished_at=now, expires_at=now + _KEPT, holder=None, lease_until=None,
    )  # fmt: skip
    files.drop(app, report.id)
    log.warning("report_failed", report_id=report.id, reason=ended.reason)


def _meaning_of(error: BusinessError) -> Exception:
    if error.meaning.is_retryable or error.meaning.kind in {Kind.throttled, Kind.pending, Kind.provider}:
        return Later(error.retry_after)
    return Ended("refused_by_tiktok", ads_reports.ads_report_failed(Quote(words_of(error))))
