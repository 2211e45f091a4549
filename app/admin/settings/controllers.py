"""The settings page: TikTok app, verification files, CMS sources."""

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
from app.admin.shell.forms import AppInput, FileInput, RotateInput
from app.admin.shell.frame import translator_for
from app.admin.sources.form import SourceInput
from app.admin.sources.page import SecretView
from app.articles.sources import create_source, delete_source, get_source, rotate_secret, update_source
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

    @post("/sources", status_code=201, name="admin:settings:sources")
    async def add_source(
        self, request: HTMXRequest, resources: NamedDependency[Resources], data: URLEncodedBody[SourceInput]
    ) -> Template:
        """Add a source; the answer shows its secret, and nothing ever does again."""
        try:
            async with resources.transaction() as session:
                made = await create_source(session, resources.keyring, data.to_create())
        except AppError as error:
            return await refuse(request, resources, "sources", error, typed_source=data)
        asked = Asked(new_secret=SecretView.of(resources.settings, made), is_answer_to_post=True)
        return await show(request, resources, asked, status_code=201)

    @post("/sources/{source_id:str}", status_code=303, name="admin:settings:sources:update")
    async def save_source(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[SourceInput],
    ) -> Template | Redirect:
        """Change a source."""
        try:
            async with resources.transaction() as session:
                source = await get_source(session, source_id)
                await update_source(session, resources, source_id, data.to_update(source.kind))
        except AppError as error:
            return await refuse(request, resources, source_id, error, typed_source=data)
        return done("source_saved", "sources")

    @post("/sources/{source_id:str}/rotate", status_code=200, name="admin:settings:sources:rotate")
    async def rotate_source(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        source_id: FromPath[str],
        data: URLEncodedBody[RotateInput],
    ) -> Template:
        """Make a new secret; the answer shows it, and nothing ever does again."""
        async with resources.transaction() as session:
            made = await rotate_secret(session, resources, source_id, revoke_old=data.revoke_old)
        asked = Asked(new_secret=SecretView.of(resources.settings, made), is_answer_to_post=True)
        return await show(request, resources, asked)

    @post("/sources/{source_id:str}/delete", status_code=303, name="admin:settings:sources:delete")
    async def delete_source(self, resources: NamedDependency[Resources], source_id: FromPath[str]) -> Redirect:
        """Remove a source; its articles and posts stay."""
        async with resources.transaction() as session:
            await delete_source(session, resources, source_id)
        return done("source_deleted", "sources")
