"""The pages: entry, login, and the list of all their routes."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel, Field

from app.admin.help import controllers_help
from app.admin.overview import controllers as controllers_overview
from app.admin.posts import controllers as controllers_posts
from app.admin.posts import controllers_decisions, controllers_videos
from app.admin.settings import controllers as controllers_settings
from app.admin.settings import controllers_accounts
from app.admin.shell.errors import exception_handlers
from app.admin.shell.frame import render, translator_for
from app.admin.shell.templating import create_template_config
from app.admin.team import controllers as controllers_you
from app.admin.wording.errors import explain
from app.auth.cookies import login_cookie, logout_cookie
from app.auth.middleware import local_path
from app.auth.service import WrongCredentials, log_in, log_out
from app.config import Settings
from app.errors import TooManyRequests
from app.resources import Resources
from app.web.client_ip import client_ip

HOME = "/admin/"
_PATH = "/admin/login"


class LoginForm(BaseModel):
    """What the login form sends. Missing fields are wrong credentials, not a malformed request."""

    email: Annotated[str, Field(max_length=1000)] = ""
    password: Annotated[str, Field(max_length=10_000, repr=False)] = ""
    next: Annotated[str, Field(max_length=2000)] = ""


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The login form: where to go on, and the address typed before."""

    next: str
    email: str = ""


@get("/", opt={"public": True}, include_in_schema=False)
async def go_home() -> Redirect:
    """Lead to the desk; strangers are led on to the login form."""
    return Redirect(HOME, status_code=303)


@get("/social", include_in_schema=False)
async def go_from_social() -> Redirect:
    """Lead on from the address under which older deployments have the pages."""
    return Redirect(HOME, status_code=303)


@get("/login", opt={"public": True, "knows_admin": True}, name="admin:login")
async def show_login(
    request: HTMXRequest, next_path: Annotated[str, QueryParameter(name="next", max_length=2000)] = ""
) -> Template | Redirect:
    """Show the login form; who is logged in goes on at once."""
    target = local_path(next_path, HOME)
    if request.scope.get("user") is not None:
        return Redirect(target, status_code=303)
    return render(request, "admin/shell/login.html", LoginPage(next=target))


@post("/login", opt={"public": True}, status_code=303)
async def submit_login(
    request: HTMXRequest,
    data: URLEncodedBody[LoginForm],
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
) -> Template | Redirect:
    """Log in, or show the form again with what is wrong."""
    target = local_path(data.next, HOME)
    try:
        login = await log_in(resources, data.email, data.password, client_ip(request))
    except (WrongCredentials, TooManyRequests) as error:
        return render(
            request,
            "admin/shell/login.html",
            LoginPage(next=target, email=data.email),
            error=explain(translator_for(request), error),
            path=_PATH,
            status_code=error.status_code,
        )
    return Redirect(target, status_code=303, cookies=[login_cookie(settings, login)])


@post("/logout", status_code=303, name="admin:logout")
async def submit_logout(
    request: HTMXRequest, resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """Log out: the token is good for nothing from now on."""
    await log_out(resources, request.auth.session_id)
    return Redirect(_PATH, status_code=303, cookies=[logout_cookie(settings)])


@get("/{rest:path}", name="admin:missing")
async def show_missing(rest: FromPath[str]) -> None:
    """Answer an address that is no page like one."""
    raise NotFoundException(f"There is no page {rest}.")


pages = Router(
    "/admin",
    route_handlers=[
        controllers_overview.OverviewPages,
        show_login,
        submit_login,
        submit_logout,
        controllers_posts.PostPages,
        *controllers_decisions.button_handlers(),
        controllers_videos.show_video,
        controllers_settings.SettingsPages,
        controllers_accounts.AccountPages,
        controllers_you.YouPages,
        controllers_help.HelpPages,
        show_missing,
    ],
    exception_handlers=exception_handlers,
    include_in_schema=False,
)

route_handlers: list[ControllerRouterHandler] = [go_home, go_from_social, pages]

__all__ = ["create_template_config", "route_handlers"]
