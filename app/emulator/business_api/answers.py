"""The envelope, and what of a call is kept for the log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Raw
from app.emulator.business_api.reading import Given
from app.emulator.world.wire import Answer

_SECRETS = frozenset(
    {"secret", "client_secret", "access_token", "refresh_token", "auth_code", "original_post_auth_code", "code"}
)
_MOST_LOGGED = 4_000


@dataclass
class Outcome:
    """What a call came to."""

    code: int
    message: str
    data: Any
    raw: Raw | None = None


def new_request_id(book: Book) -> str:
    moment = datetime.fromtimestamp(book.now(), UTC).strftime("%Y%m%d%H%M%S")
    return f"{moment}{book.next_number('requests'):018X}"


def pack(outcome: Outcome, request_id: str) -> Answer:
    if outcome.raw is not None:
        body, media_type = outcome.raw.content, outcome.raw.media_type
    else:
        shape = {"code": outcome.code, "message": outcome.message, "request_id": request_id, "data": outcome.data}
        body, media_type = msgspec.json.encode(shape), "application/json; charset=utf-8"
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-tt-logid", request_id.encode()),
    ]
    return Answer(200, headers, body)


def log(
    book: Book,
    *,
    method: str,
    endpoint: str,
    advertiser_id: str,
    caller: str,
    outcome: Outcome,
    request_id: str,
    fault: str,
    given: Given | None,
    ignored: list[str],
) -> None:
    """Keep a call, without its secrets; and count it."""
    shown = {} if given is None else {**_hide(given.values), **{name: _size(given, name) for name in given.files}}
    book.store.write(
        "INSERT INTO calls (at, method, endpoint, advertiser_id, caller, http_status, code, message, request_id, fault,"
        " request, ignored) VALUES (?, ?, ?, ?, ?, 200, ?, ?, ?, ?, ?, ?)",
        (
            book.now(), method, endpoint, advertiser_id, caller[:100], outcome.code, outcome.message[:500], request_id,
            fault, msgspec.json.encode(shown).decode()[:_MOST_LOGGED], ", ".join(ignored)[:_MOST_LOGGED],
        ),
    )  # fmt: skip
    book.store.write(
        "INSERT INTO counts (endpoint, code, times) VALUES (?, ?, 1)"
        " ON CONFLICT (endpoint, code) DO UPDATE SET times = times + 1",
        (endpoint, outcome.code),
    )
    newest = book.store.rows("SELECT MAX(id) FROM calls")[0][0]
    if newest % 100 == 0:
        book.store.write("DELETE FROM calls WHERE id <= ?", (newest - book.settings.calls_kept,))


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in _SECRETS else _hide(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner) for inner in value[:100]]
    return value


def _size(given: Given, name: str) -> str:
    return f"{len(given.files[name].content)} bytes"
