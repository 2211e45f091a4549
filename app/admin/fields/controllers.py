"""The page of a source's field map."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.fields.page import FieldsPage, path_of, read_fields_page, read_map
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.articles.schemas import SourceUpdate
from app.articles.sources import update_source
from app.auth.access import ADMIN
from app.errors import Invalid
from app.resources import Resources

_PAGE, _SEEN = "admin/fields/fields.html", "admin/fields/_seen.html"


class FieldPages(Controller):
    """Works without script: a button looks, another one keeps. With script one sees it while typing."""

    path = "/sources/{source_id:str}/fields"
    opt = ADMIN

    @get(name="admin:sources:fields")
    async def show_fields(
        self, request: HTMXRequest, resources: NamedDependency[Resources], source_id: FromPath[str]
    ) -> Template:
        """Show the field map, and the newest article that came as it reads it."""
        return _show(request, await read_fields_page(resources, source_id))

    @post("/try", status_code=200, name="admin:sources:fields:try", opt={"untold": True})
    async def try_fields(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Template:
        """Show the article by the map as typed; nothing is kept."""
        try:
            page = await read_fields_page(resources, source_id, data)
        except Invalid as error:
            return await _refuse(request, resources, source_id, data, error)
        return _show(request, page)

    @post(status_code=303, name="admin:sources:fields:save")
    async def save_fields(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Template | Redirect:
        """Keep the map; it holds for what comes from now on."""
        try:
            async with resources.transaction() as session:
                await update_source(session, resources, source_id, SourceUpdate(field_map=dict(read_map(data))))
        except Invalid as error:
            return await _refuse(request, resources, source_id, data, error)
        return Redirect(f"{path_of(source_id)}?notice=saved", status_code=303)


async def _refuse(
    request: HTMXRequest, resources: Resources, source_id: str, typed: dict[str, str], error: Invalid
) -> Template:
    problem = explain(translator_for(request), error)
    page = await read_fields_page(resources, source_id, typed, problem)
    # The script that shows what comes while one types leaves out what is no success.
    return _show(request, page, status_code=200 if request.htmx else error.status_code)


def _show(request: HTMXRequest, page: FieldsPage, *, status_code: int = 200) -> Template:
    template = _SEEN if request.htmx and not request.htmx.history_restore_request else _PAGE
    return render(request, template, page, section="sources", path=path_of(page.source.id), status_code=status_code)
