"""Login tokens (JWT) and the CSRF tokens that belong to them."""

import hashlib
import hmac
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt

from app.kit.clock import utcnow
from app.kit.crypto import derive_key

_ALGORITHM = "HS256"
_LONGEST_TOKEN = 2048
_TICKET_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    admin_id: str
    jti: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose password was right some minutes ago, and which password that was."""

    admin_id: str
    password_print: str

    def fits(self, password_hash: str) -> bool:
        return hmac.compare_digest(self.password_print, hash_token(password_hash))


def issue_ticket(secret_keys: Sequence[str], admin_id: str, password_hash: str) -> str:
    """Sign what stands for a right password until the second factor comes, or the password is changed."""
    claims = {"sub": admin_id, "pwd": hash_token(password_hash), "exp": utcnow() + _TICKET_LIFE}
    return jwt.encode(claims, _key(secret_keys[0], b"second factor"), algorithm=_ALGORITHM)


def read_ticket(secret_keys: Sequence[str], ticket: str) -> Ticket | None:
    """Read a ticket that any key of the ring has signed; `None` where it is not ours, or is over."""
    claims = _decode(secret_keys, ticket, b"second factor", ["exp", "sub", "pwd"])
    return Ticket(claims["sub"], claims["pwd"]) if claims else None


def issue_token(secret_keys: Sequence[str], *, admin_id: str, jti: str, now: datetime, expires_at: datetime) -> str:
    """Sign a login token with the newest key."""
    claims = {"sub": admin_id, "jti": jti, "iat": now, "exp": expires_at}
    return jwt.encode(claims, _key(secret_keys[0], b"jwt"), algorithm=_ALGORITHM)


def read_token(secret_keys: Sequence[str], token: str) -> Claims | None:
    """Read a token that any key of the ring has signed; `None` where it is not ours, or is over."""
    claims = _decode(secret_keys, token, b"jwt", ["exp", "iat", "sub", "jti"])
    return Claims(claims["sub"], claims["jti"]) if claims else None


def _decode(secret_keys: Sequence[str], token: str, purpose: bytes, required: list[str]) -> dict[str, Any] | None:
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    for secret in secret_keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, _key(secret, purpose), algorithms=[_ALGORITHM], options={"require": required}
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError:
            return None
        return claims
    return None


def hash_token(token: str) -> str:
    """Hash a random token for the database: a copy of the table opens nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_csrf_token(secret_keys: Sequence[str], jti: str) -> str:
    """Write the CSRF token of the login that `jti` names: another text each time, so that no length betrays it."""
    token = bytes.fromhex(_sign(secret_keys[0], jti))
    mask = randomness.token_bytes(len(token))
    return (mask + _xor(mask, token)).hex()


def is_csrf_token(secret_keys: Sequence[str], jti: str, given: str) -> bool:
    """Tell in constant time whether a CSRF token belongs to the login that `jti` names."""
    raw = _unmask(given).encode("utf-8", "replace")
    return any(hmac.compare_digest(_sign(secret, jti).encode(), raw) for secret in secret_keys)


def _unmask(given: str) -> str:
    """Read a token; a page that was opened before an upgrade has it bare."""
    try:
        both = bytes.fromhex(given) if len(given) == 4 * hashlib.sha256().digest_size else b""
    except ValueError:
        both = b""
    half = len(both) // 2
    return _xor(both[:half], both[half:]).hex() if both else given


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _sign(secret: str, jti: str) -> str:
    return hmac.new(_key(secret, b"csrf"), jti.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _key(secret: str, purpose: bytes) -> bytes:
    return derive_key(secret, purpose)
