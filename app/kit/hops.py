"""A way to another site's consent page and back: bound to one browser, good once, and soon over."""

import hmac
from datetime import datetime
from typing import Protocol

from app.kit.ids import new_token

LONGEST_STATE = 256
_BINDING_LENGTH = 43


class Hop(Protocol):
    """What a row keeps of it. Hashes only: whoever reads the database can finish nobody's way."""

    binding_hash: str
    expires_at: datetime
    used_at: datetime | None


def keep_binding(kept: str | None) -> str:
    """Give the browser's binding; one that it has already stays, so that two tabs do not undo each other."""
    return kept if kept is not None and _is_binding(kept) else new_token()


def find_fault(hop: Hop | None, binding_hash: str, now: datetime) -> str | None:
    """Tell why a way may not be finished; None where it may. The caller spends it then, by a conditional write."""
    if hop is None:
        return "state_unknown"
    if hop.expires_at <= now:  # First of all, because the cookie ends with it.
        return "state_expired"
    if not hmac.compare_digest(binding_hash.encode(), hop.binding_hash.encode()):
        return "state_foreign"
    return "state_used" if hop.used_at is not None else None


def _is_binding(text: str) -> bool:
    return len(text) == _BINDING_LENGTH and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
