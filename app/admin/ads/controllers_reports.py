"""The page of reports. What stands behind it is read at the first look: most processes need not carry it."""

from typing import Annotated
from urllib.parse import parse_qsl

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.ads.desk import explain_ads, read_desk
from app.admin.ads.forms import KeepForm, ReportForm
from app.admin.ads.report_query import read_query
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources


class ReportPages(Controller):
    """A report stands in the address: it can be kept, sent on, and asked for again."""

    opt = ADMIN
    path = "/ads/reports"

    @get(name="admin:ads:reports")
    async def show_reports(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        saved: Annotated[str, QueryParameter(pattern=r"^[0-9a-f-]{0,36}$")] = "",
    ) -> Template | Redirect:
        """Show the form, the first rows of what was asked for, and files; htmx asks for the files alone."""
        from app.admin.ads.report_page import find_kept, read_reports

        if saved:
            return Redirect(await find_kept(resources, saved), status_code=303)
        is_part = bool(request.htmx) and not request.htmx.history_restore_request
        pairs = [(name, str(value)) for name, value in request.query_params.multi_items()]
        desk = await read_desk(resources, admin.id, "reports")
        page = await read_reports(resources, translator_for(request), desk, read_query([] if is_part else pairs))
        return render(request, f"admin/ads/{'_report_files' if is_part else 'reports'}.html", page, section="ads")

    @post("/{advertiser_id:str}/file", status_code=303, name="admin:ads:reports:file")
    async def begin_file(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        data: URLEncodedBody[ReportForm],
    ) -> Template | Redirect:
        """Have TikTok make the whole report as a file."""
        from app.admin.ads.report_page import PATH, begin_file, read_reports

        desk, i18n = (
            await read_desk(resources, admin.id, "reports", advertiser_id=advertiser_id),
            translator_for(request),
        )
        query, status = read_query(parse_qsl(data.report.partition("?")[2])), 422
        try:
            problem = await begin_file(resources, i18n, desk, query, admin.id)
        except AppError as error:
            problem, status = explain_ads(i18n, error), error.status_code
        if problem:
            page = await read_reports(resources, i18n, desk, query, problem=problem)
            return render(request, "admin/ads/reports.html", page, section="ads", path=PATH, status_code=status)
        return Redirect(f"{query.href()}&notice=ads_report_begun#files", status_code=303)

    @post("/{advertiser_id:str}/keep", status_code=303, name="admin:ads:reports:keep")
    async def keep_report(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        data: URLEncodedBody[KeepForm],
    ) -> Template | Redirect:
        """Keep a report under a name, and tell it when it is wanted."""
        from app.admin.ads.report_page import PATH, keep_report, read_reports

        desk = await read_desk(resources, admin.id, "reports", advertiser_id=advertiser_id)
        i18n, query, status = translator_for(request), read_query(parse_qsl(data.report.partition("?")[2])), 422
        try:
            problem = await keep_report(resources, i18n, desk, query, data, admin.id)
        except AppError as error:
            problem, status = explain_ads(i18n, error), error.status_code
        if problem:
            page = await read_reports(resources, i18n, desk, query, problem=problem)
            return render(request, "admin/ads/reports.html", page, section="ads", path=PATH, status_code=status)
        return Redirect(f"{query.href()}&notice=saved#kept", status_code=303)

    @post("/{saved_id:str}/remove", status_code=303, name="admin:ads:reports:remove")
    async def remove_kept(self, resources: NamedDependency[Resources], saved_id: FromPath[str]) -> Redirect:
        """Keep a report no longer."""
        from app.admin.ads.report_page import PATH
        from app.ads.saved.service import remove_saved

        await remove_saved(resources, saved_id)
        return Redirect(f"{PATH}?notice=saved", status_code=303)
