"""Settings: typed, documented, read from the environment and `.env`, checked at start."""

from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.config_emulated import read_choice
from app.config_faults import business_faults, mail_faults
from app.config_keys import SHORTEST_KEY, kept_secret_key
from app.config_sources import DotEnv, SecretFiles
from app.errors import ConfigurationError
from app.kit.loopback import is_loopback
from app.kit.zones import known_zone

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: templates, migrations and public files are read from here."""

_ACCOUNT_SCOPES = (
    "user.info.basic", "user.info.username", "user.info.stats", "user.account.type", "user.insights", "video.list",
    "video.insights", "video.publish", "video.upload", "comment.list", "comment.list.manage", "biz.spark.auth",
)  # fmt: skip


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Days = Annotated[int, Field(ge=1, le=36_500)]
CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


def _setting(name: str, default: Any, description: str) -> Any:
    return Field(default=default, validation_alias=name, description=description)


class Settings(BaseSettings):
    """Every setting. The table in the manual is checked against this class."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True, case_sensitive=False)

    database_url: SecretStr = _setting(
        "NEWSREEL_DATABASE_URL", SecretStr("sqlite+aiosqlite:///var/newsreel.db"), "or `postgresql+asyncpg://…`"
    )
    redis_url: SecretStr = _setting(
        "NEWSREEL_REDIS_URL", SecretStr(""), "empty: an embedded Redis-compatible server in the data folder"
    )
    host: str = _setting("NEWSREEL_HOST", "127.0.0.1", "where the web process listens")
    port: Annotated[int, Field(ge=1, le=65535)] = _setting("NEWSREEL_PORT", 8000, "where the web process listens")
    drain_seconds: Annotated[float, Field(ge=0, le=15)] = _setting(
        "NEWSREEL_DRAIN_SECONDS",
        1.0,
        "how long a web process that was told to end goes on serving while its `/readyz` says 503: longer than your "
        "load balancer needs to notice; 15 at most",
    )
    public_url: str = _setting(
        "NEWSREEL_PUBLIC_URL",
        "",
        "where TikTok and browsers reach us; media addresses start with it; https, or http on loopback; "
        "empty: `http://127.0.0.1` with the port of `NEWSREEL_PORT`, like `http://127.0.0.1:8000`",
    )
    secret_key: SecretStr = _setting(
        "NEWSREEL_SECRET_KEY",
        SecretStr(""),
        "comma list: the first encrypts and signs, the rest still decrypt; empty: made and kept in the data folder",
    )
    timezone: Annotated[str, AfterValidator(known_zone)] = _setting(
        "NEWSREEL_TIMEZONE",
        "UTC",
        "the newsroom's, such as `Asia/Almaty`: of the times that a CMS writes without one; a source may have its own",
    )
    data_dir: Path = _setting("NEWSREEL_DATA_DIR", Path("var"), "media, embedded Redis, keys")
    admin_email: str = _setting("NEWSREEL_ADMIN_EMAIL", "", "first admin, created at start if there is none")
    admin_password: SecretStr = _setting("NEWSREEL_ADMIN_PASSWORD", SecretStr(""), "the first admin's password")
    audit_days: Days = _setting("NEWSREEL_AUDIT_DAYS", 365, "how long the audit log keeps who changed what")
    comments_days: Days = _setting(
        "NEWSREEL_COMMENTS_DAYS", 730, "how long readers' comments are kept after the last one of their thread"
    )
    trusted_proxies: CommaList = _setting(
        "NEWSREEL_TRUSTED_PROXIES", (), "addresses of reverse proxies whose X-Forwarded-For is believed"
    )

    max_connections: Annotated[int, Field(ge=32)] = _setting(
        "NEWSREEL_MAX_CONNECTIONS",
        2000,
        "connections to a web process, and requests at once; beyond it those that wait longest without a request are "
        "closed for new ones; half the limit of open files at most",
    )
    max_connections_per_client: Annotated[int, Field(ge=8)] = _setting(
        "NEWSREEL_MAX_CONNECTIONS_PER_CLIENT",
        500,
        "the same, of one address (IPv6: /64); behind the trusted proxies it counts the client's requests at once",
    )

    client_key: str = _setting("TIKTOK_CLIENT_KEY", "", "of the TikTok app; the settings page wins")
    client_secret: SecretStr = _setting("TIKTOK_CLIENT_SECRET", SecretStr(""), "of the TikTok app; the page wins")
    redirect_uri: str = _setting(
        "TIKTOK_REDIRECT_URI", "", "as registered at TikTok; empty: public address + `/api/tiktok/callback`"
    )
    tiktok_api_base_url: str = _setting(
        "TIKTOK_API_BASE_URL", "https://open.tiktokapis.com", "the API, or an emulator's address"
    )
    tiktok_authorize_url: str = _setting(
        "TIKTOK_AUTHORIZE_URL", "https://www.tiktok.com/v2/auth/authorize/", "TikTok's consent page"
    )
    pkce: Literal["auto", "base64url", "hex", "off"] = _setting(
        "TIKTOK_PKCE", "auto", "`auto`, `base64url`, `hex`, `off`; auto = hex for a loopback redirect, else base64url"
    )
    scopes: CommaList = _setting(
        "TIKTOK_SCOPES",
        ("user.info.basic", "user.info.profile", "video.publish", "video.upload", "video.list"),
        "asked for when an account is connected; each must be added to the app at TikTok",
    )

    fetch_allow_hosts: CommaList = _setting(
        "NEWSREEL_FETCH_ALLOW_HOSTS",
        (),
        "comma list of host or host:port from which media may be fetched although the address is private, plain http "
        "or on another port than 80 and 443",
    )
    media_patience_seconds: Annotated[float, Field(ge=0, le=86_400)] = _setting(
        "NEWSREEL_MEDIA_PATIENCE_SECONDS",
        300.0,
        "how long a picture or video that cannot be fetched yet is tried again, before its post waits for a person or "
        "goes out without it",
    )
    follow_interval_seconds: float = _setting("NEWSREEL_FOLLOW_INTERVAL_SECONDS", 5.0, "between polls, fast phase")
    follow_fast_seconds: float = _setting("NEWSREEL_FOLLOW_FAST_SECONDS", 120.0, "length of the fast phase")
    pull_window_seconds: float = _setting(
        "NEWSREEL_PULL_WINDOW_SECONDS",
        4200.0,
        "how long a lost init may still be proven by TikTok's fetch of its media",
    )
    photo_title_limit: int = _setting(
        "NEWSREEL_PHOTO_TITLE_LIMIT", 90, "UTF-16 units; TikTok's limit today; 150 restores the owner's older notes"
    )
    photo_description_limit: int = _setting(
        "NEWSREEL_PHOTO_DESCRIPTION_LIMIT", 4000, "UTF-16 units; 2200 restores the owner's older notes"
    )
    video_caption_limit: int = _setting("NEWSREEL_VIDEO_CAPTION_LIMIT", 2200, "UTF-16 units")
    video_source: Literal["PULL_FROM_URL", "FILE_UPLOAD"] = _setting(
        "NEWSREEL_VIDEO_SOURCE",
        "PULL_FROM_URL",
        "`PULL_FROM_URL`: TikTok fetches videos from us; `FILE_UPLOAD`: we send",
    )
    video_max_bytes: int = _setting(
        "NEWSREEL_VIDEO_MAX_BYTES", 1_000_000_000, "largest video file that is fetched from a CMS; TikTok takes 4 GB"
    )
    internal_key: SecretStr = _setting(
        "TIKTOK_INTERNAL_KEY",
        SecretStr(""),
        "what the gateway sends as `X-Internal-Key` to `/internal/*`; comma list: each is good, so that keys can "
        "change without a gap; empty: all of it answers 404",
    )
    business_is_real: bool = _setting(
        "TikTok__EnableRealApi",
        False,
        "`true`: calls of the Business API go to TikTok; `false`: to the emulator inside this installation",
    )
    business_app_id: str = _setting("TikTok__AppId", "", "of the app at TikTok API for Business")
    business_app_secret: SecretStr = _setting("TikTok__AppSecret", SecretStr(""), "of that app")
    business_access_token: SecretStr = _setting(
        "TikTok__AccessToken",
        SecretStr(""),
        "from an advertiser's consent, good until it is revoked; real mode needs it",
    )
    business_center_id: str = _setting(
        "TikTok__BusinessCenterId", "", "of calls that name none: new advertisers, their list, transfers of money"
    )
    business_creative_plugin_key: SecretStr = _setting(
        "TikTok__CreativePluginKey", SecretStr(""), "that TikTok gives its partners; empty: no creative plugin"
    )
    business_api_version: str = _setting("TikTok__ApiVersion", "v1.3", "of the Business API")
    business_api_base_url: str = _setting(
        "TikTok__ApiBaseUrl",
        "https://business-api.tiktok.com",
        "with or without `/open_api/v1.3`; `https://sandbox-ads.tiktok.com` is the sandbox; real mode needs it",
    )
    business_authorize_url: str = _setting(
        "TikTok__AuthorizeUrl",
        "https://www.tiktok.com/v2/auth/authorize",
        "the consent page of TikTok accounts for the Business API's app, as its portal shows it",
    )
    business_account_scopes: CommaList = _setting(
        "TikTok__AccountScopes",
        _ACCOUNT_SCOPES,
        "asked for when a business account is connected; each must be granted to the app in TikTok's portal",
    )
    business_tier: Literal["basic", "advanced", "premium", "ultimate"] = _setting(
        "TikTok__Tier", "basic", "of the app's limits: `basic`, `advanced`, `premium`, `ultimate`"
    )
    allow_audiences: bool = _setting(
        "TikTok__AllowAudiences", False, "custom audiences are personal data of readers: off until somebody decides"
    )
    ads_max_raise_percent: Annotated[Decimal, Field(ge=0, le=1_000_000)] = _setting(
        "ADS_MAX_RAISE_PERCENT", Decimal(200), "by how much one change may raise a budget; 0 is off"
    )
    ads_max_daily_budget: Annotated[Decimal, Field(ge=0)] = _setting(
        "ADS_MAX_DAILY_BUDGET", Decimal(0), "highest daily budget, in the account's currency; 0 is off"
    )
    ads_max_total_budget: Annotated[Decimal, Field(ge=0)] = _setting(
        "ADS_MAX_TOTAL_BUDGET", Decimal(0), "highest lifetime budget, in the account's currency; 0 is off"
    )
    ads_max_transfer: Annotated[Decimal, Field(ge=0)] = _setting(
        "ADS_MAX_TRANSFER", Decimal(0), "highest transfer of money, in the account's currency; 0 is off"
    )
    smtp_host: str = _setting("NEWSREEL_SMTP_HOST", "", "the mail server for notifications; empty: none by e-mail")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = _setting("NEWSREEL_SMTP_PORT", 587, "of the mail server")
    smtp_user: str = _setting("NEWSREEL_SMTP_USER", "", "for its login; empty: none")
    smtp_password: SecretStr = _setting("NEWSREEL_SMTP_PASSWORD", SecretStr(""), "for its login")
    smtp_tls: Literal["starttls", "tls", "none"] = _setting(
        "NEWSREEL_SMTP_TLS",
        "starttls",
        "`starttls`, `tls` (port 465 as a rule), or `none`, which takes no password",
    )
    smtp_from: str = _setting("NEWSREEL_SMTP_FROM", "", "the sender, like `Newsreel <desk@news.example>`")
    telegram_api_url: str = _setting(
        "NEWSREEL_TELEGRAM_API_URL", "https://api.telegram.org", "Telegram's bot API, or a server of your own for it"
    )
    metrics_public: bool = _setting("NEWSREEL_METRICS_PUBLIC", False, "`/metrics` without login, for a scraper")
    otlp_endpoint: str = _setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "an OTLP/HTTP collector for traces, like `http://127.0.0.1:4318`"
    )
    otlp_headers: SecretStr = _setting(
        "OTEL_EXPORTER_OTLP_HEADERS", SecretStr(""), "what the collector wants to see, like `api-key=…`"
    )
    log_format: Literal["auto", "json", "console"] = _setting(
        "NEWSREEL_LOG_FORMAT", "auto", "`json`, `console`; auto = console on a terminal, else json"
    )

    _is_tried_out: bool = PrivateAttr(default=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's own, of another form
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: arguments, environment, NAME_FILE, `.env`."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        dotenv = DotEnv(settings_cls, dotenv_settings.env_file, dotenv_settings.env_file_encoding)
        return init_settings, env_settings, SecretFiles(settings_cls), dotenv

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.public_url = self.public_url.strip().rstrip("/") or f"http://{_loopback_of(self.host)}:{self.port}"
        parts = urlsplit(self.public_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("NEWSREEL_PUBLIC_URL must be an address like https://news.example.org")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("NEWSREEL_PUBLIC_URL must use https; plain http is for loopback addresses only")
        if not self.database_url.get_secret_value().startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("NEWSREEL_DATABASE_URL must start with sqlite+aiosqlite:// or postgresql+asyncpg://")
        if faults := [*business_faults(self), *mail_faults(self)]:
            raise ValueError("; ".join(faults))
        return self

    @property
    def internal_keys(self) -> tuple[str, ...]:
        """The keys with which the gateway may come; none: there is no gateway."""
        return tuple(key.strip() for key in self.internal_key.get_secret_value().split(",") if key.strip())

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies can be `Secure`."""
        return self.public_url.startswith("https://")

    @property
    def callback_uri(self) -> str:
        """The redirect_uri registered at TikTok. It never comes from a request's Host header."""
        return self.redirect_uri or f"{self.public_url}/api/tiktok/callback"

    @property
    def is_tried_out(self) -> bool:
        """Whether the emulator that an admin chose on the pages stands in TikTok's place."""
        return self._is_tried_out

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """The key ring, newest first; on the first start a key is made and kept in the data folder."""
        configured = tuple(key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip())
        if not configured:
            return (kept_secret_key(self.data_dir / "secret.key"),)
        for key in configured:
            if len(key) < SHORTEST_KEY:
                raise ConfigurationError(
                    f"NEWSREEL_SECRET_KEY holds a key of {len(key)} characters; each needs at least "
                    f"{SHORTEST_KEY}. Make one with: openssl rand -base64 48"
                )
        return configured


def _loopback_of(host: str) -> str:
    """How this machine itself reaches what listens there."""
    if not is_loopback(host):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _put_emulator_in_place(settings: Settings) -> Settings:
    """Let the emulator that an admin chose stand in TikTok's place; never where an app of TikTok's is set."""
    chosen = None if settings.client_key else read_choice(settings.data_dir)
    if chosen is None:
        return settings
    emulated = settings.model_copy(
        update={
            "client_key": chosen.client_key,
            "client_secret": SecretStr(chosen.client_secret),
            "tiktok_api_base_url": chosen.url,
            "tiktok_authorize_url": f"{chosen.url}/v2/auth/authorize/",
        }
    )
    emulated._is_tried_out = True
    return emulated


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings; raise ConfigurationError naming what is wrong and how to mend it."""
    try:
        return _put_emulator_in_place(Settings(**overrides))
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}" for item in error.errors()
        ]
        raise ConfigurationError("Wrong settings.\n" + "\n".join(lines)) from None
