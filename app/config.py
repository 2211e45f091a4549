"""Settings: typed, documented, read from the environment and `.env`, checked at start."""

from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.config_emulated import read_choice
from app.config_faults import business_faults, mail_faults
from app.config_keys import SHORTEST_KEY, kept_secret_key
from app.config_service import CommaList, ServiceSettings, setting
from app.config_sources import DotEnv, SecretFiles
from app.errors import ConfigurationError
from app.kit.loopback import is_loopback

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: templates, migrations and public files are read from here."""

_ACCOUNT_SCOPES = (
    "user.info.basic", "user.info.username", "user.info.stats", "user.account.type", "user.insights", "video.list",
    "video.insights", "video.publish", "video.upload", "comment.list", "comment.list.manage", "biz.spark.auth",
)  # fmt: skip


class Settings(ServiceSettings):
    """Every setting. The table in the manual is checked against this class."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True, case_sensitive=False)

    internal_key: SecretStr = setting(
        "TIKTOK_INTERNAL_KEY",
        SecretStr(""),
        "what the gateway sends as `X-Internal-Key` to `/internal/*`; comma list: each is good, so that keys can "
        "change without a gap; empty: all of it answers 404",
    )
    business_is_real: bool = setting(
        "TikTok__EnableRealApi",
        False,
        "`true`: calls of the Business API go to TikTok; `false`: to the emulator inside this installation",
    )
    business_app_id: str = setting("TikTok__AppId", "", "of the app at TikTok API for Business")
    business_app_secret: SecretStr = setting("TikTok__AppSecret", SecretStr(""), "of that app")
    business_access_token: SecretStr = setting(
        "TikTok__AccessToken",
        SecretStr(""),
        "from an advertiser's consent, good until it is revoked; real mode needs it",
    )
    business_center_id: str = setting(
        "TikTok__BusinessCenterId", "", "of calls that name none: new advertisers, their list, transfers of money"
    )
    business_creative_plugin_key: SecretStr = setting(
        "TikTok__CreativePluginKey", SecretStr(""), "that TikTok gives its partners; empty: no creative plugin"
    )
    business_api_version: str = setting("TikTok__ApiVersion", "v1.3", "of the Business API")
    business_api_base_url: str = setting(
        "TikTok__ApiBaseUrl",
        "https://business-api.tiktok.com",
        "with or without `/open_api/v1.3`; `https://sandbox-ads.tiktok.com` is the sandbox; real mode needs it",
    )
    business_authorize_url: str = setting(
        "TikTok__AuthorizeUrl",
        "https://www.tiktok.com/v2/auth/authorize",
        "the consent page of TikTok accounts for the Business API's app, as its portal shows it",
    )
    business_account_scopes: CommaList = setting(
        "TikTok__AccountScopes",
        _ACCOUNT_SCOPES,
        "asked for when a business account is connected; each must be granted to the app in TikTok's portal",
    )
    business_tier: Literal["basic", "advanced", "premium", "ultimate"] = setting(
        "TikTok__Tier", "basic", "of the app's limits: `basic`, `advanced`, `premium`, `ultimate`"
    )
    allow_audiences: bool = setting(
        "TikTok__AllowAudiences", False, "custom audiences are personal data of readers: off until somebody decides"
    )
    ads_max_raise_percent: Annotated[Decimal, Field(ge=0, le=1_000_000)] = setting(
        "ADS_MAX_RAISE_PERCENT", Decimal(200), "by how much one change may raise a budget; 0 is off"
    )
    ads_max_daily_budget: Annotated[Decimal, Field(ge=0)] = setting(
        "ADS_MAX_DAILY_BUDGET", Decimal(0), "highest daily budget, in the account's currency; 0 is off"
    )
    ads_max_total_budget: Annotated[Decimal, Field(ge=0)] = setting(
        "ADS_MAX_TOTAL_BUDGET", Decimal(0), "highest lifetime budget, in the account's currency; 0 is off"
    )
    ads_max_transfer: Annotated[Decimal, Field(ge=0)] = setting(
        "ADS_MAX_TRANSFER", Decimal(0), "highest transfer of money, in the account's currency; 0 is off"
    )
    smtp_host: str = setting("NEWSREEL_SMTP_HOST", "", "the mail server for notifications; empty: none by e-mail")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = setting("NEWSREEL_SMTP_PORT", 587, "of the mail server")
    smtp_user: str = setting("NEWSREEL_SMTP_USER", "", "for its login; empty: none")
    smtp_password: SecretStr = setting("NEWSREEL_SMTP_PASSWORD", SecretStr(""), "for its login")
    smtp_tls: Literal["starttls", "tls", "none"] = setting(
        "NEWSREEL_SMTP_TLS",
        "starttls",
        "`starttls`, `tls` (port 465 as a rule), or `none`, which takes no password",
    )
    smtp_from: str = setting("NEWSREEL_SMTP_FROM", "", "the sender, like `Newsreel <desk@news.example>`")
    telegram_api_url: str = setting(
        "NEWSREEL_TELEGRAM_API_URL", "https://api.telegram.org", "Telegram's bot API, or a server of your own for it"
    )
    metrics_public: bool = setting("NEWSREEL_METRICS_PUBLIC", False, "`/metrics` without login, for a scraper")
    otlp_endpoint: str = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "an OTLP/HTTP collector for traces, like `http://127.0.0.1:4318`"
    )
    otlp_headers: SecretStr = setting(
        "OTEL_EXPORTER_OTLP_HEADERS", SecretStr(""), "what the collector wants to see, like `api-key=…`"
    )
    log_format: Literal["auto", "json", "console"] = setting(
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
