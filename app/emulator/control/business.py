"""The control of the emulated Business API: its settings, clock, faults, limits and log."""

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, RawBody

from app.emulator.business_api import desk, faults, limits, money
from app.emulator.business_api.book import Book
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.report_tasks import fetch_download
from app.emulator.business_api.subscriptions import tell_reviews
from app.emulator.business_api.times import stamp
from app.emulator.control.control import decode
from app.emulator.world.world import World

_COLUMNS = (
    "id", "at", "method", "endpoint", "advertiser_id", "caller", "code", "message", "request_id", "fault", "request",
    "ignored",
)  # fmt: skip
Duration = Annotated[float, msgspec.Meta(ge=0, le=1e10)]


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    advance_seconds: Duration = 0.0
    advance_hours: Duration = 0.0
    # True: time stands still until it is moved. False: it runs on from where it is.
    freeze: bool | None = None


class Pause(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Duration = 300.0


@get("/settings")
async def show_settings(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return asdict(book.settings)


@post("/settings", status_code=200)
async def change_settings(body: RawBody, book: NamedDependency[Book]) -> dict[str, Any]:
    changes = decode(body, dict[str, Any])
    with book.turn():
        try:
            book.change_settings(changes)
        except ValueError as error:
            raise ClientException(str(error)) from error
        return asdict(book.settings)


@post("/reset", status_code=200)
async def reset(book: NamedDependency[Book]) -> dict[str, bool]:
    with book.turn():
        desk.reset(book)
    return {"ok": True}


@get("/clock")
async def show_clock(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return _show_clock(book)


@post("/clock", status_code=200)
async def move_clock(body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]) -> dict[str, Any]:
    asked = decode(body, ClockMove)
    with book.turn():
        try:
            book.move_clock(asked.advance_seconds + asked.advance_hours * 3_600, freeze=asked.freeze)
        except ValueError as error:
            raise ClientException(str(error)) from error
        notices = tell_reviews(book)
        shown = _show_clock(book)
    send_notices(book, world, notices)
    return shown


def _show_clock(book: Book) -> dict[str, Any]:
    frozen = book.store.recall("clock", {}).get("frozen_at") is not None
    return {"now": stamp(book.now()), "frozen": frozen}


@get("/next-errors")
async def list_next_errors(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return {"items": [msgspec.to_builtins(fault) for fault in faults.waiting(book)]}


@post("/next-errors", status_code=200)
async def order_next_errors(body: RawBody, book: NamedDependency[Book]) -> dict[str, int]:
    wanted = decode(body, faults.Fault | list[faults.Fault])
    with book.turn():
        return {"waiting": faults.order(book, wanted if isinstance(wanted, list) else [wanted])}


@delete("/next-errors", status_code=200)
async def drop_next_errors(book: NamedDependency[Book]) -> dict[str, int]:
    with book.turn():
        faults.drop(book)
    return {"waiting": 0}


@get("/limits")
async def show_limits(book: NamedDependency[Book]) -> dict[str, object]:
    with book.turn():
        return limits.show(book)


@post("/limits/pause", status_code=200)
async def pause(body: RawBody, book: NamedDependency[Book]) -> dict[str, object]:
    asked = decode(body, Pause)
    with book.turn():
        limits.pause(book, asked.seconds)
        return limits.show(book)


@get("/money")
async def count_money(book: NamedDependency[Book]) -> dict[str, int]:
    """Count all money in hundredths: `in` is the sum of the others at any time."""
    with book.turn():
        return money.count_all(book)


@get("/log")
async def show_log(
    book: NamedDependency[Book], endpoint: FromQuery[str | None] = None, limit: FromQuery[int] = 1_000
) -> dict[str, Any]:
    """List the newest calls, oldest of them first."""
    with book.turn():
        rows = book.store.rows(
            f"SELECT {', '.join(_COLUMNS)} FROM calls WHERE ? IS NULL OR endpoint = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (endpoint, endpoint, min(max(limit, 0), 100_000)),
        )
        return {"items": [_show_call(dict(zip(_COLUMNS, row, strict=True))) for row in reversed(rows)]}


def _show_call(call: dict[str, Any]) -> dict[str, Any]:
    ignored = call["ignored"].split(", ") if call["ignored"] else []
    return {**call, "at": stamp(call["at"]), "ignored": ignored}


@get("/counts")
async def count_calls(book: NamedDependency[Book]) -> dict[str, Any]:
    """Count the calls by endpoint and code, for ever."""
    with book.turn():
        counts: dict[str, dict[str, int]] = {}
        for endpoint, code, times in book.store.rows("SELECT endpoint, code, times FROM counts"):
            counts.setdefault(endpoint, {})[str(code)] = times
        refused = sum(codes.get("40100", 0) for codes in counts.values())
        return {"calls": counts, "too_frequent": refused}


@get("/downloads/{key:str}")
async def download(key: FromPath[str], book: NamedDependency[Book]) -> Response[bytes]:
    """Give out a report's file, as TikTok's file servers do."""
    with book.turn():
        found = fetch_download(book, key)
    if found is None:
        raise NotFoundException("no such file, or no longer")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(found.content, media_type=found.media_type, headers=headers)


handlers: list[Any] = [
    download,
    show_settings,
    change_settings,
    reset,
    show_clock,
    move_clock,
    list_next_errors,
    order_next_errors,
    drop_next_errors,
    show_limits,
    pause,
    count_money,
    show_log,
    count_calls,
]
