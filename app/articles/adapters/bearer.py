"""Senders that sign nothing: the source's secret in a header, or in the address where there is no header to set."""

import hmac
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs

from app.articles.adapters.base import PATH, SignatureRefused, Verified

_BEARER = "bearer "
_PARAMETER = "token"
_LONGEST = 1000


def make_token() -> str:
    """Make a secret that stands in a header or in an address as it is."""
    return randomness.token_urlsafe(32)


def has_bearer(headers: Mapping[str, str]) -> bool:
    """Tell whether the request names a secret at all, before anybody reads its body."""
    return bool(_offered(headers))


def verify_bearer(headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Verified:
    """Check `Authorization: Bearer …`, or `?token=…` behind the address. Raises SignatureRefused.

    There is no time and no signature in such a request: what it says can be repeated for ever by whoever has seen it.
    """
    offered = [value.encode("utf-8", "surrogatepass") for value in _offered(headers)]
    expected = [secret.encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(one, other) for one in expected for other in offered]
    if not any(matches):
        raise SignatureRefused
    return Verified(None, now, is_signed=False)


def _offered(headers: Mapping[str, str]) -> list[str]:
    written = headers.get("authorization", "")
    bearer = written[len(_BEARER) :].strip() if written[: len(_BEARER)].lower() == _BEARER else ""
    _, _, query = headers.get(PATH, "").partition("?")
    try:
        in_address = parse_qs(query, max_num_fields=50).get(_PARAMETER, [])[:2]
    except ValueError:
        in_address = []
    return [value for value in (bearer, *in_address) if value and len(value) <= _LONGEST]
