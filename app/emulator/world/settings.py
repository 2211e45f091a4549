"""What can be set about the emulated app and TikTok's rules for it."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

SCOPES = (
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
    "video.publish",
    "video.upload",
)

WebAddress = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/?#\s]", max_length=2048)]
RetrySeconds = Annotated[tuple[float, ...], msgspec.Meta(min_length=1)]


@dataclass
class EmulatorSettings:
    """The developer portal's entry for one app, and switches for what TikTok leaves undocumented."""

    client_key: str = "emulated-client-key"
    client_secret: str = "emulated-client-secret"  # noqa: S105 - a name for a fake, it opens nothing
    app_scopes: tuple[str, ...] = SCOPES
    # Empty: any well-formed address is taken, so that nothing has to be registered before a first try.
    redirect_uris: tuple[str, ...] = ()
    # auto: a redirect to localhost or 127.0.0.1 makes it a desktop app, as in TikTok's portal.
    app_type: Literal["auto", "web", "desktop"] = "auto"
    # Undocumented for web apps: check a challenge that was given, or ignore it altogether.
    web_pkce: Literal["check", "ignore"] = "check"
    audited: bool = True
    sandbox: bool = False

    access_ttl: int = 7_200
    refresh_ttl: int = 15_552_000
    code_ttl: int = 300
    rotate: bool = True
    refresh_renews: bool = True
    refresh_ends_access: bool = False
    oauth_error_status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 400

    webhook_url: WebAddress | None = None
    webhook_timeout: float = 10.0
    webhook_retry_seconds: RetrySeconds = (10, 30, 60, 300, 1_800, 3_600, 14_400)
    webhook_time_scale: float = 1.0
    webhook_resign: bool = True
    webhook_duplicates: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    webhook_reorder: bool = False
    webhook_hold: bool = False

    pull_allow_private: bool = True
    require_https_media: bool = False
    pull_timeout: float = 3_600.0
    photo_memory_bytes: int = 128_000_000
    video_max_bytes: int = 4_000_000_000
    # Kept on disk for the pages, without a name, so that they go when the emulator goes.
    video_memory_bytes: int = 512_000_000
    # No account may post longer videos by the API; a lower bound is not documented.
    video_seconds_limit: float = 600.0
    upload_ttl: float = 3_600.0
    # Undocumented: what the header of a 206 or 416 counts up to, and what a finished upload answers.
    upload_range: Literal["last_byte", "count"] = "last_byte"
    upload_finished_answer: Literal[404, 416] = 416
    ownership_required: bool = True
    # The table says required, the official samples leave them out.
    require_brand_toggles: bool = False

    # Beyond it the oldest posts that have come to their end are forgotten; all counts stay.
    posts_kept: int = 50_000

    limits_enabled: bool = True
    init_per_minute: int = 6
    # Each page says "6 requests per minute" of its own init; whether they share them is not said.
    inits_share_limit: bool = False
    status_per_minute: int = 30
    creator_info_per_minute: int = 20
    display_per_minute: int = 600
    caps_enabled: bool = True
    daily_cap: int = 15
    pending_drafts_cap: int = 5
    active_user_cap: int | None = None
    unaudited_user_cap: int = 5

    # Whether photo posts stand in video/list is undocumented.
    list_photos: bool = True
    # Seen by others, not documented: line breaks of a caption come back as spaces.
    list_drops_newlines: bool = False
    # Empty: share_url leads to this emulator's own page of the post.
    share_base: str | None = None
