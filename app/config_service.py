"""The settings of the service itself: where it listens and stores, its TikTok app, how posts are made and followed."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from app.kit.zones import known_zone


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Days = Annotated[int, Field(ge=1, le=36_500)]
CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


def setting(name: str, default: Any, description: str) -> Any:
    """Describe a setting by its name in the environment, its default, and the line of the manual's table."""
    return Field(default=default, validation_alias=name, description=description)


class ServiceSettings(BaseSettings):
    """Those that a newsroom needs for its own posts. `Settings` adds ads, mail and telemetry."""

    database_url: SecretStr = setting(
        "NEWSREEL_DATABASE_URL", SecretStr("sqlite+aiosqlite:///var/newsreel.db"), "or `postgresql+asyncpg://…`"
    )
    redis_url: SecretStr = setting(
        "NEWSREEL_REDIS_URL", SecretStr(""), "empty: an embedded Redis-compatible server in the data folder"
    )
    host: str = setting("NEWSREEL_HOST", "127.0.0.1", "where the web process listens")
    port: Annotated[int, Field(ge=1, le=65535)] = setting("NEWSREEL_PORT", 8000, "where the web process listens")
    drain_seconds: Annotated[float, Field(ge=0, le=15)] = setting(
        "NEWSREEL_DRAIN_SECONDS",
        1.0,
        "how long a web process that was told to end goes on serving while its `/readyz` says 503: longer than your "
        "load balancer needs to notice; 15 at most",
    )
    public_url: str = setting(
        "NEWSREEL_PUBLIC_URL",
        "",
        "where TikTok and browsers reach us; media addresses start with it; https, or http on loopback; "
        "empty: `http://127.0.0.1` with the port of `NEWSREEL_PORT`, like `http://127.0.0.1:8000`",
    )
    secret_key: SecretStr = setting(
        "NEWSREEL_SECRET_KEY",
        SecretStr(""),
        "comma list: the first encrypts and signs, the rest still decrypt; empty: made and kept in the data folder",
    )
    timezone: Annotated[str, AfterValidator(known_zone)] = setting(
        "NEWSREEL_TIMEZONE",
        "UTC",
        "the newsroom's, such as `Asia/Almaty`: of the times that a CMS writes without one; a source may have its own",
    )
    data_dir: Path = setting("NEWSREEL_DATA_DIR", Path("var"), "media, embedded Redis, keys")
    admin_email: str = setting("NEWSREEL_ADMIN_EMAIL", "", "first admin, created at start if there is none")
    admin_password: SecretStr = setting("NEWSREEL_ADMIN_PASSWORD", SecretStr(""), "the first admin's password")
    audit_days: Days = setting("NEWSREEL_AUDIT_DAYS", 365, "how long the audit log keeps who changed what")
    comments_days: Days = setting(
        "NEWSREEL_COMMENTS_DAYS", 730, "how long readers' comments are kept after the last one of their thread"
    )
    trusted_proxies: CommaList = setting(
        "NEWSREEL_TRUSTED_PROXIES", (), "addresses of reverse proxies whose X-Forwarded-For is believed"
    )

    max_connections: Annotated[int, Field(ge=32)] = setting(
        "NEWSREEL_MAX_CONNECTIONS",
        2000,
        "connections to a web process, and requests at once; beyond it those that wait longest without a request are "
        "closed for new ones; half the limit of open files at most",
    )
    max_connections_per_client: Annotated[int, Field(ge=8)] = setting(
        "NEWSREEL_MAX_CONNECTIONS_PER_CLIENT",
        500,
        "the same, of one address (IPv6: /64); behind the trusted proxies it counts the client's requests at once",
    )

    client_key: str = setting("TIKTOK_CLIENT_KEY", "", "of the TikTok app; the settings page wins")
    client_secret: SecretStr = setting("TIKTOK_CLIENT_SECRET", SecretStr(""), "of the TikTok app; the page wins")
    redirect_uri: str = setting(
        "TIKTOK_REDIRECT_URI", "", "as registered at TikTok; empty: public address + `/api/tiktok/callback`"
    )
    tiktok_api_base_url: str = setting(
        "TIKTOK_API_BASE_URL", "https://open.tiktokapis.com", "the API, or an emulator's address"
    )
    tiktok_authorize_url: str = setting(
        "TIKTOK_AUTHORIZE_URL", "https://www.tiktok.com/v2/auth/authorize/", "TikTok's consent page"
    )
    pkce: Literal["auto", "base64url", "hex", "off"] = setting(
        "TIKTOK_PKCE", "auto", "`auto`, `base64url`, `hex`, `off`; auto = hex for a loopback redirect, else base64url"
    )
    scopes: CommaList = setting(
        "TIKTOK_SCOPES",
        ("user.info.basic", "user.info.profile", "video.publish", "video.upload", "video.list"),
        "asked for when an account is connected; each must be added to the app at TikTok",
    )

    fetch_allow_hosts: CommaList = setting(
        "NEWSREEL_FETCH_ALLOW_HOSTS",
        (),
        "comma list of host or host:port from which media may be fetched although the address is private, plain http "
        "or on another port than 80 and 443",
    )
    media_patience_seconds: Annotated[float, Field(ge=0, le=86_400)] = setting(
        "NEWSREEL_MEDIA_PATIENCE_SECONDS",
        300.0,
        "how long a picture or video that cannot be fetched yet is tried again, before its post waits for a person or "
        "goes out without it",
    )
    follow_interval_seconds: float = setting("NEWSREEL_FOLLOW_INTERVAL_SECONDS", 5.0, "between polls, fast phase")
    follow_fast_seconds: float = setting("NEWSREEL_FOLLOW_FAST_SECONDS", 120.0, "length of the fast phase")
    pull_window_seconds: float = setting(
        "NEWSREEL_PULL_WINDOW_SECONDS",
        4200.0,
        "how long a lost init may still be proven by TikTok's fetch of its media",
    )
    photo_title_limit: int = setting(
        "NEWSREEL_PHOTO_TITLE_LIMIT", 90, "UTF-16 units; TikTok's limit today; 150 restores the owner's older notes"
    )
    photo_description_limit: int = setting(
        "NEWSREEL_PHOTO_DESCRIPTION_LIMIT", 4000, "UTF-16 units; 2200 restores the owner's older notes"
    )
    video_caption_limit: int = setting("NEWSREEL_VIDEO_CAPTION_LIMIT", 2200, "UTF-16 units")
    video_source: Literal["PULL_FROM_URL", "FILE_UPLOAD"] = setting(
        "NEWSREEL_VIDEO_SOURCE",
        "PULL_FROM_URL",
        "`PULL_FROM_URL`: TikTok fetches videos from us; `FILE_UPLOAD`: we send",
    )
    video_max_bytes: int = setting(
        "NEWSREEL_VIDEO_MAX_BYTES", 1_000_000_000, "largest video file that is fetched from a CMS; TikTok takes 4 GB"
    )
