"""The pages of the manual: contents, search, and each page."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter, SkipValidation
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.help.manual import Manual, read_manual
from app.admin.help.page import read_index, read_page
from app.admin.help.search import LONGEST_QUERY
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR


class HelpPages(Controller):
    """The manual is read in a thread when it is first asked for, and kept."""

    path = "/help"
    opt = EDITOR
    dependencies = {"manual": Provide(read_manual, use_cache=True, sync_to_thread=True)}  # noqa: RUF012

    @get(name="admin:help")
    async def show_contents(
        self,
        request: HTMXRequest,
        manual: NamedDependency[SkipValidation[Manual]],
        wanted: Annotated[str, QueryParameter(name="q", max_length=LONGEST_QUERY)] = "",
    ) -> Template:
        """Show what the manual has, or where it has the words that somebody looks for."""
        return render(
            request, "admin/help/help.html", read_index(manual, translator_for(request), wanted), section="help"
        )

    @get("/{slug:str}", name="admin:help:page")
    async def show_page(
        self, request: HTMXRequest, manual: NamedDependency[SkipValidation[Manual]], slug: FromPath[str]
    ) -> Template:
        """Show one page of the manual."""
        return render(request, "admin/help/help_page.html", read_page(manual, slug), section="help")
