"""What the emulator remembers: accounts, tokens, posts, URL properties."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from app.emulator.progression import Progression

PUBLIC = "PUBLIC_TO_EVERYONE"
FRIENDS = "MUTUAL_FOLLOW_FRIENDS"
FOLLOWERS = "FOLLOWER_OF_CREATOR"
ONLY_ME = "SELF_ONLY"
PRIVACY_LEVELS = (PUBLIC, FRIENDS, FOLLOWERS, ONLY_ME)

Stage = Literal["pulling", "processing", "inbox", "complete", "failed"]


@dataclass
class Account:
    open_id: str
    username: str
    display_name: str
    private: bool = False
    banned: bool = False
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    # A TikTok app older than 31.8 on the creator's phone refuses photo drafts.
    old_app: bool = False
    # In a sandbox only target users get past the consent page.
    target_user: bool = True
    privacy_level_options: list[str] | None = None
    max_video_post_duration_sec: int = 600
    daily_cap: int | None = None
    # The daily cap is shared by all apps: what others have posted for this creator today.
    posts_by_other_clients: int = 0
    bio_description: str = ""
    is_verified: bool = False
    follower_count: int = 0
    following_count: int = 0

    @property
    def union_id(self) -> str:
        return f"union-{self.open_id}"

    @property
    def offered_privacy(self) -> list[str]:
        if self.privacy_level_options is not None:
            return self.privacy_level_options
        return [FOLLOWERS if self.private else PUBLIC, FRIENDS, ONLY_ME]


@dataclass
class AuthorizationCode:
    code: str
    open_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    desktop: bool
    expires_at: float
    used: bool = False


@dataclass
class TokenPair:
    open_id: str
    scopes: tuple[str, ...]
    access_token: str
    access_expires_at: float
    refresh_token: str
    refresh_expires_at: float
    revoked: bool = False
    # The refresh token was rotated away; the access token may live on.
    spent: bool = False


@dataclass
class UrlProperty:
    id: str
    kind: Literal["prefix", "domain"]
    value: str
    token: str
    verified: bool = False

    @property
    def file_name(self) -> str:
        return f"tiktok{self.token}.txt"

    @property
    def file_content(self) -> str:
        return f"tiktok-developers-site-verification={self.token}"


@dataclass
class Photo:
    content_type: str
    content: bytes
    width: int
    height: int


@dataclass
class Post:
    publish_id: str
    open_id: str
    post_mode: Literal["DIRECT_POST", "MEDIA_UPLOAD"]
    photo_urls: list[str]
    progression: Progression
    accepted_at: float
    title: str = ""
    description: str = ""
    privacy_level: str | None = None
    cover_index: int = 0
    switches: dict[str, bool] = field(default_factory=dict)
    public: bool = False
    stage: Stage = "pulling"
    pulled_at: float | None = None
    inbox_at: float | None = None
    completed_at: float | None = None
    failed_at: float | None = None
    polls: int = 0
    last_polled_at: float | None = None
    downloaded_bytes: int = 0
    fail_reason: str | None = None
    fail_detail: str = ""
    post_ids: list[int] = field(default_factory=list)
    stats: dict[str, int] = field(default_factory=dict)
    driver: asyncio.Task[None] | None = None

    @property
    def is_draft(self) -> bool:
        return self.post_mode == "MEDIA_UPLOAD"

    @property
    def caption(self) -> str:
        return "\n".join(part for part in (self.title, self.description) if part)

    @property
    def publish_type(self) -> str:
        return "INBOX_SHARE" if self.is_draft else "DIRECT_PUBLISH"

    @property
    def status(self) -> str:
        return _STATUS[self.stage]


_STATUS: dict[Stage, str] = {
    "pulling": "PROCESSING_DOWNLOAD",
    "processing": "PROCESSING_DOWNLOAD",
    "inbox": "SEND_TO_USER_INBOX",
    "complete": "PUBLISH_COMPLETE",
    "failed": "FAILED",
}
