"""The accounts API, and TikTok's OAuth hop."""

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts import oauth_routes
from app.accounts.connect.disconnect import disconnect_account
from app.accounts.connect.move import move_account
from app.accounts.connect.pending import accept_connection, discard_connection, get_pending
from app.accounts.models import PendingConnection
from app.accounts.reads import read_account, read_accounts
from app.accounts.schemas import (
    AccountList,
    AccountRead,
    AccountUpdate,
    AudienceRead,
    CreatorInfoRead,
    DisconnectRead,
    PendingConnectionRead,
    TikTokAppRead,
    TikTokAppUpdate,
)
from app.accounts.tokens.credentials import get_tiktok_app, update_tiktok_app
from app.accounts.update import query_creator_info, update_account
from app.auth.access import ADMIN
from app.config import Settings
from app.kit.paging import DEFAULT_LIMIT
from app.resources import Resources
from app.web.list_parameters import Cursor, Limit


class AccountController(Controller):
    path = "/api/accounts"
    tags = ("accounts",)
    opt = ADMIN

    @get("/")
    async def list_accounts(
        self,
        session: NamedDependency[AsyncSession],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> AccountList:
        """List the connected accounts and their settings."""
        return await read_accounts(session, limit=limit, cursor=cursor)

    @get("/{account_id:str}")
    async def get_account(self, account_id: FromPath[str], session: NamedDependency[AsyncSession]) -> AccountRead:
        """Show one account and its settings."""
        return await read_account(session, account_id)

    @patch("/{account_id:str}")
    async def update_account(
        self, account_id: FromPath[str], data: JSONBody[AccountUpdate], resources: NamedDependency[Resources]
    ) -> AccountRead:
        """Change an account's settings, within what TikTok allows this creator."""
        await update_account(resources, account_id, data)
        async with resources.read() as session:
            return await read_account(session, account_id)

    @delete("/{account_id:str}", status_code=200)
    async def disconnect_account(
        self, account_id: FromPath[str], resources: NamedDependency[Resources]
    ) -> DisconnectRead:
        """Revoke the permission at TikTok and forget the tokens."""
        done = await disconnect_account(resources, account_id)
        return DisconnectRead(id=done.account.id, state=done.account.state, revoked=done.is_revoked, detail=done.detail)

    @get("/{account_id:str}/creator-info", opt={"same_site": True})
    async def get_creator_info(
        self, account_id: FromPath[str], resources: NamedDependency[Resources]
    ) -> CreatorInfoRead:
        """Ask TikTok what this creator may do now."""
        return CreatorInfoRead.model_validate(await query_creator_info(resources, account_id))

    @get("/{account_id:str}/audience", opt={"same_site": True})
    async def get_audience(self, account_id: FromPath[str], resources: NamedDependency[Resources]) -> AudienceRead:
        """Ask TikTok who follows a business account, and when they are there."""
        from app.accounts.audience import fetch_audience

        return AudienceRead.model_validate(await fetch_audience(resources, account_id))

    @get("/pending/{pending_id:str}")
    async def get_pending(
        self, pending_id: FromPath[str], session: NamedDependency[AsyncSession]
    ) -> PendingConnectionRead:
        """Show the other TikTok account that came back when one was to be reconnected."""
        return read_pending(await get_pending(session, pending_id))

    @post("/pending/{pending_id:str}/accept", status_code=200)
    async def accept_connection(self, pending_id: FromPath[str], resources: NamedDependency[Resources]) -> AccountRead:
        """Connect it as an account of its own."""
        account_id = await accept_connection(resources, pending_id)
        async with resources.read() as session:
            return await read_account(session, account_id)

    @post("/pending/{pending_id:str}/move", status_code=200)
    async def move_account(self, pending_id: FromPath[str], resources: NamedDependency[Resources]) -> AccountRead:
        """Move the creator's account that was to be reconnected to this business account, with all that it has."""
        account_id = await move_account(resources, pending_id)
        async with resources.read() as session:
            return await read_account(session, account_id)

    @post("/pending/{pending_id:str}/discard", status_code=204)
    async def discard_connection(self, pending_id: FromPath[str], resources: NamedDependency[Resources]) -> None:
        """Forget it, and tell TikTok that the permission is not wanted."""
        await discard_connection(resources, pending_id)


class TikTokAppController(Controller):
    path = "/api/settings/tiktok-app"
    tags = ("settings",)
    opt = ADMIN

    @get("/")
    async def get_tiktok_app(
        self, session: NamedDependency[AsyncSession], settings: NamedDependency[Settings]
    ) -> TikTokAppRead:
        """Show the credentials of our app at TikTok, without the secret."""
        return await get_tiktok_app(session, settings)

    @put("/")
    async def update_tiktok_app(
        self, data: JSONBody[TikTokAppUpdate], resources: NamedDependency[Resources]
    ) -> TikTokAppRead:
        """Store the credentials of our app at TikTok."""
        return await update_tiktok_app(resources, data)


def read_pending(pending: PendingConnection) -> PendingConnectionRead:
    """Shape a connection that waits for a decision; its tokens stay in the vault."""
    return PendingConnectionRead(
        id=pending.id,
        account_id=pending.account_id,
        kind=pending.kind,
        open_id=pending.open_id,
        display_name=pending.profile.get("display_name", ""),
        username=pending.profile.get("username", ""),
        expires_at=pending.expires_at,
    )


route_handlers: list[ControllerRouterHandler] = [AccountController, TikTokAppController, *oauth_routes.route_handlers]
