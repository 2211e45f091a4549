"""The page about one's own login as an answer: as it is, or with what was wrong in a form of it."""

from collections.abc import Sequence
from http import HTTPStatus

from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.shell.frame import render, translator_for
from app.admin.team.page import PATH, read_you_page
from app.auth.models import Admin
from app.errors import AppError
from app.resources import Resources


async def show_you(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    error: AppError | None = None,
    *,
    field: str = "",
    new_codes: Sequence[str] = (),
) -> Template:
    """Show the page."""
    i18n = translator_for(request)
    page = await read_you_page(resources, i18n, admin, request.auth.session_id, error, field=field, new_codes=new_codes)
    status_code = error.status_code if error else 200
    if field and status_code == HTTPStatus.UNAUTHORIZED:
        status_code = HTTPStatus.UNPROCESSABLE_ENTITY  # who is there is known; a field of the form is wrong
    return render(request, "admin/team/you.html", page, section="you", path=PATH, status_code=status_code)
