"""The page of a source's rules."""

from dataclasses import replace

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.rules.page import RulesPage, explain_fault, path_of, read_rules_page, read_typed
from app.admin.shell.frame import render, translator_for
from app.articles.rules import read_rules
from app.articles.schemas import SourceUpdate
from app.articles.sources import get_source, update_source
from app.auth.access import ADMIN
from app.errors import Invalid
from app.posts.plan.dry_run import list_takers
from app.resources import Resources


class RulesPages(Controller):
    """Works without script: one form, with a button that tries and one that keeps."""

    path = "/sources/{source_id:str}/rules"
    opt = ADMIN

    @get(name="admin:sources:rules")
    async def show_rules(
        self, request: HTMXRequest, resources: NamedDependency[Resources], source_id: FromPath[str]
    ) -> Template:
        """Show the rules."""
        return _show(request, await read_rules_page(resources, source_id))

    @post(status_code=303, name="admin:sources:rules:save")
    async def save_rules(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Template | Redirect:
        """Keep the rules; they hold for what comes from now on."""
        try:
            async with resources.transaction() as session:
                kept = read_rules((await get_source(session, source_id)).rules).accounts
                rules = read_typed(data, await list_takers(session)).to_rules(kept)
                await update_source(session, resources, source_id, SourceUpdate(rules=rules))
        except Invalid as error:
            return await _refuse(request, resources, source_id, data, error)
        return Redirect(f"{path_of(source_id)}?notice=saved", status_code=303)

    @post("/try", status_code=200, name="admin:sources:rules:try", opt={"untold": True})
    async def try_rules(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Template:
        """Show what the rules as typed would have made of the last articles; nothing is kept."""
        try:
            return _show(request, await read_rules_page(resources, source_id, data, is_tried=True))
        except Invalid as error:
            return await _refuse(request, resources, source_id, data, error)


async def _refuse(
    request: HTMXRequest, resources: Resources, source_id: str, typed: dict[str, str], error: Invalid
) -> Template:
    page = await read_rules_page(resources, source_id, typed)
    problem, wrong = explain_fault(translator_for(request), error)
    if wrong == "delay_minutes":
        wrong = page.form.find_wrong_delay()
    return _show(request, replace(page, problem=problem, wrong=wrong), status_code=error.status_code)


def _show(request: HTMXRequest, page: RulesPage, *, status_code: int = 200) -> Template:
    path = path_of(page.source.id)
    return render(request, "admin/rules/rules.html", page, section="sources", path=path, status_code=status_code)
