"""The settings page: the TikTok app, and what else there is."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.accounts.tokens.credentials import update_tiktok_app
from app.admin.accounts.creator import read_creator
from app.admin.settings.answers import done, refuse, show
from app.admin.settings.form import AppInput
from app.admin.settings.page import Asked
from app.admin.shell.frame import translator_for
from app.auth.access import ADMIN
from app.errors import AppError
from app.resources import Resources

Code = Annotated[str, QueryParameter(max_length=128)]


class SettingsPages(Controller):
    """Every form works without script."""

    path = "/settings/social-media"
    opt = ADMIN

    @get(name="admin:settings")
    async def show_settings(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        tiktok_auth: Code = "",
        reason: Code = "",
        pending: Code = "",
        creator: Code = "",
    ) -> Template:
        """Show the settings, and how a hop to TikTok ended."""
        view = (creator, await read_creator(resources, translator_for(request), creator)) if creator else None
        asked = Asked(result=tiktok_auth, reason=reason, pending_id=pending, creator=view)
        return await show(request, resources, asked)

    @post("/app", status_code=303, name="admin:settings:app")
    async def save_app(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[AppInput]
    ) -> Template | Redirect:
        """Store the credentials of the TikTok app."""
        try:
            await update_tiktok_app(resources, data.to_update(resources.settings))
        except AppError as error:
            return await refuse(request, resources, "app", error, typed_app=data)
        return done("saved", "app")
