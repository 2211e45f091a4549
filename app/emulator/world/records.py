"""What the emulator remembers: accounts, tokens, posts, URL properties."""

import asyncio
from dataclasses import dataclass, field
from typing import IO, Literal

from app.emulator.world.progression import Progression

PUBLIC = "PUBLIC_TO_EVERYONE"
FRIENDS = "MUTUAL_FOLLOW_FRIENDS"
FOLLOWERS = "FOLLOWER_OF_CREATOR"
ONLY_ME = "SELF_ONLY"
PRIVACY_LEVELS = (PUBLIC, FRIENDS, FOLLOWERS, ONLY_ME)

Stage = Literal["uploading", "pulling", "processing", "inbox", "complete", "failed"]
Kind = Literal["photo", "video"]
Source = Literal["PULL_FROM_URL", "FILE_UPLOAD"]


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
class Clip:
    """What a look into a video's bytes found."""

    container: str
    video_codec: str
    audio_codec: str | None
    pixel_format: str
    width: int
    height: int
    fps: float
    duration: float
    # The index stands before the frames, so that a player can begin before it has all of it.
    faststart: bool
    size: int
    sha256: str
    poster: bytes = field(repr=False)


@dataclass
class Upload:
    """A video on its way by FILE_UPLOAD, in chunks that are kept whole or not at all."""

    id: str
    token: str = field(repr=False)
    size: int
    chunk_size: int
    chunk_count: int
    expires_at: float
    file: IO[bytes] = field(repr=False)
    received: int = 0
    expired: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def chunk_end(self) -> int:
        """The position after the chunk that is due next; the last one takes what the division leaves over."""
        end = self.received + self.chunk_size
        return self.size if self.received // self.chunk_size >= self.chunk_count - 1 else end


@dataclass
class Post:
    publish_id: str
    open_id: str
    post_mode: Literal["DIRECT_POST", "MEDIA_UPLOAD"]
    progression: Progression
    accepted_at: float
    kind: Kind = "photo"
    source: Source = "PULL_FROM_URL"
    photo_urls: list[str] = field(default_factory=list)
    video_url: str | None = None
    upload: Upload | None = None
    cover_timestamp_ms: int | None = None
    clip: Clip | None = None
    title: str = ""
    description: str = ""
    privacy_level: str | None = None
    cover_index: int = 0
    switches: dict[str, bool] = field(default_factory=dict)
    public: bool = False
    # Fields of the init that had no effect.
    ignored: list[str] = field(default_factory=list)
    stage: Stage = "pulling"
    pulled_at: float | None = None
    inbox_at: float | None = None
    completed_at: float | None = None
    failed_at: float | None = None
    polls: int = 0
    last_polled_at: float | None = None
    downloaded_bytes: int = 0
    uploaded_bytes: int = 0
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
    def counted_as(self) -> str:
        """What tells this post's article from others: its words, or for a draft without any, where its video is."""
        if self.kind == "photo" or self.caption:
            return self.caption
        return f"video:{self.video_url}" if self.upload is None else f"upload:{self.upload.size}"

    @property
    def publish_type(self) -> str:
        return "INBOX_SHARE" if self.is_draft else "DIRECT_PUBLISH"

    @property
    def status(self) -> str:
        if self.source == "FILE_UPLOAD" and self.stage in {"pulling", "processing"}:
            return "PROCESSING_UPLOAD"
        return _STATUS[self.stage]


_STATUS: dict[Stage, str] = {
    "uploading": "PROCESSING_UPLOAD",
    "pulling": "PROCESSING_DOWNLOAD",
    "processing": "PROCESSING_DOWNLOAD",
    "inbox": "SEND_TO_USER_INBOX",
    "complete": "PUBLISH_COMPLETE",
    "failed": "FAILED",
}
