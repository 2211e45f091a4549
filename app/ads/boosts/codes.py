"""Spark codes at rest: whoever has one may advertise with the post, so they stand sealed in a boost's row."""

from app.ads.models import Boost
from app.kit.crypto import Keyring, Undecryptable
from app.kit.redact import hide
from app.kit.reseal import SealedColumn


def _place(boost_id: str) -> str:
    return f"ads_boosts|{boost_id}|code_encrypted"


SEALED = (SealedColumn(Boost, "code_encrypted", _place),)
"""For a change of the key."""


def seal_code(keyring: Keyring, boost_id: str, code: str) -> str:
    """Encrypt a boost's Spark code, bound to the boost, and keep it out of the logs."""
    hide(code)
    return keyring.encrypt(code, place=_place(boost_id))


def open_code(keyring: Keyring, boost: Boost) -> str | None:
    """Give a boost's Spark code; None where it has none, or none that can be read."""
    if boost.code_encrypted is None:
        return None
    try:
        code = keyring.decrypt(boost.code_encrypted, place=_place(boost.id))
    except Undecryptable:
        return None
    hide(code)
    return code
