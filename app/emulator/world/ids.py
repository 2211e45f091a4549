"""Identifiers that look like TikTok's."""

import hashlib
import secrets
import string
from datetime import UTC, datetime

_ALPHANUMERIC = string.ascii_letters + string.digits


def new_log_id() -> str:
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S") + secrets.token_hex(9).upper()


def new_code() -> str:
    """Make an authorization code with the `*` and `!` that break a client which decodes twice."""
    return f"{_random(48)}*{secrets.randbelow(10)}!{secrets.randbelow(10_000)}.e1"


def new_access_token() -> str:
    return f"act.{_random(40)}!{secrets.randbelow(10_000)}.e1"


def new_refresh_token() -> str:
    return f"rft.{_random(40)}!{secrets.randbelow(10_000)}.e1"


def new_open_id() -> str:
    return f"-000{_random(32)}"


def new_publish_id(prefix: str, version: str = "v2") -> str:
    return f"{prefix}~{version}.{_nineteen_digits()}"


def new_upload_id() -> str:
    return str(_nineteen_digits())


def new_upload_token() -> str:
    return _random(48)


def new_post_id() -> int:
    """Make a 19-digit id that a float cannot hold, so that a client which rounds is found out."""
    while True:
        post_id = _nineteen_digits()
        if int(float(post_id)) != post_id:
            return post_id


def new_verification_token(*of_what: str) -> str:
    """Make the token of a property, which no other property has."""
    digest = hashlib.sha256("\n".join(of_what).encode()).digest()
    return "".join(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)] for byte in digest)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def _nineteen_digits() -> int:
    return 7_500_000_000_000_000_000 + secrets.randbelow(10**17)
