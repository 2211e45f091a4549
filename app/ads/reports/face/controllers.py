"""The routes of reports. What stands behind them is read when somebody first asks: see app/ads/controllers.py."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import File, Stream
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.callers import check_advertiser_id, query_of, user_id_of
from app.ads.reports.face.schemas import ReportRead, ReportTaskList, ReportTaskRead
from app.auth.access import ADMIN
from app.errors import Conflict, NotFound
from app.messages import ads_reports
from app.resources import Resources
from app.web.list_parameters import CURSOR_MEANS, Cursor, Limit

AnyRequest = Request[Any, Any, Any]
_OURS = frozenset({"format", "cursor"})


@get("/api/ads/{advertiser_id:str}/report", name="ads:report", operation_id="ReadReport", tags=["ads"], opt=ADMIN)
async def read_report(
    request: AnyRequest,
    advertiser_id: FromPath[str],
    resources: NamedDependency[Resources],
    format: FromQuery[Literal["json", "csv"]] = "json",  # noqa: A002 - its name in the address
    cursor: Annotated[str | None, QueryParameter(pattern=r"^[1-9][0-9]{0,5}$", description=CURSOR_MEANS)] = None,
) -> Response[Any]:
    """Figures at once, by TikTok's own parameters, lists as JSON; `format=csv` gives all rows in one file."""
    from app.ads.reports.face import answers
    from app.ads.reports.reading import send_file
    from app.ads.reports.sheets import CSV_TYPE

    check_advertiser_id(advertiser_id)
    query = query_of(request, _OURS)
    if format == "csv":
        made, headers = await answers.make_csv(resources, advertiser_id, query)
        return Stream(send_file(made), headers=headers, media_type=CSV_TYPE)
    if cursor is not None:
        query["page"] = cursor
    told: ReportRead = await answers.show_report(resources, advertiser_id, query)
    return Response(told)


@post("/api/ads/{advertiser_id:str}/report-tasks", name="ads:report-tasks:create", tags=["ads"], opt=ADMIN)
async def create_report_task(
    request: AnyRequest,
    advertiser_id: FromPath[str],
    data: JSONBody[dict[str, Any]],
    resources: NamedDependency[Resources],
) -> ReportTaskRead:
    """Have a big report made, by the parameters of TikTok's `report/task/create/`. Look at it until it is `ready`."""
    from app.ads.reports.face import answers

    check_advertiser_id(advertiser_id)
    return await answers.begin_task(resources, advertiser_id, data, user_id_of(request))


@get("/api/ads/report-tasks", name="ads:report-tasks", tags=["ads"], opt=ADMIN)
async def list_report_tasks(
    session: NamedDependency[AsyncSession],
    advertiser_id: FromQuery[str | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ReportTaskList:
    """List reports, the newest first."""
    from app.ads.reports.face import answers

    return await answers.list_tasks(session, advertiser_id=advertiser_id, limit=limit, cursor=cursor)


@get("/api/ads/report-tasks/{report_id:str}", name="ads:report-tasks:show", tags=["ads"], opt=ADMIN)
async def show_report_task(session: NamedDependency[AsyncSession], report_id: FromPath[str]) -> ReportTaskRead:
    """Tell how far a report is: `queued`, `processing`, `ready` or `failed`, with its reason."""
    from app.ads.reports.face import answers
    from app.ads.reports.tasks.service import get_report

    return await answers.show_task(session, await get_report(session, report_id))


@get("/api/ads/report-tasks/{report_id:str}/file", name="ads:report-tasks:file", operation_id="FetchReportFile",
     tags=["ads"], opt=ADMIN)  # fmt: skip
async def fetch_report_file(
    resources: NamedDependency[Resources],
    report_id: FromPath[str],
    format: FromQuery[Literal["csv", "xlsx"]] = "csv",  # noqa: A002 - its name in the address
) -> File:
    """Fetch the file of a report that is ready. It is kept for 30 days.

    `newsreel-not-included` names what was bought the other way, and is not in the file.
    """
    from app.ads.reports.face.answers import say_not_included
    from app.ads.reports.sheets import CSV_TYPE, XLSX_TYPE
    from app.ads.reports.tasks import files
    from app.ads.reports.tasks.service import get_report

    async with resources.read() as session:
        report = await get_report(session, report_id)
    if report.state != "ready":
        raise Conflict(ads_reports.REPORT_NOT_READY, code="report_not_ready")
    path = files.csv_path(resources, report_id)
    if report.size is None or not path.exists():
        raise NotFound(ads_reports.REPORT_GONE, code="report_gone")
    if format == "xlsx":
        path = await files.make_workbook(resources, report_id)
    media_type = XLSX_TYPE if format == "xlsx" else CSV_TYPE
    name = f"report-{report_id}.{format}"
    return File(path, filename=name, media_type=media_type, headers=say_not_included(report))


route_handlers: list[ControllerRouterHandler] = [
    read_report,
    create_report_task,
    list_report_tasks,
    show_report_task,
    fetch_report_file,
]
