"""Codes by which a post's owner lends it to an advertiser, as TikTok's app makes them: they tell all by themselves.

So the emulated Business API takes up a post that was made in another process, at the Content Posting API.
"""

import base64
import binascii
import hmac
from hashlib import sha256

import msgspec

_KEY = b"newsreel emulator: spark codes"  # it keeps slips of the hand out, nobody else
_SIGNS = 8


class LentPost(msgspec.Struct, array_like=True):
    """A post and its account, and for how many days it is lent, from a moment on (seconds since 1970)."""

    item_id: str
    username: str
    media_type: str
    starts: int
    days: int
    caption: str = ""


def write_spark_code(lent: LentPost) -> str:
    text = base64.urlsafe_b64encode(msgspec.json.encode(lent)).decode().rstrip("=")
    return f"#{_sign(text)}{text}"


def read_spark_code(code: str) -> LentPost | None:
    """Read a code; None where it is none of these."""
    sign, text = code[1 : 1 + _SIGNS], code[1 + _SIGNS :]
    if not code.startswith("#") or not code.isascii() or not hmac.compare_digest(sign, _sign(text)):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=LentPost)
    except (binascii.Error, msgspec.MsgspecError):
        return None


def _sign(text: str) -> str:
    return hmac.new(_KEY, text.encode(), sha256).hexdigest()[:_SIGNS]
