"""Signatures over the raw body, as most CMSes write them into one header."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.articles.adapters.base import SignatureRefused, Verified
from app.articles.adapters.bearer import has_bearer, verify_bearer


def verify_mac_or_bearer(
    headers: Mapping[str, str],
    name: str,
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    hash_: Callable[..., Any],
    write: Callable[[bytes], bytes],
) -> Verified:
    """Check the signature in the header `name`, or a secret that is named outright where nothing is signed."""
    if name in headers or not has_bearer(headers):
        check_mac(headers.get(name, "").strip(), body, secrets, hash_, write)
        return Verified(None, now)
    return verify_bearer(headers, secrets, now)


def check_mac(
    offered: str, body: bytes, secrets: Sequence[str], hash_: Callable[..., Any], write: Callable[[bytes], bytes]
) -> None:
    """Compare a signature with those of the valid secrets, in constant time. Raises SignatureRefused.

    `write` gives a digest the form that it has in the header. Bytes are compared: text that is not ASCII would raise.
    """
    said = offered.encode("utf-8", "surrogatepass")
    expected = [write(hmac.digest(secret.encode(), body, hash_)) for secret in secrets if secret]
    matches = [hmac.compare_digest(one, said) for one in expected]
    if not any(matches):
        raise SignatureRefused
