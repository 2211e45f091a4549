"""One call as it is meant: endpoint, class, and what stands in it; and how that is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Protocol
from urllib.parse import urlencode

import httpx

from app.kit import exact_json


class CallClass(StrEnum):
    """What may be done after a call whose answer was lost.

    `read`: ask again. `repeatable`: write again, because the same call twice is the same state. `once`: nothing but to
    look what became of it.
    """

    read = "read"
    repeatable = "repeatable"
    once = "once"


class Sink(Protocol):
    """Where a file goes that is too large to be held. Each try begins it anew."""

    async def begin(self) -> None:
        """Forget what came so far."""

    async def take(self, chunk: bytes) -> None:
        """Keep the next bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart body: bytes, or an open file, which is read from its beginning at each try."""

    part: str
    name: str
    content: bytes | IO[bytes] = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `needs_token` is false where app id and secret stand in it instead [business-api.md 1].

    `is_form`: the body leaves as multipart although no file is in it, as uploads by address do.
    """

    method: str
    endpoint: str
    kind: CallClass
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    upload: Upload | None = None
    is_form: bool = False
    needs_token: bool = True
    deadline: float | None = None

    @property
    def is_write(self) -> bool:
        return self.kind is not CallClass.read


def get(endpoint: str, **query: Any) -> Call:
    """A read."""
    return Call("GET", endpoint, CallClass.read, query=query)


def post(endpoint: str, kind: CallClass, body: Mapping[str, Any], **options: Any) -> Call:
    """A write."""
    return Call("POST", endpoint, kind, body=body, **options)


def build_request(base: str, call: Call, access_token: str) -> httpx.Request:
    """Write a call as TikTok wants it. Raises `ValueError` where it cannot be written."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "newsreel"}
    if call.needs_token:
        if not is_sendable(access_token):
            raise ValueError("the access token holds characters that no header takes")
        headers["Access-Token"] = access_token
    query = urlencode(write_query(call.query))
    url = f"{base}{call.endpoint}?{query}" if query else base + call.endpoint
    if call.body is None:
        return httpx.Request(call.method, url, headers=headers)
    if call.upload is not None or call.is_form:
        return httpx.Request(call.method, url, headers=headers, files=_parts(call))
    headers["Content-Type"] = "application/json"
    return httpx.Request(call.method, url, headers=headers, content=exact_json.write(dict(call.body)))


def _parts(call: Call) -> list[tuple[str, Any]]:
    """The parts of a multipart body: fields have no file name."""
    parts: list[tuple[str, Any]] = [
        (name, (None, value.encode())) for name, value in write_query(call.body or {}).items()
    ]
    if given := call.upload:
        if not isinstance(given.content, bytes):
            given.content.seek(0)
        parts.append((given.part, (given.name, given.content, given.content_type)))
    return parts


def write_query(values: Mapping[str, Any]) -> dict[str, str]:
    """Write scalars as they are, lists and objects as JSON text, and leave out what was not given."""
    return {name: _as_text(value) for name, value in values.items() if value is not None}


def is_sendable(token: str) -> bool:
    """Tell whether a token can stand in a header at all."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return exact_json.write(value).decode("utf-8")
