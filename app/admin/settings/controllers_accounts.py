"""The settings page: TikTok accounts."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.accounts.connect.disconnect import disconnect_account
from app.accounts.connect.move import move_account
from app.accounts.connect.pending import accept_connection, discard_connection
from app.accounts.queries import get_account
from app.accounts.tokens.lives import read_life
from app.accounts.update import update_account
from app.admin.accounts.creator import read_creator
from app.admin.accounts.form import AccountInput
from app.admin.accounts.page import AccountPart, view_account
from app.admin.settings.answers import done, refuse
from app.admin.settings.page import PATH
from app.admin.shell.frame import render, translator_for
from app.auth.access import ADMIN
from app.errors import AppError
from app.resources import Resources


@get("/accounts", name="admin:accounts", opt=ADMIN)
async def go_to_accounts() -> Redirect:
    """Lead on from the short address."""
    return Redirect(f"{PATH}#accounts", status_code=303)


class AccountPages(Controller):
    """Connecting itself is a link to the API: TikTok's consent page follows."""

    path = "/settings/social-media"
    opt = ADMIN

    @get("/accounts/{account_id:str}/creator", name="admin:accounts:creator", opt={"same_site": True})
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], account_id: FromPath[str]
    ) -> Template:
        """Ask TikTok what this account may do now."""
        i18n = translator_for(request)
        async with resources.read() as session:
            account, life = await get_account(session, account_id), await read_life(session, account_id)
        creator = await read_creator(resources, i18n, account_id)
        part = AccountPart(view_account(i18n, resources.settings, account, life, creator=creator))
        return render(request, "admin/accounts/_account_creator_part.html", part, path=PATH)

    @get("/accounts/{account_id:str}/audience", name="admin:accounts:audience")
    async def show_audience(
        self, request: HTMXRequest, resources: NamedDependency[Resources], account_id: FromPath[str]
    ) -> Template:
        """Show who follows a business account."""
        from app.admin.accounts.audience_page import read_audience_page

        page = await read_audience_page(resources, translator_for(request), account_id)
        return render(request, "admin/accounts/audience.html", page, section="settings")

    @post("/accounts/{account_id:str}", status_code=303, name="admin:accounts:update")
    async def save_account(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        account_id: FromPath[str],
        data: URLEncodedBody[AccountInput],
    ) -> Template | Redirect:
        """Store an account's settings."""
        async with resources.read() as session:
            account = await get_account(session, account_id)
        try:
            await update_account(resources, account_id, data.to_update(account))
        except AppError as error:
            return await refuse(request, resources, account_id, error, typed_account=data)
        return done("saved", f"account-{account_id}")

    @post("/accounts/{account_id:str}/disconnect", status_code=303, name="admin:accounts:disconnect")
    async def disconnect_account(self, resources: NamedDependency[Resources], account_id: FromPath[str]) -> Redirect:
        """Revoke the permission at TikTok and forget the tokens."""
        disconnection = await disconnect_account(resources, account_id)
        return done("disconnected" if disconnection.is_revoked else "not_revoked", "accounts")

    @post("/pending/{pending_id:str}/accept", status_code=303, name="admin:pending:accept")
    async def accept_pending(
        self, request: HTMXRequest, resources: NamedDependency[Resources], pending_id: FromPath[str]
    ) -> Template | Redirect:
        """Connect the other account that came back, as one of its own."""
        try:
            await accept_connection(resources, pending_id)
        except AppError as error:
            return await refuse(request, resources, "accounts", error)
        return done("accepted", "accounts")

    @post("/pending/{pending_id:str}/move", status_code=303, name="admin:pending:move")
    async def move_pending(
        self, request: HTMXRequest, resources: NamedDependency[Resources], pending_id: FromPath[str]
    ) -> Template | Redirect:
        """Move the account that was to be reconnected to the business account that came back."""
        try:
            account_id = await move_account(resources, pending_id)
        except AppError as error:
            return await refuse(request, resources, "accounts", error)
        return done("moved_account", f"account-{account_id}")

    @post("/business-media", status_code=303, name="admin:settings:business-media")
    async def verify_business_media(
        self, request: HTMXRequest, resources: NamedDependency[Resources]
    ) -> Template | Redirect:
        """Let TikTok verify the media's address for business accounts."""
        from app.accounts.business.portal_settings import verify_media_property

        try:
            await verify_media_property(resources)
        except AppError as error:
            return await refuse(request, resources, "files", error)
        return done("media_verified", "address")

    @post("/pending/{pending_id:str}/discard", status_code=303, name="admin:pending:discard")
    async def discard_pending(
        self, request: HTMXRequest, resources: NamedDependency[Resources], pending_id: FromPath[str]
    ) -> Template | Redirect:
        """Forget the other account that came back."""
        try:
            await discard_connection(resources, pending_id)
        except AppError as error:
            return await refuse(request, resources, "accounts", error)
        return done("discarded", "accounts")
