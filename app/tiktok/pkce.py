"""PKCE in TikTok's two dialects: RFC 7636 says base64url, TikTok's desktop apps want hex, its web apps want none."""

import base64
import hashlib
import secrets
from typing import Literal
from urllib.parse import urlsplit

PkceMode = Literal["base64url", "hex", "off"]

_DESKTOP_HOSTS = {"localhost", "127.0.0.1"}


def resolve_pkce_mode(setting: str, redirect_uri: str) -> PkceMode:
    """Settle `auto`: only apps of the desktop kind may register a loopback address, and those want hex."""
    match setting:
        case "base64url" | "hex" | "off":
            return setting
        case "auto":
            return "hex" if _host(redirect_uri) in _DESKTOP_HOSTS else "base64url"
        case _:
            raise ValueError("the PKCE mode must be auto, base64url, hex or off")


def make_code_verifier() -> str:
    """Make an unguessable verifier of 64 characters; the rule is 43 to 128."""
    return secrets.token_urlsafe(48)


def make_code_challenge(code_verifier: str, mode: PkceMode) -> str | None:
    """Hash a verifier the way that `mode` writes it; `None` where PKCE is off."""
    digest = hashlib.sha256(code_verifier.encode("ascii"))
    match mode:
        case "hex":
            return digest.hexdigest()
        case "base64url":
            return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")
        case "off":
            return None


def _host(redirect_uri: str) -> str | None:
    try:
        return urlsplit(redirect_uri).hostname
    except ValueError:
        return None
