"""The desk's first page."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.overview.page import read_overview_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.resources import Resources


class OverviewPages(Controller):
    """What needs a person now, what goes out next, what went out."""

    opt = EDITOR

    @get("/", name="admin:home")
    async def show_overview(self, request: HTMXRequest, resources: NamedDependency[Resources]) -> Template:
        """Show the desk."""
        page = await read_overview_page(resources, translator_for(request))
        return render(request, "admin/overview/overview.html", page, section="overview")

    @get("/overview/live", name="admin:overview:live")
    async def show_live(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        seen: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template | Response[None]:
        """Send the desk anew where something on it has changed; 204 where nothing has."""
        page = await read_overview_page(resources, translator_for(request))
        if page.seen == seen:
            return Response(None, status_code=204)
        return render(request, "admin/overview/_desk.html", page, path="/admin/")
