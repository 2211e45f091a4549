"""Carrying a report out: each part is asked for once, looked at until TikTok has made it, fetched, and joined.

TikTok's `report/task/create/` has no key against doubles, and nothing lists the tasks that there are: a task whose
number we were not told can neither be found nor fetched. So the part's row says on disk that it was sent before it is,
and where the number never came the report ends, with that reason; a second task is only made by a person's new report.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.ads.access import mode_of
from app.ads.connections.reach import note_refused, reach_advertiser
from app.ads.figures.lanes import look_at_other, pack_other
from app.ads.figures.walking import of_span
from app.ads.leases import LeaseLost
from app.ads.models import AdsReport, AdsReportPart, ReportState
from app.ads.refusals import words_of
from app.ads.reports.asking import TaskParameters
from app.ads.reports.tasks import files
from app.ads.reports.tasks.joining import PartsDiffer, join_parts
from app.ads.reports.tasks.lease import UNDER_WAY, change, hold, take
from app.ads.reports.tasks.service import list_parts
from app.errors import AppError, VendorError
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_reports
from app.messages.kinds import Quote
from app.messages.message import Message, pack
from app.resources import Resources
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.limiter import Priority
from app.tiktok_business.reports import TaskState
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=30)
_MADE_WITHIN = timedelta(hours=24)
_PAUSES: Sequence[float] = (2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0)
_WAITED_FOR_HERE = 5.0
_TURN = Patience(Priority.report, "report-task", deadline=120.0)


class Ended(Exception):
    """The report cannot be had, and why."""

    def __init__(self, reason: str, detail: Message) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class Later(Exception):
    """Not yet: `seconds` until it is worth to look again, or None for the next step of a growing pause."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class _Work:
    """A report in hand."""

    app: Resources
    report: AdsReport
    client: TikTokBusinessClient
    asked: TaskParameters


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
            pause = _PAUSES[min(report.checks, len(_PAUSES) - 1)] if later.seconds is None else later.seconds
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
    work = _Work(app, report, reached.client, TaskParameters.model_validate(report.parameters))
    try:
        await _ask_for_all(work)
        await _look_at_all(work)
        await _fetch_all(work)
    except BusinessError as error:
        await note_refused(app, reached, error)
        raise _meaning_of(error) from None
    except OSError as error:
        log.warning("report_not_stored", report_id=report.id, error=type(error).__name__)
        raise Later(60.0) from None
    await _finish(work)


async def _ask_for_all(work: _Work) -> None:
    parts = await _read_parts(work)
    if any(part.sent_at is not None and part.task_id is None for part in parts):
        # Whoever sent it died before the number was on disk.
        raise Ended("outcome_unknown", ads_reports.REPORT_LOST)
    for part in parts:
        if part.task_id is None:
            await _ask_for(work, part)
    if work.report.state is ReportState.queued:
        await change(work.app, work.report, state=ReportState.processing)
        work.report.state = ReportState.processing


async def _ask_for(work: _Work, part: AdsReportPart) -> None:
    """Have TikTok make one part: the row first, on disk, then the call."""
    mark_failpoint("report.asking")
    await _note_sent(work, part)
    mark_failpoint("report.sent")
    query = of_span(work.asked.query(work.report.advertiser_id), (part.start_date, part.end_date))
    name = f"newsreel-{work.report.id}-{part.position + 1}"
    try:
        task = await work.client.reports.create_task(query, file_name=name, enable_report_title_translation=False)
    except BusinessError as error:
        if error.outcome is Outcome.unknown:
            raise Ended("outcome_unknown", ads_reports.REPORT_LOST) from None
        await _set_part(work, part, sent_at=None)
        raise
    mark_failpoint("report.answered")
    # Whoever has the report in hand meanwhile: the number is all that can be known of the task.
    await _set_part(work, part, task_id=task.task_id)
    mark_failpoint("report.asked")


async def _look_at_all(work: _Work) -> None:
    is_waiting = False
    for part in await _read_parts(work):
        if part.is_made or part.task_id is None:
            continue
        status = await work.client.reports.check_task(work.report.advertiser_id, part.task_id)
        if status.state is TaskState.failed:
            raise Ended("failed_at_tiktok", ads_reports.ads_report_failed(Quote(status.message or "FAILED")))
        if status.state is TaskState.canceled:
            raise Ended("canceled_at_tiktok", ads_reports.REPORT_CANCELED)
        if status.state is TaskState.success:
            await _set_part(work, part, is_made=True)
        else:
            is_waiting = True
    if is_waiting:
        raise Later


async def _fetch_all(work: _Work) -> None:
    for part in await _read_parts(work):
        target = files.part_path(work.app, work.report.id, part.position)
        if target.exists() and part.size is not None:
            continue
        assert part.task_id is not None
        sink = files.FileSink(target)
        try:
            await sink.begin()
            await work.client.reports.save_task(work.report.advertiser_id, part.task_id, sink)
            await sink.keep()
        finally:
            sink.close()
        mark_failpoint("report.fetched")
        await _set_part(work, part, size=sink.size)


async def _finish(work: _Work) -> None:
    app, report = work.app, work.report
    paths = [files.part_path(app, report.id, part.position) for part in await _read_parts(work)]
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


async def _read_parts(work: _Work) -> Sequence[AdsReportPart]:
    async with work.app.read() as session:
        return await list_parts(session, work.report.id)


async def _note_sent(work: _Work, part: AdsReportPart) -> None:
    """Put on disk that a part is being sent, in the same moment in which the report is surely ours."""
    now, report = utcnow(), work.report
    is_ours = sa.exists().where(
        col(AdsReport.id) == report.id, col(AdsReport.holder) == report.holder, col(AdsReport.state).in_(UNDER_WAY)
    )
    async with work.app.transaction() as session:
        noted = await session.exec(
            sa.update(AdsReportPart)
            .where(
                col(AdsReportPart.report_id) == report.id,
                col(AdsReportPart.position) == part.position,
                col(AdsReportPart.sent_at).is_(None),
                is_ours,
            )
            .values(sent_at=now)
        )
        if noted.rowcount != 1:
            raise LeaseLost


async def _set_part(work: _Work, part: AdsReportPart, **values: object) -> None:
    async with work.app.transaction() as session:
        await session.exec(
            sa.update(AdsReportPart)
            .where(col(AdsReportPart.report_id) == work.report.id, col(AdsReportPart.position) == part.position)
            .values(**values)
        )
