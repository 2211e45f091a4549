"""The page about one's own login: the password, and where one is logged in."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.accounts.queries import is_id
from app.admin.shell.frame import language_cookies
from app.admin.team.answers import show_you
from app.admin.team.forms import PasswordInput, ProfileInput
from app.admin.team.page import PATH, NotRepeated
from app.auth.access import EDITOR
from app.auth.logins import end_login, end_other_logins
from app.auth.models import Admin
from app.auth.own_password import change_password
from app.auth.people import update_profile
from app.config import Settings
from app.errors import AppError, NotFound
from app.messages import access
from app.resources import Resources
from app.web.client_ip import client_ip


class YouPages(Controller):
    """Everyone changes their own login only; others' are the business of whoever runs the service."""

    path = "/you"
    opt = EDITOR

    @get(name="admin:you")
    async def show_own_login(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Template:
        """Show who is logged in, and where."""
        return await show_you(request, resources, admin)

    @post("/profile", status_code=303, name="admin:you:profile")
    async def save_profile(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        settings: NamedDependency[Settings],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[ProfileInput],
    ) -> Template | Redirect:
        """Change name, language and time zone; the pages follow at once."""
        try:
            change = data.to_update()
        except AppError as error:
            return await show_you(request, resources, admin, error, field="profile")
        async with resources.transaction() as session:
            me = await update_profile(session, admin.id, change)
        return Redirect(f"{PATH}?notice=saved", status_code=303, cookies=language_cookies(settings, me, forget=True))

    @post("/password", status_code=303, name="admin:you:password")
    async def save_password(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[PasswordInput],
    ) -> Template | Redirect:
        """Change the password; all other logins end."""
        try:
            if data.new_password != data.repeated_password:
                raise NotRepeated
            await change_password(
                resources,
                admin.id,
                data.current_password,
                data.new_password,
                session_id=request.auth.session_id,
                client_ip=client_ip(request),
            )
        except AppError as error:
            return await show_you(request, resources, admin, error)
        return Redirect(f"{PATH}?notice=password_changed", status_code=303)

    @post("/logins/{login_id:str}/end", status_code=303, name="admin:you:logins:end")
    async def end_one(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], login_id: FromPath[str]
    ) -> Redirect:
        """End one of this person's logins."""
        if not is_id(login_id):
            raise NotFound(access.NO_LOGIN)
        await end_login(resources, admin.id, login_id)
        return Redirect(f"{PATH}?notice=login_ended#logins", status_code=303)

    @post("/logins/end", status_code=303, name="admin:you:logins:end-others")
    async def end_others(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Redirect:
        """End all logins of this person but the one that asks."""
        await end_other_logins(resources, admin.id, request.auth.session_id)
        return Redirect(f"{PATH}?notice=logins_ended#logins", status_code=303)
