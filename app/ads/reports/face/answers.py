"""What the API answers about reports."""

from collections.abc import Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.figures.service_types import OtherServiceType, look_at_other, unpack_other
from app.ads.models import AdsReport, ReportState
from app.ads.refusals import told_in_our_words
from app.ads.reports.asking import PagedParameters, ReportParameters, TaskParameters, read_body, read_query
from app.ads.reports.face.schemas import (
    OtherLaneRead,
    PageInfoRead,
    ReportProgress,
    ReportRead,
    ReportRowRead,
    ReportTaskList,
    ReportTaskRead,
    StepRead,
)
from app.ads.reports.reading import ReportFile, may_change_from, read_window, write_csv
from app.ads.reports.tasks import files, service
from app.ads.reports.tasks.service import Progress
from app.kit.clock import utcnow
from app.messages.message import unpack
from app.resources import Resources

_STEPS = ("ask", "make", "fetch", "join")


async def show_report(app: Resources, advertiser_id: str, query: Mapping[str, str]) -> ReportRead:
    """Give one page."""
    asked = read_query(query)
    reached = await reach_advertiser(app, advertiser_id)
    async with told_in_our_words(app, reached):
        window = await read_window(reached.client.reports, advertiser_id, asked)
        other = await _look_at_other(reached, asked) if asked.page == 1 else None
    pages = -(-window.total_number // asked.page_size)
    return ReportRead(
        items=[ReportRowRead.model_validate(row) for row in window.rows],
        next_cursor=str(asked.page + 1) if asked.page < pages else None,
        page_info=PageInfoRead(
            page=asked.page, page_size=asked.page_size, total_number=window.total_number, total_page=pages
        ),
        total_metrics=dict(window.totals) if window.totals else None,
        as_of=utcnow(),
        may_change_from=may_change_from(asked),
        is_truncated=window.is_truncated,
        not_included=_show_other(other) if other else None,
        request_id=window.request_id,
    )


async def _look_at_other(reached: Reach, asked: ReportParameters) -> OtherServiceType:
    query = asked.query(reached.advertiser_id)
    return await look_at_other(reached.client.reports, query, (asked.start_date, asked.end_date))


def _show_other(other: OtherServiceType) -> OtherLaneRead:
    told = (other.rows, other.spend) if other.is_told else (None, None)
    return OtherLaneRead(service_type=other.service_type, data_level=other.data_level, rows=told[0], spend=told[1])


async def make_csv(app: Resources, advertiser_id: str, query: Mapping[str, str]) -> tuple[ReportFile, dict[str, str]]:
    """Give all rows as a file, and the headers that tell how fresh they are."""
    asked: PagedParameters = read_query(query)
    reached = await reach_advertiser(app, advertiser_id)
    async with told_in_our_words(app, reached):
        made = await write_csv(reached.client.reports, advertiser_id, asked, files.folder_of(app))
        other = await _look_at_other(reached, asked)
    edge = may_change_from(asked)
    name = f"report-{advertiser_id}-{asked.start_date or 'lifetime'}-{asked.end_date or ''}".rstrip("-")
    headers = {
        "content-disposition": f'attachment; filename="{name}.csv"',
        "content-length": str(made.size),
        "newsreel-as-of": utcnow().isoformat(timespec="seconds"),
        "newsreel-truncated": "true" if made.is_truncated else "false",
        "newsreel-not-included": _write_other(other),
    }
    return made, headers | ({"newsreel-may-change-from": str(edge)} if edge else {})


def say_not_included(report: AdsReport) -> dict[str, str]:
    """Give the header of a report's file; none for files that were made before it was asked."""
    packed = report.not_included
    return {"newsreel-not-included": _write_other(unpack_other(packed))} if packed else {}


def _write_other(other: OtherServiceType) -> str:
    told = f"rows={other.rows}; spend={other.spend:f}" if other.is_told else "not told"
    return f"{other.data_level}; {told}"


async def begin_task(
    app: Resources, advertiser_id: str, body: Mapping[str, object], admin_id: str | None
) -> ReportTaskRead:
    """Begin a report that is made in the background. Raises InvalidPayload."""
    asked = read_body(body)
    report = await service.begin_report(app, advertiser_id, asked, admin_id)
    async with app.read() as session:
        return await show_task(session, report)


async def show_task(session: AsyncSession, report: AdsReport) -> ReportTaskRead:
    """Show a report with how far it is."""
    return (await _show_all(session, [report]))[0]


async def list_tasks(
    session: AsyncSession, *, advertiser_id: str | None, limit: int, cursor: str | None
) -> ReportTaskList:
    """List reports with how far each is, the newest first."""
    page = await service.list_reports(session, advertiser_id=advertiser_id, limit=limit, cursor=cursor)
    return ReportTaskList(items=await _show_all(session, list(page.items)), next_cursor=page.next_cursor)


async def _show_all(session: AsyncSession, reports: list[AdsReport]) -> list[ReportTaskRead]:
    found = await service.measure(session, [report.id for report in reports])
    return [_show(report, found[report.id]) for report in reports]


def _show(report: AdsReport, progress: Progress) -> ReportTaskRead:
    is_ready = report.state is ReportState.ready
    has_file = is_ready and report.size is not None
    as_of = report.finished_at if is_ready else None
    edge = may_change_from(TaskParameters.model_validate(report.parameters), as_of) if as_of else None
    return ReportTaskRead(
        id=report.id,
        advertiser_id=report.advertiser_id,
        state=report.state.value,
        reason=report.reason,
        detail=unpack(report.detail, report.detail_message),
        parameters=report.parameters,
        steps=_steps(report, progress),
        progress=ReportProgress(
            percent=100 if is_ready else min(progress.percent, 99),
            parts=progress.parts,
            parts_asked=progress.asked,
            parts_made=progress.made,
            parts_fetched=progress.fetched,
            bytes=progress.bytes,
        ),
        rows=report.rows,
        size=report.size,
        as_of=as_of,
        may_change_from=edge,
        not_included=_show_other(unpack_other(report.not_included)) if report.not_included else None,
        created_at=report.created_at,
        updated_at=report.updated_at,
        finished_at=report.finished_at,
        expires_at=report.expires_at,
        file_url=f"/api/ads/report-tasks/{report.id}/file" if has_file else None,
    )


def _steps(report: AdsReport, progress: Progress) -> list[StepRead]:
    """The steps in their order: the first that is not done is under way, or is where it failed."""
    counts = (progress.asked, progress.made, progress.fetched, 0)
    done = [report.state is ReportState.ready or count >= progress.parts for count in counts]
    present = done.index(False) if False in done else len(done)
    now = "failed" if report.state is ReportState.failed else "processing"
    states = ["done" if n < present else now if n == present else "waiting" for n in range(len(_STEPS))]
    return [StepRead(name=name, state=state) for name, state in zip(_STEPS, states, strict=True)]
