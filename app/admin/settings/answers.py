"""The three answers of the settings page: the page, the page with a refusal in its place, and back to the page."""

from typing import Any

from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.settings.page import PATH, Asked, Problem, read_settings_page
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.errors import AppError
from app.resources import Resources


async def show(request: HTMXRequest, resources: Resources, asked: Asked, *, status_code: int = 200) -> Template:
    """Show the settings page."""
    page = await read_settings_page(resources, translator_for(request), asked)
    return render(request, "admin/settings/settings.html", page, section="settings", path=PATH, status_code=status_code)


async def refuse(request: HTMXRequest, resources: Resources, place: str, error: AppError, **typed: Any) -> Template:
    """Show the page with what is wrong where it was typed."""
    problem = Problem(place, explain(translator_for(request), error))
    asked = Asked(problem=problem, is_answer_to_post=True, **typed)
    return await show(request, resources, asked, status_code=error.status_code)


def done(notice: str, anchor: str) -> Redirect:
    """Go back to the page, which says what was done."""
    return Redirect(f"{PATH}?notice={notice}#{anchor}", status_code=303)
