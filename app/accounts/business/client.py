"""A business account, spoken to in the words of the Open API: so that posts need not know which kind an account is of.

What the Business API has no word for is said by those who choose it (`app.posts.gates`), and left out here.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from app.accounts.business.access import account_client, business_app
from app.accounts.business.judging import as_oauth, as_outcome, as_tiktok
from app.messages import publishing, tiktok_advice
from app.resources import Resources
from app.tiktok.advice import Action, Advice
from app.tiktok.catalogue_permission import explain_oauth_error
from app.tiktok.errors import AccessTokenInvalid, OAuthRefused, TikTokRefused, TikTokUnavailable
from app.tiktok.init import InitAccepted, InitOutcome, InitRefused
from app.tiktok.models import CreatorInfo, PublishStatus, TokenGrant, UserInfo, VideoItem, VideoPage
from app.tiktok.posting import PhotoPost, VideoPost
from app.tiktok_business.account_consent import AccountGrant
from app.tiktok_business.accounts import AUDIENCE_FIELDS, LARGEST_PAGE, AccountPost, AccountProfile
from app.tiktok_business.calls import is_sendable
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.publishing import PhotoPublish, Published, VideoPublish
from app.tiktok_business.sending import Patience

if TYPE_CHECKING:
    from app.tiktok_business.client import TikTokBusinessClient

T = TypeVar("T")

# Shorter than what an attempt is given to leave: a place that comes later is no place.
_PUBLISH = Patience(caller="posts", deadline=30, turn=2, tries=1)
_ASK = Patience(caller="posts", deadline=15, turn=5, tries=2)
_CONSENT = Patience(caller="account consent", deadline=30, turn=15, tries=1)
_PROFILE_FIELDS = {"display_name": "display_name", "avatar_url": "profile_image", "username": "username"}
"""What the Business API calls the fields of a profile."""
_NOT_CANCELLABLE = Advice(
    "publish_not_cancellable",
    Action.never,
    tiktok_advice.BUSINESS_NOT_CANCELLABLE_CAUSE,
    tiktok_advice.PUBLISH_NOT_CANCELLABLE_CURE,
)
_PUBLIC = "PUBLIC_TO_EVERYONE"

_Send = Callable[["TikTokBusinessClient"], Awaitable[Published]]


class BusinessAccountClient:
    """Calls for one business account. `open_id` is its `business_id`; empty while it is not known yet."""

    def __init__(self, resources: Resources, open_id: str) -> None:
        self._resources = resources
        self._business_id = open_id

    def __repr__(self) -> str:
        return "<BusinessAccountClient>"

    async def exchange_code(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> TokenGrant:
        """Exchange the callback's code. There is no PKCE."""
        del code_verifier
        consent = account_client(self._resources, patience=_CONSENT).account_consent
        grant = await self._granted(consent.exchange(business_app(self._resources), code, redirect_uri))
        if not grant.open_id:
            raise OAuthRefused(
                explain_oauth_error("missing_open_id"), detail="the answer names no open_id", log_id=grant.log_id
            )
        return grant

    async def refresh_token(self, refresh_token: str) -> TokenGrant:
        """Exchange a refresh token. The one sent may be spent: store the new pair before using it."""
        consent = account_client(self._resources, patience=_CONSENT).account_consent
        grant = await self._granted(consent.refresh(business_app(self._resources), refresh_token))
        return grant if grant.refresh_token else grant.model_copy(update={"refresh_token": refresh_token})

    async def revoke_token(self, access_token: str) -> None:
        """Take the permission back."""
        consent = account_client(self._resources, patience=_CONSENT).account_consent
        try:
            await consent.revoke(business_app(self._resources), access_token)
        except BusinessError as error:
            raise as_oauth(error) from error

    async def query_creator_info(self, access_token: str) -> CreatorInfo:
        """Ask what the account may do when it posts now. Its names are not told: they stand in the account's row."""
        rules = await self._told(self._client(access_token).accounts.get_posting_rules(self._business_id))
        return CreatorInfo(
            privacy_level_options=rules.privacy_level_options,
            comment_disabled=rules.comment_disabled,
            duet_disabled=rules.duet_disabled,
            stitch_disabled=rules.stitch_disabled,
            max_video_post_duration_sec=rules.max_video_post_duration_sec,
            log_id=rules.request_id,
        )

    async def init_photo_post(self, access_token: str, post: PhotoPost) -> InitOutcome:
        """Hand over photos, once. A draft needs an audience too, which the account holder chooses anew when posting."""
        photos = PhotoPublish(
            business_id=self._business_id,
            photo_images=post.photo_images,
            photo_cover_index=post.photo_cover_index,
            privacy_level=post.privacy_level or _PUBLIC,
            title=_sendable(post.title),
            caption=_sendable(post.description),
            auto_add_music=post.auto_add_music,
            disable_comment=post.disable_comment,
            is_brand_organic=post.brand_organic_toggle,
            is_branded_content=post.brand_content_toggle,
            is_draft=post.post_mode == "MEDIA_UPLOAD",
        )
        return await self._init(access_token, lambda client: client.publishing.publish_photos(photos))

    async def init_video_post(self, access_token: str, post: VideoPost) -> InitOutcome:
        """Hand over a video by its address, once: the Business API takes no bytes."""
        video = VideoPublish(
            business_id=self._business_id,
            video_url=post.video_url,
            caption=_sendable(post.title),
            disable_comment=post.disable_comment,
            disable_duet=post.disable_duet,
            disable_stitch=post.disable_stitch,
            is_brand_organic=post.brand_organic_toggle,
            is_branded_content=post.brand_content_toggle,
            is_ai_generated=post.is_aigc,
            upload_to_draft=post.post_mode == "MEDIA_UPLOAD",
            thumbnail_offset=post.video_cover_timestamp_ms,
        )
        return await self._init(access_token, lambda client: client.publishing.publish_video(video))

    async def fetch_publish_status(self, access_token: str, publish_id: str) -> PublishStatus:
        """Ask where a post stands."""
        state = await self._told(self._client(access_token).publishing.get_status(self._business_id, publish_id))
        return PublishStatus(
            status=state.status, fail_reason=state.reason or None, post_ids=state.post_ids, log_id=state.request_id
        )

    async def cancel_publish(self, access_token: str, publish_id: str) -> None:
        """The Business API has no call to stop a post: refused here, and nothing is sent."""
        del access_token, publish_id
        raise TikTokRefused(_NOT_CANCELLABLE)

    async def fetch_user_info(self, access_token: str, fields: Sequence[str] = ()) -> UserInfo:
        """Fetch the profile, as far as the fields that were asked for have a name here."""
        wanted = [_PROFILE_FIELDS[name] for name in fields if name in _PROFILE_FIELDS]
        profile = await self._told(self._client(access_token).accounts.get_profile(self._business_id, wanted))
        return UserInfo(
            open_id=self._business_id,
            display_name=profile.display_name,
            username=profile.username,
            avatar_url=profile.profile_image,
            log_id=profile.request_id,
        )

    async def fetch_audience(self, access_token: str) -> AccountProfile:
        """Ask who follows the account, and in which hours of the last week they were there."""
        wanted = [*AUDIENCE_FIELDS, "followers_count", "metrics"]
        return await self._told(self._client(access_token).accounts.get_profile(self._business_id, wanted))

    async def list_videos(
        self, access_token: str, *, cursor: int | None = None, max_count: int = LARGEST_PAGE
    ) -> VideoPage:
        """List the account's posts, newest first, also those that are not public."""
        listing = self._client(access_token).accounts.list_posts(self._business_id, cursor=cursor, max_count=max_count)
        page = await self._told(listing)
        videos = tuple(map(_item, page.items))
        return VideoPage(videos=videos, cursor=page.cursor, has_more=page.has_more, log_id=page.request_id)

    async def query_videos(self, access_token: str, video_ids: Iterable[str]) -> tuple[VideoItem, ...]:
        """Fetch these posts, as far as they are this account's."""
        wanted = [video_id for video_id in dict.fromkeys(video_ids) if video_id.isascii() and video_id.isdigit()]
        found: list[VideoItem] = []
        for start in range(0, len(wanted), LARGEST_PAGE):
            some = wanted[start : start + LARGEST_PAGE]
            accounts = self._client(access_token).accounts
            page = await self._told(accounts.list_posts(self._business_id, item_ids=some))
            found.extend(item for item in map(_item, page.items) if item.id in some)
        return tuple(found)

    def _client(self, access_token: str, patience: Patience = _ASK) -> "TikTokBusinessClient":
        if not is_sendable(access_token):
            raise AccessTokenInvalid
        return account_client(self._resources, access_token, patience=patience)

    async def _told(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except BusinessError as error:
            raise as_tiktok(error) from error

    async def _granted(self, call: Awaitable[AccountGrant]) -> TokenGrant:
        try:
            grant = await call
        except BusinessError as error:
            raise as_oauth(error) from error
        if not grant.access_token:
            raise TikTokUnavailable(publishing.login_without_token("200"), log_id=grant.request_id)
        return TokenGrant(
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            expires_in=grant.expires_in,
            refresh_expires_in=grant.refresh_token_expires_in,
            open_id=grant.open_id,
            scopes=grant.scopes,
            log_id=grant.request_id,
        )

    async def _init(self, access_token: str, send: _Send) -> InitOutcome:
        """Send once. Never raises for what TikTok or the network did: the outcome says it."""
        try:
            client = self._client(access_token, _PUBLISH)
        except AccessTokenInvalid as error:
            return InitRefused(error.advice, None)
        try:
            published = await send(client)
        except BusinessError as error:
            return as_outcome(error)
        return InitAccepted(published.share_id, published.request_id)


def _item(post: AccountPost) -> VideoItem:
    return VideoItem(
        id=post.item_id,
        create_time=post.create_time,
        share_url=post.share_url,
        video_description=post.caption,
        like_count=post.likes,
        comment_count=post.comments,
        share_count=post.shares,
        view_count=post.video_views,
    )


def _sendable(text: str) -> str:
    """Half a surrogate pair cannot be encoded; a question mark is better than no post."""
    return text.encode("utf-8", "replace").decode("utf-8")
