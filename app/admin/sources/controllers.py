"""The pages of the CMS sources."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.shell.frame import render, translator_for
from app.admin.sources.form import RotateInput, SourceInput
from app.admin.sources.list_page import read_sources_page
from app.admin.sources.page import PATH, Asked, SecretView, list_kinds, read_source_page
from app.admin.sources.words import OUTCOMES
from app.admin.wording.errors import explain
from app.articles.deliveries.replay import replay_delivery
from app.articles.sources import create_source, delete_source, get_source, rotate_secret, update_source
from app.auth.access import ADMIN
from app.errors import AppError
from app.kit.search import LONGEST_QUERY
from app.resources import Resources
from app.web.list_parameters import RowIdOnPage

Words = Annotated[str, QueryParameter(max_length=LONGEST_QUERY)]


@dataclass(frozen=True, slots=True)
class NewSourcePage:
    """The form for a source to be added."""

    source: SourceInput
    problem: str = ""
    kinds: list[tuple[str, str]] = field(default_factory=list_kinds)


class SourcePages(Controller):
    """Every form works without script."""

    path = "/sources"
    opt = ADMIN

    @get(name="admin:sources")
    async def show_sources(
        self, request: HTMXRequest, resources: NamedDependency[Resources], q: Words = "", cursor: RowIdOnPage = ""
    ) -> Template:
        """Show all sources, or those whose name or address holds a word, or the next ones of them."""
        page = await read_sources_page(resources, q.strip(), cursor)
        template = "admin/sources/sources.html"
        if request.htmx and not request.htmx.history_restore_request:
            template = "admin/sources/_lines.html" if cursor else "admin/sources/_found.html"
        return render(request, template, page, section="sources")

    @get("/new", name="admin:sources:new")
    async def show_new(self, request: HTMXRequest) -> Template:
        """Show the form for a new source."""
        return render(request, "admin/sources/new.html", NewSourcePage(SourceInput(enabled=True)), section="sources")

    @post(status_code=201, name="admin:sources:add")
    async def add_source(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[SourceInput]
    ) -> Template:
        """Add a source; the answer shows its secret, and nothing ever does again."""
        try:
            async with resources.transaction() as session:
                made = await create_source(session, resources.keyring, data.to_create())
        except AppError as error:
            page = NewSourcePage(data, explain(translator_for(request), error))
            status, path = error.status_code, f"{PATH}/new"
            return render(request, "admin/sources/new.html", page, section="sources", path=path, status_code=status)
        secret = SecretView.of(resources.settings, made)
        return await _show(request, resources, made.source.id, Asked(new_secret=secret), status_code=201)

    @get("/{source_id:str}", name="admin:sources:show")
    async def show_source(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        refused: FromQuery[bool] = False,
        cursor: RowIdOnPage = "",
    ) -> Template:
        """Show one source."""
        asked = Asked(cursor=cursor, only_refused=refused)
        page = await read_source_page(resources, source_id, asked)
        is_part = request.htmx and not request.htmx.history_restore_request
        template = "admin/sources/_more_deliveries.html" if is_part and cursor else "admin/sources/source.html"
        return render(request, template, page, section="sources")

    @get("/{source_id:str}/live", name="admin:sources:live")
    async def show_live(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        refused: FromQuery[bool] = False,
        seen: Annotated[str, QueryParameter(max_length=200)] = "",
    ) -> Template | Response[None]:
        """Show again how the source fares and what it sent last; nothing where that is what was seen."""
        page = await read_source_page(resources, source_id, Asked(only_refused=refused))
        if page.seen == seen:
            return Response(None, status_code=204)
        return render(request, "admin/sources/_live.html", page, section="sources", path=page.here)

    @post("/{source_id:str}", status_code=303, name="admin:sources:update")
    async def save_source(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[SourceInput],
    ) -> Template | Redirect:
        """Change a source."""
        try:
            async with resources.transaction() as session:
                source = await get_source(session, source_id)
                await update_source(session, resources, source_id, data.to_update(source.kind))
        except AppError as error:
            asked = Asked(typed=data, problem=explain(translator_for(request), error))
            return await _show(request, resources, source_id, asked, status_code=error.status_code)
        return Redirect(f"{PATH}/{source_id}?notice=source_saved", status_code=303)

    @post("/{source_id:str}/rotate", status_code=200, name="admin:sources:rotate")
    async def rotate_source(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[RotateInput],
    ) -> Template:
        """Make a new secret; the answer shows it, and nothing ever does again."""
        async with resources.transaction() as session:
            made = await rotate_secret(session, resources, source_id, revoke_old=data.revoke_old)
        asked = Asked(new_secret=SecretView.of(resources.settings, made))
        return await _show(request, resources, source_id, asked, status_code=200)

    @post("/{source_id:str}/deliveries/{delivery_id:str}/replay", status_code=200, name="admin:sources:replay")
    async def replay(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        delivery_id: FromPath[str],
    ) -> Template:
        """Handle a delivery as new, and say what came of it."""
        try:
            receipt = await replay_delivery(resources, source_id, delivery_id)
        except AppError as error:
            asked = Asked(problem=explain(translator_for(request), error))
            return await _show(request, resources, source_id, asked, status_code=error.status_code)
        asked = Asked(replayed=OUTCOMES[receipt.outcome][0])
        return await _show(request, resources, source_id, asked, status_code=200)

    @post("/{source_id:str}/delete", status_code=303, name="admin:sources:delete")
    async def delete_source(self, resources: NamedDependency[Resources], source_id: FromPath[str]) -> Redirect:
        """Remove a source; its articles and posts stay."""
        async with resources.transaction() as session:
            await delete_source(session, resources, source_id)
        return Redirect(f"{PATH}?notice=source_deleted", status_code=303)


async def _show(
    request: HTMXRequest, resources: Resources, source_id: str, asked: Asked, *, status_code: int
) -> Template:
    """Answer a form with the page itself, which then has its own address."""
    page = await read_source_page(resources, source_id, replace(asked, is_answer_to_post=True))
    return render(
        request, "admin/sources/source.html", page, section="sources", path=page.here, status_code=status_code
    )
