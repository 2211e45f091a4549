"""The settings page: TikTok app, verification files."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.accounts.tokens.credentials import update_tiktok_app
from app.admin.accounts.creator import read_creator
from app.admin.settings.answers import done, refuse, show
from app.admin.settings.page import Asked
from app.admin.shell.forms import AppInput, FileInput
from app.admin.shell.frame import translator_for
from app.auth.access import ADMIN
from app.errors import AppError
from app.media.verification import delete_verification_file, save_verification_file
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

    @post("/files", status_code=303, name="admin:settings:files")
    async def save_file(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: MultipartBody[FileInput]
    ) -> Template | Redirect:
        """Put a verification file in place."""
        try:
            filename, content = await data.read()
            async with resources.transaction() as session:
                await save_verification_file(session, filename, content)
        except AppError as error:
            return await refuse(request, resources, "files", error, typed_file=data)
        return done("file_stored", "address")

    @post("/files/{filename:str}/delete", status_code=303, name="admin:settings:files:delete")
    async def delete_file(self, resources: NamedDependency[Resources], filename: FromPath[str]) -> Redirect:
        """Serve a verification file no longer."""
        async with resources.transaction() as session:
            await delete_verification_file(session, filename)
        return done("file_deleted", "address")
