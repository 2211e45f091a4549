"""The API reference: its contents and a page per group. The document itself is Litestar's, beside them."""

from litestar import Controller, Request, get
from litestar.di import NamedDependency, Provide
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, SkipValidation
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.reference.page import ReferencePage
from app.admin.reference.reference import Reference, read_reference
from app.admin.shell.frame import render


class ApiDocumentOnly(JsonRenderPlugin):
    """Litestar serves the document; the page at the root of its router, for which it would take a plugin, is ours."""

    def has_path(self, path: str) -> bool:
        return path == "/" or super().has_path(path)


async def provide_reference(request: Request) -> Reference:  # type: ignore[type-arg]
    """Lay the app's own document out, once: it does not change while the app runs."""
    return read_reference(request.app.openapi_schema)


class ReferencePages(Controller):
    """Registered on the router of the OpenAPI document, which has its guards."""

    dependencies = {"reference": Provide(provide_reference, use_cache=True)}  # noqa: RUF012

    @get("/", name="admin:reference", cache=False)
    async def show_contents(
        self, request: HTMXRequest, reference: NamedDependency[SkipValidation[Reference]]
    ) -> Template:
        """List every call in its group."""
        return render(request, "admin/reference/reference.html", ReferencePage(reference), section="api")

    @get("/groups/{slug:str}", name="admin:reference:group")
    async def show_group(
        self, request: HTMXRequest, reference: NamedDependency[SkipValidation[Reference]], slug: FromPath[str]
    ) -> Template:
        """Show the calls of one group with their parameters, bodies and answers."""
        return render(
            request, "admin/reference/group.html", ReferencePage(reference, reference.get(slug)), section="api"
        )
