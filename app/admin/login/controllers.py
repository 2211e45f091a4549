"""Pages before the login: the login itself in one step or two, an invitation, and the first run."""

from dataclasses import replace
from typing import Annotated

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from app.admin.login.pages import (
    CodeForm,
    CodePage,
    FieldProblem,
    LoginForm,
    LoginPage,
    NewPasswordForm,
    NewPasswordPage,
)
from app.admin.shell.frame import language_cookies, render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import EDITOR
from app.auth.cookies import login_cookie, logout_cookie
from app.auth.credentials import WrongCredentials
from app.auth.logins import Client, Login
from app.auth.middleware import local_path
from app.auth.people import INVITATION_PAGE, accept_invitation, find_invited
from app.auth.second_factor import SecondFactorRequired, WrongCode
from app.auth.service import finish_login, has_people, log_in, log_out
from app.auth.setup import SETUP_PAGE, check_setup, set_up
from app.config import Settings
from app.errors import AppError, Conflict, Invalid, TooManyRequests
from app.messages import access
from app.messages.translator import N_
from app.resources import Resources
from app.web.client_ip import client_ip, user_agent

HOME = "/admin/"
_PATH = "/admin/login"
_PUBLIC = {"public": True}


@get("/login", opt={"public": True, "knows_admin": True}, name="admin:login")
async def show_login(
    request: HTMXRequest,
    resources: NamedDependency[Resources],
    next_path: Annotated[str, QueryParameter(name="next", max_length=2000)] = "",
) -> Template | Redirect:
    """Show the login form; who is logged in goes on at once."""
    target = local_path(next_path, HOME)
    if request.scope.get("user") is not None:
        return Redirect(target, status_code=303)
    async with resources.read() as session:
        is_first_run = not await has_people(session)
    return render(request, "admin/login/login.html", LoginPage(next=target, is_first_run=is_first_run))


@post("/login", opt=_PUBLIC, status_code=303)
async def submit_login(
    request: HTMXRequest,
    data: URLEncodedBody[LoginForm],
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
) -> Template | Redirect:
    """Log in, ask for the code, or show the form again with what is wrong."""
    target = local_path(data.next, HOME)
    try:
        login = await log_in(resources, data.email, data.password, client_ip(request), user_agent=user_agent(request))
    except SecondFactorRequired as wanted:
        return render(request, "admin/login/code.html", CodePage(next=target, ticket=wanted.ticket), path=_PATH)
    except (WrongCredentials, TooManyRequests) as error:
        return _refuse_login(request, LoginPage(next=target, email=data.email), error)
    return _let_in(settings, login, target)


@post("/login/code", opt=_PUBLIC, status_code=303, name="admin:login:code")
async def submit_code(
    request: HTMXRequest,
    data: URLEncodedBody[CodeForm],
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
) -> Template | Redirect:
    """Take the code of the second factor, or a recovery code."""
    target = local_path(data.next, HOME)
    try:
        login = await finish_login(
            resources, data.ticket, data.code, client_ip(request), user_agent=user_agent(request)
        )
    except WrongCredentials as error:
        return _refuse_login(request, LoginPage(next=target), error, N_("That took too long. Log in again."))
    except (WrongCode, TooManyRequests) as error:
        page = CodePage(next=target, ticket=data.ticket)
        said = explain(translator_for(request), error)
        return render(request, "admin/login/code.html", page, error=said, path=_PATH, status_code=error.status_code)
    return _let_in(settings, login, target)


@post("/logout", status_code=303, name="admin:logout", opt=EDITOR)
async def submit_logout(
    request: HTMXRequest, resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """Log out: the token is good for nothing from now on."""
    await log_out(resources, request.auth.session_id)
    return Redirect(_PATH, status_code=303, cookies=[logout_cookie(settings)])


@get("/invitation/{token:str}", opt=_PUBLIC, name="admin:invitation")
async def show_invitation(
    request: HTMXRequest, resources: NamedDependency[Resources], token: FromPath[str]
) -> Template:
    """Show the page on which an invited person sets a password."""
    return _show_new_password(request, await _invitation_page(resources, token))


@post("/invitation/{token:str}", opt=_PUBLIC, status_code=303, name="admin:invitation:accept")
async def submit_invitation(
    request: HTMXRequest,
    data: URLEncodedBody[NewPasswordForm],
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    token: FromPath[str],
) -> Template | Redirect:
    """Set the password and log in."""
    page = await _invitation_page(resources, token)
    try:
        _check_repeated(data)
        login = await accept_invitation(resources, token, data.new_password, _client(request))
    except Invalid as error:
        return _show_new_password(request, page, error)
    return _let_in(settings, login, HOME)


@get("/setup/{token:str}", opt=_PUBLIC, name="admin:setup")
async def show_setup(request: HTMXRequest, resources: NamedDependency[Resources], token: FromPath[str]) -> Template:
    """Show the page on which the first admin is made."""
    await check_setup(resources, token)
    return _show_new_password(request, _setup_page(token))


@post("/setup/{token:str}", opt=_PUBLIC, status_code=303, name="admin:setup:submit")
async def submit_setup(
    request: HTMXRequest,
    data: URLEncodedBody[NewPasswordForm],
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    token: FromPath[str],
) -> Template | Redirect:
    """Make the first admin and log in; the settings lead on from there."""
    await check_setup(resources, token)
    page = replace(_setup_page(token), email=data.email, name=data.name)
    try:
        _check_repeated(data)
        login = await set_up(
            resources, token, email=data.email, name=data.name, password=data.new_password, client=_client(request)
        )
    except (Invalid, Conflict) as error:
        return _show_new_password(request, page, error)
    return _let_in(settings, login, "/admin/start")


class _NotRepeated(Invalid):
    """The new password was typed in two ways."""

    title = access.PASSWORDS_DIFFER


def _check_repeated(data: NewPasswordForm) -> None:
    if data.new_password != data.repeated_password:
        raise _NotRepeated


async def _invitation_page(resources: Resources, token: str) -> NewPasswordPage:
    async with resources.read() as session:
        person = await find_invited(session, token)
    return NewPasswordPage(person.email, person.name, f"{INVITATION_PAGE}/{token}", is_setup=False)


def _setup_page(token: str) -> NewPasswordPage:
    return NewPasswordPage("", "", f"{SETUP_PAGE}/{token}", is_setup=True)


def _show_new_password(request: HTMXRequest, page: NewPasswordPage, error: AppError | None = None) -> Template:
    if error is None:
        return render(request, "admin/login/new_password.html", page)
    said = explain(translator_for(request), error)
    is_about_email = error.message == access.NO_EMAIL or isinstance(error, Conflict)
    field = "repeated_password" if isinstance(error, _NotRepeated) else "email" if is_about_email else "new_password"
    shown = replace(page, problem=FieldProblem(field, said))
    return render(request, "admin/login/new_password.html", shown, path=page.action, status_code=error.status_code)


def _refuse_login(request: HTMXRequest, page: LoginPage, error: AppError, said: str = "") -> Template:
    i18n = translator_for(request)
    text = i18n.gettext(said) if said else explain(i18n, error)
    return render(request, "admin/login/login.html", page, error=text, path=_PATH, status_code=error.status_code)


def _let_in(settings: Settings, login: Login, target: str) -> Redirect:
    cookies: list[Cookie] = [login_cookie(settings, login), *language_cookies(settings, login.admin)]
    return Redirect(target, status_code=303, cookies=cookies)


def _client(request: HTMXRequest) -> Client:
    return Client(client_ip(request), user_agent(request))


route_handlers: list[ControllerRouterHandler] = [
    show_login,
    submit_login,
    submit_code,
    submit_logout,
    show_invitation,
    submit_invitation,
    show_setup,
    submit_setup,
]
