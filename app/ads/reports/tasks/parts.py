"""The parts of a report: each is asked for once, looked at until TikTok has made it, and fetched.

TikTok's `report/task/create/` has no key against doubles, and nothing lists the tasks that there are: a task whose
number we were not told can neither be found nor fetched. So the part's row says on disk that it was sent before it is,
and where the number never came the report ends, with that reason; a second task is only made by a person's new report.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col

from app.ads.figures.walking import of_span
from app.ads.leases import LeaseLost
from app.ads.models import AdsReport, AdsReportPart, ReportState
from app.ads.reports.asking import TaskParameters
from app.ads.reports.tasks import files
from app.ads.reports.tasks.lease import UNDER_WAY, change
from app.ads.reports.tasks.service import list_parts
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_reports
from app.messages.kinds import Quote
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.reports import TaskState


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
class Work:
    """A report in hand."""

    app: Resources
    report: AdsReport
    client: TikTokBusinessClient
    asked: TaskParameters


async def ask_for_all(work: Work) -> None:
    """Ask TikTok for each part that was not asked for. Raises Ended, LeaseLost and BusinessError."""
    parts = await read_parts(work)
    if any(part.sent_at is not None and part.task_id is None for part in parts):
        # Whoever sent it died before the number was on disk.
        raise Ended("outcome_unknown", ads_reports.REPORT_LOST)
    for part in parts:
        if part.task_id is None:
            await _ask_for(work, part)
    if work.report.state is ReportState.queued:
        await change(work.app, work.report, state=ReportState.processing)
        work.report.state = ReportState.processing


async def _ask_for(work: Work, part: AdsReportPart) -> None:
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


async def look_at_all(work: Work) -> None:
    """Look whether TikTok has made each part. Raises Later while one is not, Ended and BusinessError."""
    is_waiting = False
    for part in await read_parts(work):
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


async def fetch_all(work: Work) -> None:
    """Fetch each part that is not here. Raises OSError where the disk does not take it, and BusinessError."""
    for part in await read_parts(work):
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


async def read_parts(work: Work) -> Sequence[AdsReportPart]:
    """Read the parts anew, in their order."""
    async with work.app.read() as session:
        return await list_parts(session, work.report.id)


async def _note_sent(work: Work, part: AdsReportPart) -> None:
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


async def _set_part(work: Work, part: AdsReportPart, **values: object) -> None:
    async with work.app.transaction() as session:
        await session.exec(
            sa.update(AdsReportPart)
            .where(col(AdsReportPart.report_id) == work.report.id, col(AdsReportPart.position) == part.position)
            .values(**values)
        )
