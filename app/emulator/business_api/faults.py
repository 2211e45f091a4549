"""Faults on order at the Business API: what goes wrong with a call, before or after its effect.

POST /_emulator/business/next-errors takes one of these, or a list of them:

    {"endpoint": "campaign/create/", "phase": "before"|"after", "times": 1, "advertiser_id": null, ...exactly one of...}

    "code": 50000                  TikTok's refusal in the envelope (optional "message", "http_status", default 200)
    "raw": "<html>..."             any body (optional "http_status", default 502; "content_type", default text/html)
    "redirect": "https://..."      302
    "cut": true                    the connection is closed without an answer
    "hang": 5.0                    the effect, seconds of silence, then the true answer
    "truncate": 20                 the true answer's first bytes, then the connection is closed
    "drip": 0.4                    the true answer, one byte per that many seconds
    "gzip_bomb": 300               a gzip answer of that many megabytes once unpacked

`phase`: `before` = the call has no effect, `after` = it has, and only its answer suffers. hang, truncate and drip need
the true answer and are always `after`.
`endpoint` is an endpoint's name as in its path, with the slash at the end, or `*` for any.
"""

import asyncio
from typing import Annotated, Literal

import msgspec
from litestar.types import Receive, Send

from app.emulator.business_api.book import Book
from app.emulator.world.wire import Answer, cut, make_bomb, send_beginning, send_dripping, send_whole

_ACTIONS = ("code", "raw", "redirect", "cut", "hang", "truncate", "drip", "gzip_bomb")
Positive = Annotated[float, msgspec.Meta(ge=0, le=3_600)]


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    endpoint: Annotated[str, msgspec.Meta(max_length=100)]
    phase: Literal["before", "after"] = "before"
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    advertiser_id: str | None = None
    code: Annotated[int, msgspec.Meta(ge=1, le=999_999)] | None = None
    message: str = "An error was ordered."
    http_status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    raw: str | None = None
    content_type: Annotated[str, msgspec.Meta(pattern=r"^[\x20-\x7e]+$")] = "text/html; charset=utf-8"
    redirect: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]+$")] | None = None
    cut: bool = False
    hang: Positive | None = None
    truncate: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    drip: Positive | None = None
    gzip_bomb: Annotated[int, msgspec.Meta(ge=1, le=4_096)] | None = None

    def __post_init__(self) -> None:
        if len(self._actions()) != 1:
            raise ValueError(f"exactly one of {', '.join(_ACTIONS)}")
        if self.action in {"hang", "truncate", "drip"}:
            self.phase = "after"

    def _actions(self) -> list[str]:
        return [name for name in _ACTIONS if getattr(self, name) is not None and getattr(self, name) is not False]

    @property
    def action(self) -> str:
        return self._actions()[0]

    @property
    def label(self) -> str:
        return f"{self.phase}:{self.action}"


def waiting(book: Book) -> list[Fault]:
    return msgspec.convert(book.store.recall("faults", []), list[Fault])


def order(book: Book, faults: list[Fault]) -> int:
    every = [*waiting(book), *faults]
    book.store.remember("faults", msgspec.to_builtins(every))
    return len(every)


def drop(book: Book) -> None:
    book.store.remember("faults", [])


def take(book: Book, endpoint: str, advertiser_id: str) -> Fault | None:
    """Give the fault that is due for this call, and count it."""
    stored = book.store.recall("faults", [])
    if not stored:
        return None
    every = msgspec.convert(stored, list[Fault])
    for fault in every:
        if fault.endpoint in {"*", endpoint} and fault.advertiser_id in {None, advertiser_id}:
            fault.times -= 1
            left = [one for one in every if one.times > 0]
            book.store.remember("faults", [msgspec.to_builtins(one) for one in left])
            return fault
    return None


async def spoil(fault: Fault, answer: Answer, receive: Receive, send: Send) -> None:
    """Answer as the fault wants it; `answer` is the true one, or that of the ordered code."""
    match fault.action:
        case "cut":
            await cut(send, receive, "Server disconnected without sending a response.")
        case "truncate":
            await send_beginning(answer, fault.truncate or 0, receive, send)
        case "drip":
            await send_dripping(answer, fault.drip or 0, send)
        case "redirect":
            await send_whole(Answer(302, [(b"location", (fault.redirect or "").encode())], b""), send)
        case "raw":
            await send_whole(_make_raw(fault), send)
        case "gzip_bomb":
            headers = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]
            bomb = await asyncio.to_thread(make_bomb, fault.gzip_bomb or 1)
            await send_whole(Answer(fault.http_status or 200, headers, bomb), send)
        case _:
            await send_whole(answer, send)


def _make_raw(fault: Fault) -> Answer:
    body = (fault.raw or "").encode()
    headers = [(b"content-type", fault.content_type.encode()), (b"content-length", str(len(body)).encode())]
    return Answer(fault.http_status or 502, headers, body)
