"""The record of the gateway's calls: one row each, written before a write leaves and completed by its answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.models import InternalCall
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.kit.paging import Page, paginate
from app.kit.redact import redact, redact_value
from app.resources import Resources

log = structlog.get_logger(__name__)

_T = InternalCall.__table__  # type: ignore[attr-defined]
_LONGEST_TEXT = 500
_MOST_ITEMS = 100
_TOGETHER_SECONDS = 0.05


@dataclass(slots=True)
class Entry:
    """What is known of a call while it runs."""

    caller: str
    mode: str
    operation: str = "?"
    correlation_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    center_id: str | None = None
    key: str | None = None
    confirmed: str | None = None
    id: str = field(default_factory=new_id)
    at: datetime = field(default_factory=utcnow)
    is_open: bool = False


class _Recorder:
    """Writes rows behind the answers: many at once share a commit, and a call waits for none."""

    def __init__(self) -> None:
        self._pending: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_known = False

    def add(self, app: Resources, row: dict[str, Any]) -> None:
        if not self._is_known:
            self._is_known = True
            app.at_end.append(self.flush)
        self._pending.append(row)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(app))

    async def flush(self) -> None:
        """Return when all that was added is written."""
        if self._writing is not None:
            await self._writing

    async def _write(self, app: Resources) -> None:
        while self._pending:
            # One commit for all that come meanwhile costs each of them a fraction of its own.
            await asyncio.sleep(_TOGETHER_SECONDS)
            rows, self._pending = self._pending, []
            try:
                await app.db.run_single(partial(_insert, rows))
            except Exception as error:  # noqa: BLE001
                # The answers are more than their record; where the database is away the log has it.
                log.error("internal_calls_not_recorded", count=len(rows), error=type(error).__name__)  # noqa: TRY400


def _insert(rows: list[dict[str, Any]], connection: sa.Connection) -> None:
    connection.execute(sa.insert(_T), rows)


async def flush(app: Resources) -> None:
    """Return when this process's calls so far are on record."""
    await app.parts.of(_Recorder).flush()


async def begin(app: Resources, entry: Entry) -> None:
    """Write the row of a write before it leaves."""
    await app.db.run_single(lambda connection: connection.execute(sa.insert(_T), _values(entry)))
    entry.is_open = True


async def complete(app: Resources, entry: Entry, status: int, answer: Mapping[str, Any]) -> None:
    """Write down what became of a call."""
    error = answer["error"] or {}
    told = {
        "http_status": status,
        "success": answer["success"],
        "outcome": error.get("outcome") or "done",
        "error_code": error.get("code"),
        "message": _cut(error["message"]) if error else None,
        "tiktok_code": error.get("tiktokCode"),
        "request_id": answer["requestId"],
        "replayed": answer["replayed"],
        "duration_ms": answer["durationMs"],
    }
    if entry.is_open:
        change = sa.update(_T).where(_T.c.id == entry.id).values(**told)
        await app.db.run_single(lambda connection: connection.execute(change))
    else:
        app.parts.of(_Recorder).add(app, _values(entry) | told)


async def list_calls(
    session: AsyncSession, *, operation: str | None, limit: int, cursor: str | None, outcome: str | None = None
) -> Page[InternalCall]:
    """Give a page of the record, the newest first. `outcome` is done, not_done, partial or unknown."""
    query = select(InternalCall)
    if operation:
        query = query.where(InternalCall.operation == operation)
    if outcome:
        query = query.where(InternalCall.outcome == outcome)
    return await paginate(session, query, InternalCall.id, limit=limit, cursor=cursor)


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete rows that are older."""
    await session.exec(sa.delete(InternalCall).where(_T.c.at < before))


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "caller": entry.caller[:64],
        "operation": entry.operation[:64],
        "payload": _small(redact_value(dict(entry.payload))),
        "business_center_id": entry.center_id,
        "correlation_id": redact(entry.correlation_id)[:128],
        "idempotency_key": entry.key,
        "confirmed": _cut(entry.confirmed)[:255] if entry.confirmed else None,
        "mode": entry.mode,
        "replayed": False,
    }


def _small(value: Any) -> Any:
    """Cut long texts and lists: the record is for people."""
    if isinstance(value, dict):
        return {name: _small(item) for name, item in list(value.items())[:_MOST_ITEMS]}
    if isinstance(value, list):
        rest = [f"… {len(value)} in all"] if len(value) > _MOST_ITEMS else []
        return [_small(item) for item in value[:_MOST_ITEMS]] + rest
    return f"{value[:_LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value


def _cut(text: str) -> str:
    return redact(text)[:1000]
