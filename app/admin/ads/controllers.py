"""The page about connections to ads: who consented, which ad accounts that opens, and how the last consent ended."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.ads.desk import explain_ads, is_ads_path
from app.admin.ads.forms import CurrentInput
from app.admin.ads.page import PATH, read_ads_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources

Word = Annotated[str, QueryParameter(max_length=100)]


class AdsPages(Controller):
    """Which ad accounts there are, and on which of them somebody works."""

    opt = ADMIN

    path = "/ads"

    @get(name="admin:ads")
    async def show_ads(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        ads_auth: Word = "",
        reason: Word = "",
    ) -> Template:
        """Show connections and ad accounts."""
        page = await read_ads_page(resources, translator_for(request), admin.id, result=ads_auth, reason=reason)
        return render(request, "admin/ads/ads.html", page, section="ads")

    @post("/sync", status_code=303, name="admin:ads:sync")
    async def sync(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Template | Redirect:
        """Ask TikTok anew which ad accounts there are."""
        from app.ads.connections.sync import sync

        try:
            told = await sync(resources)
        except AppError as error:
            return await _show_problem(request, resources, admin, error)
        notice = "ads_synced" if not told.failed else "ads_synced_in_part"
        return Redirect(f"{PATH}?notice={notice}", status_code=303)

    @post("/connections/{connection_id:str}/end", status_code=303, name="admin:ads:disconnect")
    async def end_connection(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        connection_id: FromPath[str],
    ) -> Template | Redirect:
        """Revoke a consent at TikTok, and forget its token."""
        from app.ads.connections.disconnect import disconnect

        try:
            done = await disconnect(resources, connection_id)
        except AppError as error:
            return await _show_problem(request, resources, admin, error)
        notice = "ads_disconnected" if done.is_revoked else "ads_forgotten"
        return Redirect(f"{PATH}?notice={notice}", status_code=303)

    @post("/current/{advertiser_id:str}", status_code=303, name="admin:ads:current")
    async def choose_current(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        advertiser_id: FromPath[str],
    ) -> Template | Redirect:
        """Work on another ad account."""
        from app.ads.connections.listing import set_current

        try:
            await set_current(resources, admin.id, advertiser_id)
        except AppError as error:
            return await _show_problem(request, resources, admin, error)
        return Redirect(PATH, status_code=303)

    @post("/current", status_code=303, name="admin:ads:switch-account")
    async def switch_account(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[CurrentInput],
    ) -> Template | Redirect:
        """Work on another ad account, and stay on the same page."""
        from app.ads.connections.listing import set_current

        try:
            await set_current(resources, admin.id, data.advertiser_id)
        except AppError as error:
            return await _show_problem(request, resources, admin, error)
        return Redirect(data.back if is_ads_path(data.back) else PATH, status_code=303)


async def _show_problem(request: HTMXRequest, resources: Resources, admin: Admin, error: AppError) -> Template:
    i18n = translator_for(request)
    page = await read_ads_page(resources, i18n, admin.id, result="", reason="", problem=explain_ads(i18n, error))
    return render(request, "admin/ads/ads.html", page, section="ads", path=PATH, status_code=error.status_code)
