"""Pages of the ads beside the tree: figures, money, guards, watches, files, and the record of calls.

What stands behind them is read at the first look: most processes need not carry it.
"""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.ads.desk import explain_ads, read_desk
from app.admin.ads.forms import GuardsForm, WatchForm
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.errors import AppError, BadRequest
from app.messages import ads_reports
from app.resources import Resources
from app.web.list_parameters import RowIdOnPage

_MOST_BODY = 64 * 1024 * 1024
"""Without script a file comes with the form, through memory. With it it goes straight to the disk: `/api/ads/…`."""
Day = Annotated[str, QueryParameter(max_length=40)]
Word = Annotated[str, QueryParameter(max_length=64)]
Kind = Literal["video", "image"]


class FiguresPages(Controller):
    opt = ADMIN
    path = "/ads/figures"

    @get(name="admin:ads:figures")
    async def show_figures(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        days: FromQuery[int] = 14,
        campaign_id: Annotated[str, QueryParameter(pattern=r"^[0-9]{0,20}$")] = "",
    ) -> Template:
        """Show what was spent, seen and clicked, beside the days before."""
        from app.admin.ads.figures import read_figures

        desk = await read_desk(resources, admin.id, "figures")
        page = await read_figures(resources, translator_for(request), desk, days, campaign_id)
        return render(request, "admin/ads/figures.html", page, section="ads")


class MoneyPages(Controller):
    opt = ADMIN
    path = "/ads/money"

    @get(name="admin:ads:money")
    async def show_money(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        first_day: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
        last_day: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
        page: Annotated[int, QueryParameter(ge=1, le=100_000)] = 1,
    ) -> Template:
        """Show what the ad account has, and what moved on it."""
        from app.admin.ads.money_page import read_money

        desk = await read_desk(resources, admin.id, "money")
        found = await read_money(
            resources, translator_for(request), desk, first_day=first_day, last_day=last_day, page=page
        )
        return render(request, "admin/ads/money.html", found, section="ads")


class GuardsPages(Controller):
    opt = ADMIN
    path = "/ads/guards"

    @get(name="admin:ads:guards")
    async def show_guards(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Template:
        """Show the spending guards of the ad account."""
        from app.admin.ads.guards_page import read_guards_page

        desk = await read_desk(resources, admin.id, "guards")
        page = await read_guards_page(resources, translator_for(request), desk)
        return render(request, "admin/ads/guards.html", page, section="ads")

    @post("/{advertiser_id:str}", status_code=303, name="admin:ads:guards:set")
    async def change_guards(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        data: URLEncodedBody[GuardsForm],
    ) -> Template | Redirect:
        """Set them."""
        from app.admin.ads.guards_page import PATH, read_guards_page, set_guards

        desk = await read_desk(resources, admin.id, "guards", advertiser_id=advertiser_id)
        try:
            await set_guards(resources, desk, data)
        except AppError as error:
            page = await read_guards_page(resources, translator_for(request), desk, form=data, error=error)
            return render(
                request, "admin/ads/guards.html", page, section="ads", path=PATH, status_code=error.status_code
            )
        return Redirect(f"{PATH}?notice=saved", status_code=303)


class WatchesPages(Controller):
    opt = ADMIN
    path = "/ads/watches"

    @get(name="admin:ads:watches")
    async def show_watches(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        cursor: RowIdOnPage = "",
    ) -> Template:
        """Show what is watched, and what was found."""
        from app.admin.ads.watches_page import read_watches

        desk = await read_desk(resources, admin.id, "watches")
        page = await read_watches(resources, translator_for(request), desk, cursor=cursor)
        return render(request, "admin/ads/watches.html", page, section="ads")

    @post("/{advertiser_id:str}", status_code=303, name="admin:ads:watches:add")
    async def add_watch(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        data: URLEncodedBody[WatchForm],
    ) -> Template | Redirect:
        """Watch over something more."""
        from app.admin.ads.watches_page import PATH, add_watch, read_watches

        desk = await read_desk(resources, admin.id, "watches", advertiser_id=advertiser_id)
        try:
            await add_watch(resources, desk, data, admin.id)
        except AppError as error:
            page = await read_watches(resources, translator_for(request), desk, form=data, error=error)
            return render(
                request, "admin/ads/watches.html", page, section="ads", path=PATH, status_code=error.status_code
            )
        return Redirect(f"{PATH}?notice=saved", status_code=303)

    @post("/{watch_id:str}/remove", status_code=303, name="admin:ads:watches:remove")
    async def remove_watch(self, resources: NamedDependency[Resources], watch_id: FromPath[str]) -> Redirect:
        """Watch no more, and forget what was found."""
        from app.admin.ads.watches_page import PATH
        from app.ads.watches.service import delete_watch

        await delete_watch(resources, watch_id)
        return Redirect(f"{PATH}?notice=saved", status_code=303)


class FilesPages(Controller):
    opt = ADMIN
    path = "/ads/files"

    @get(name="admin:ads:files")
    async def show_files(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Template:
        """Show uploads of a week; htmx asks for the list alone."""
        from app.admin.ads.files_page import read_files

        desk = await read_desk(resources, admin.id, "files")
        page = await read_files(resources, translator_for(request), desk)
        is_part = bool(request.htmx) and not request.htmx.history_restore_request
        return render(request, f"admin/ads/{'_uploads' if is_part else 'files'}.html", page, section="ads")

    @post(
        "/{advertiser_id:str}/{kind:str}",
        status_code=303,
        name="admin:ads:files:take",
        request_max_body_size=_MOST_BODY,
    )
    async def take_file(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
        kind: FromPath[Kind],
    ) -> Template | Redirect:
        """Store a file, or what stands at an address, in the library at TikTok."""
        from app.admin.ads.files_page import PATH, read_files, take_file

        desk = await read_desk(resources, admin.id, "files", advertiser_id=advertiser_id)
        form = await request.form()
        file, url = form.get("file"), str(form.get("url") or "").strip()
        upload = file if isinstance(file, UploadFile) and file.filename else None
        try:
            if upload is None and not url:
                raise BadRequest(ads_reports.CHOOSE_A_FILE)
            name = upload.filename if upload else ""
            stream = upload.file if upload else None
            await take_file(resources, desk, kind, file=stream, name=name, url=url, admin_id=admin.id)
        except AppError as error:
            i18n = translator_for(request)
            page = await read_files(resources, i18n, desk, problem=explain_ads(i18n, error))
            return render(
                request, "admin/ads/files.html", page, section="ads", path=PATH, status_code=error.status_code
            )
        return Redirect(f"{PATH}?notice=ads_file_stored", status_code=303)


class CallsPages(Controller):
    opt = ADMIN
    path = "/ads/calls"

    @get(name="admin:ads:calls")
    async def show_calls(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        operation: Word = "",
        outcome: Word = "",
        cursor: RowIdOnPage = "",
    ) -> Template:
        """Show what was asked of the ads, and what became of it."""
        from app.admin.ads.calls_page import read_calls

        desk = await read_desk(resources, admin.id, "calls")
        page = await read_calls(resources, desk, operation=operation.strip(), outcome=outcome, cursor=cursor)
        return render(request, "admin/ads/calls.html", page, section="ads")


route_handlers = [FiguresPages, MoneyPages, GuardsPages, WatchesPages, FilesPages, CallsPages]
