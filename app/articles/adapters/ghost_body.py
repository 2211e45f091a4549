"""Reading no more of Ghost's body than is used: every revision of the post comes along with it, up to 50 MB."""

import re
from typing import Any

import msgspec

from app.errors import BadRequest, Invalid
from app.messages import refusals
from app.messages.message import recognise

_NOTHING = msgspec.Raw(b"null")
# JavaScript cuts an excerpt in the middle of an emoji and sends the half that is left. The pattern begins with what is
# rare, so that 50 MB are searched in a moment: a search holds up every other thread.
_LONE_SURROGATE = re.compile(
    rb"\\u(?<!\\\\u)(?:[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u)[dD][c-fC-F][0-9a-fA-F]{2})"
)
_EMPTY = re.compile(rb"\s*(?:\{\s*\}|null)\s*")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Document(msgspec.Struct):
    event: Any = ""
    post: msgspec.Raw = _NOTHING


class _Change(msgspec.Struct):
    current: msgspec.Raw = _NOTHING
    previous: msgspec.Raw = _NOTHING


class _Post(msgspec.Struct, omit_defaults=True):
    """The fields that the adapter reads; all others are passed over without becoming objects."""

    id: Any = msgspec.UNSET
    title: Any = msgspec.UNSET
    url: Any = msgspec.UNSET
    html: Any = msgspec.UNSET
    plaintext: Any = msgspec.UNSET
    excerpt: Any = msgspec.UNSET
    custom_excerpt: Any = msgspec.UNSET
    feature_image: Any = msgspec.UNSET
    feature_image_alt: Any = msgspec.UNSET
    status: Any = msgspec.UNSET
    visibility: Any = msgspec.UNSET
    email_only: Any = msgspec.UNSET
    tags: Any = msgspec.UNSET
    primary_tag: Any = msgspec.UNSET
    updated_at: Any = msgspec.UNSET
    published_at: Any = msgspec.UNSET


class Change(msgspec.Struct, frozen=True):
    """What an event says of a post: as it is now, and those of the fields that were otherwise before."""

    event: str
    current: dict[str, Any]
    previous: dict[str, Any]
    has_previous: bool


def read_change(body: bytes) -> Change:
    """Read a delivery. Raises BadRequest, or Invalid where there is no post in it."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return _read(body)
    except msgspec.ValidationError as error:
        raise _refusal(error) from None
    except msgspec.DecodeError as error:
        mended = _LONE_SURROGATE.sub(b"", body)
        if mended == body:
            raise _refusal(error) from None
        return read_change(mended)
    except UnicodeDecodeError:
        raise BadRequest(refusals.NOT_UTF8) from None
    except RecursionError:
        raise BadRequest(refusals.TOO_DEEP) from None


def _read(body: bytes) -> Change:
    document = msgspec.json.decode(body, type=_Document)
    event = document.event if isinstance(document.event, str) else ""
    try:
        change = msgspec.json.decode(document.post, type=_Change)
    except msgspec.ValidationError:
        change = _Change()
        # A page's or a member's event has no post.
        if not event or event.startswith("post."):
            raise Invalid(refusals.POST_REQUIRED) from None
    return Change(
        event=event[:64],
        current=_fields(change.current),
        previous=_fields(change.previous),
        has_previous=not _EMPTY.fullmatch(memoryview(change.previous)),
    )


def _fields(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        post = msgspec.json.decode(raw, type=_Post)
    except msgspec.ValidationError as error:
        if _is_other_type(error):
            return {}
        raise
    values = {name: getattr(post, name) for name in _Post.__struct_fields__}
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _is_other_type(error: msgspec.ValidationError) -> bool:
    return str(error).startswith("Expected `object`")


def _refusal(error: msgspec.DecodeError) -> BadRequest:
    if isinstance(error, msgspec.ValidationError) and _is_other_type(error):
        return BadRequest(refusals.NO_OBJECT)
    return BadRequest(refusals.not_json(cause=recognise(str(error))))
