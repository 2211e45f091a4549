"""Signatures by Standard Webhooks 1.0.0: with a shared secret, or with a key of the sender's own."""

import base64
import hashlib
import hmac
import re
import secrets as randomness
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.articles.adapters.base import SignatureRefused, SourceOptions, Verified, check_freshness

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_KEY_PREFIX = "whpk_"
_BY_KEY = "v1a,"
_MOST_BY_KEY = 10
"""As many signatures are looked at: each costs a tenth of a millisecond, and anybody can send a header."""
_LISTED = re.compile(r"(?:^| )v1a?,")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def make_secret() -> str:
    """Make a secret as Standard Webhooks writes them."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def sign_delivery(secret: str, delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Sign a delivery as a CMS does, and give the headers that go with it."""
    signed = f"{delivery_id}.{timestamp}.".encode()
    return {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, signed, body).decode()}",
    }


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, options: SourceOptions
) -> Verified:
    """Check the signature on the raw bytes; one match of the listed signatures with a secret, or the key, is enough.

    Base64 is compared as text: its last letter has spare bits, so other letters decode to the same bytes.
    """
    delivery_id, timestamp, signatures = _signature_fields(headers)
    offered = [
        item.removeprefix("v1,").encode("latin-1", "replace")
        for item in signatures.split(" ")
        if item.startswith("v1,")
    ]
    signed = f"{delivery_id}.{timestamp}.".encode("latin-1", "replace")
    matches = [
        hmac.compare_digest(expected, signature)
        for expected in [_signature(secret, signed, body) for secret in secrets]
        for signature in offered
    ]
    is_right = any(matches) or _is_signed_by_key(getattr(options, "public_key", ""), signatures, signed, body)
    if not is_right or not delivery_id or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefused
    check_freshness(int(timestamp), now)
    return Verified(_bounded_id(delivery_id), datetime.fromtimestamp(int(timestamp), UTC))


def is_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""
    delivery_id, timestamp, signatures = _signature_fields(headers)
    return bool(delivery_id and _TIMESTAMP.fullmatch(timestamp) and _LISTED.search(signatures))


def _signature_fields(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Give id, time and signatures. Svix, from which the standard came, and its libraries name them by themselves."""
    prefix = "webhook" if "webhook-id" in headers else "svix"
    return (
        headers.get(f"{prefix}-id", ""),
        headers.get(f"{prefix}-timestamp", ""),
        headers.get(f"{prefix}-signature", ""),
    )


def _signature(secret: str, signed: bytes, body: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if not key:
        raise SignatureRefused
    mac = hmac.new(key, signed, hashlib.sha256)
    mac.update(body)
    return base64.b64encode(mac.digest())


def _is_signed_by_key(public_key: str, signatures: str, signed: bytes, body: bytes) -> bool:
    """Check the listed signatures by Ed25519."""
    key = key_of(public_key) if public_key else None
    offered = [item.removeprefix(_BY_KEY) for item in signatures.split(" ") if item.startswith(_BY_KEY)]
    return key is not None and any(_verifies(key, item, signed + body) for item in offered[:_MOST_BY_KEY])


def _verifies(key: "Ed25519PublicKey", offered: str, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        signature = base64.b64decode(offered.encode("ascii"), validate=True)
        key.verify(signature, signed)
    except (NotBase64, ValueError, InvalidSignature):
        return False
    return base64.b64encode(signature).decode() == offered


def key_of(written: str) -> "Ed25519PublicKey | None":
    """Read a public key as Standard Webhooks writes it; None for what is none."""
    # Loaded by whoever has such a key, and by nobody else.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(written.removeprefix(_KEY_PREFIX).encode("ascii"), validate=True)
        return Ed25519PublicKey.from_public_bytes(raw) if written.startswith(_KEY_PREFIX) else None
    except (NotBase64, ValueError):
        return None


def _bounded_id(delivery_id: str) -> str:
    fits = len(delivery_id) <= 255 and delivery_id.isascii() and delivery_id.isprintable()
    return delivery_id if fits else hashlib.sha256(delivery_id.encode("latin-1", "replace")).hexdigest()
