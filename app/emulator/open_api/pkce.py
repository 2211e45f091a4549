"""Code challenges: hexadecimal for TikTok's desktop apps, base64url for everybody else."""

import base64
import hashlib
import hmac
import re

from app.emulator.open_api.answers import OAuthError
from app.emulator.world.records import AuthorizationCode
from app.emulator.world.world import World

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
# 32 bytes: as lower-case hexadecimal, or as base64url without padding, whose last character has four bits.
_CHALLENGE = re.compile(r"[0-9a-f]{64}|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def is_challenge(text: str) -> bool:
    """Tell whether this can be a SHA-256, in one of the two forms in which challenges are sent."""
    return _CHALLENGE.fullmatch(text) is not None


def check_verifier(world: World, code: AuthorizationCode, verifier: str | None) -> None:
    """Refuse a verifier that does not belong to the challenge of the code."""
    if code.desktop:
        expected = [_hexadecimal(verifier or "")]
    elif code.challenge is None or world.settings.web_pkce == "ignore":
        return
    else:
        expected = [_hexadecimal(verifier or ""), _base64url(verifier or "")]
    well_formed = verifier is not None and _VERIFIER.fullmatch(verifier) is not None
    given = (code.challenge or "").encode()
    if not well_formed or not any(hmac.compare_digest(given, challenge.encode()) for challenge in expected):
        raise OAuthError("invalid_request", "Code verifier or code challenge is invalid.")


def _hexadecimal(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()


def _base64url(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
