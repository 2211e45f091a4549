"""What the frame of every page asks for while the page stands there."""

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.shell.badges import count
from app.admin.shell.frame import render
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.resources import Resources


@get("/badges/live", name="admin:badges:live", opt=EDITOR)
async def show_badges(
    request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
) -> Template:
    """Send the numbers beside the names of the main menu: each goes to its place by its id."""
    return render(request, "admin/shell/badges.html", await count(resources, admin))
