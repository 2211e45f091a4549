"""The page of the audit pack."""

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.approval.pack import make_pack
from app.admin.shell.frame import render
from app.auth.access import ADMIN
from app.config import Settings


@get("/audit-pack", name="admin:audit-pack", opt=ADMIN)
async def show_audit_pack(request: HTMXRequest, settings: NamedDependency[Settings]) -> Template:
    """Show TikTok's checklist with the screen beside each point; a browser prints it as PDF."""
    return render(request, "admin/approval/audit_pack.html", make_pack(settings), section="approvals")
