"""Signatures over the raw body, as most CMSes write them into one header."""

import hmac
from collections.abc import Callable, Sequence
from typing import Any

from app.articles.adapters.base import SignatureRefused


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
