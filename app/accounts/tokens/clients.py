"""Who speaks to TikTok for an account: one set of calls, whichever of TikTok's APIs an account is connected by."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from app.accounts.models import AccountKind
from app.accounts.tokens.credentials import tiktok_client
from app.resources import Resources
from app.tiktok.client import TikTokClient
from app.tiktok.init import InitOutcome
from app.tiktok.models import CreatorInfo, PublishStatus, TokenGrant, UserInfo, VideoItem, VideoPage
from app.tiktok.posting import PhotoPost, VideoPost


class AccountClient(Protocol):
    """The calls for one account, in the words of the Open API; tokens are arguments. They raise its errors."""

    async def exchange_code(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> TokenGrant: ...

    async def refresh_token(self, refresh_token: str) -> TokenGrant: ...

    async def revoke_token(self, access_token: str) -> None: ...

    async def query_creator_info(self, access_token: str) -> CreatorInfo: ...

    async def init_photo_post(self, access_token: str, post: PhotoPost) -> InitOutcome: ...

    async def init_video_post(self, access_token: str, post: VideoPost) -> InitOutcome: ...

    async def fetch_publish_status(self, access_token: str, publish_id: str) -> PublishStatus: ...

    async def cancel_publish(self, access_token: str, publish_id: str) -> None: ...

    async def fetch_user_info(self, access_token: str, fields: Sequence[str] = ...) -> UserInfo: ...

    async def list_videos(self, access_token: str, *, cursor: int | None = None, max_count: int = ...) -> VideoPage: ...

    async def query_videos(self, access_token: str, video_ids: Iterable[str]) -> tuple[VideoItem, ...]: ...


def bearer_client(resources: Resources, kind: AccountKind, open_id: str) -> AccountClient:
    """Make the client of an account of which these are known."""
    if kind is AccountKind.business:
        from app.accounts.business.client import BusinessAccountClient

        return BusinessAccountClient(resources, open_id)
    return creator_client(resources)


def creator_client(resources: Resources) -> TikTokClient:
    """Make the Open API's client for calls that need nothing but a creator's token."""
    return TikTokClient(
        resources.tiktok_http, client_key="", client_secret="", api_base_url=resources.settings.tiktok_api_base_url
    )


async def app_client(resources: Resources, kind: AccountKind, open_id: str = "") -> AccountClient:
    """Make the client for consents, which also need the app's secret. Raises NotConfigured, TokensUnreadable."""
    if kind is AccountKind.business:
        from app.accounts.business.access import is_offered
        from app.accounts.errors import NotConfigured

        if not is_offered(resources):
            raise NotConfigured
        return bearer_client(resources, kind, open_id)
    return await tiktok_client(resources)
