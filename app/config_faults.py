"""What is wrong with settings that only make sense together."""

import re
from collections.abc import Iterator
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.kit.loopback import is_loopback


class MailSettings(Protocol):
    """Those of how notifications leave."""

    smtp_host: str
    smtp_from: str
    smtp_tls: Literal["starttls", "tls", "none"]
    smtp_password: SecretStr


class BusinessSettings(Protocol):
    """Those of where calls of the Business API go."""

    business_api_base_url: str
    business_api_version: str
    business_is_real: bool
    business_access_token: SecretStr


def mail_faults(settings: MailSettings) -> Iterator[str]:
    """Name every setting that keeps notifications from leaving, or would give a password away."""
    if settings.smtp_host and not re.fullmatch(r"[^@\r\n]*[^@\s<>]+@[^@\s<>]+>?", settings.smtp_from.strip()):
        yield "NEWSREEL_SMTP_FROM must be the sender's address, like Newsreel <desk@news.example>"
    is_open = settings.smtp_tls == "none" and not is_loopback(settings.smtp_host)
    if is_open and settings.smtp_password.get_secret_value():
        yield "NEWSREEL_SMTP_TLS=none would send NEWSREEL_SMTP_PASSWORD for everybody to read: use starttls or tls"


def business_faults(settings: BusinessSettings) -> Iterator[str]:
    """Name every setting that keeps calls of the Business API from going where they should."""
    url, version = settings.business_api_base_url.strip(), settings.business_api_version
    if not re.fullmatch(r"v[0-9]{1,2}\.[0-9]{1,2}", version):
        yield "TikTok__ApiVersion must be a version like v1.3"
    elif url and not _is_business_address(url, version):
        yield (
            "TikTok__ApiBaseUrl must be an address like https://business-api.tiktok.com, with or without "
            f"/open_api/{version}; plain http is for loopback addresses only"
        )
    if not settings.business_is_real:
        return
    real = "TikTok__EnableRealApi=true"
    if not settings.business_access_token.get_secret_value().strip():
        yield f"TikTok__AccessToken is missing: {real} needs an access token"
    if not url:
        yield f"TikTok__ApiBaseUrl is empty: {real} needs an address; leave the setting out for TikTok's own"


def _is_business_address(url: str, version: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_known_path = parts.path.rstrip("/") in {"", "/open_api", f"/open_api/{version}"}
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return bool(host) and is_known_path and is_plain and is_safe
