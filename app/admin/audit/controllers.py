"""The page of the audit log."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.audit.page import PATH, Wanted, read_audit_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.auth.models import Admin
from app.resources import Resources


@get("/audit", name="admin:audit", opt=ADMIN)
async def show_audit(
    request: HTMXRequest,
    resources: NamedDependency[Resources],
    admin: NamedDependency[Admin],
    action: Annotated[str, QueryParameter(max_length=64)] = "",
    actor: Annotated[str, QueryParameter(max_length=320)] = "",
    object_id: Annotated[str, QueryParameter(name="object", max_length=128)] = "",
    first_day: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
    last_day: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
    cursor: Annotated[str, QueryParameter(max_length=64)] = "",
) -> Template:
    """Show who changed what, the newest first."""
    wanted = Wanted(action, actor.strip(), object_id.strip(), first_day, last_day)
    page = await read_audit_page(resources, translator_for(request), admin, wanted, cursor)
    return render(request, "admin/audit/audit.html", page, section="team", path=PATH)
