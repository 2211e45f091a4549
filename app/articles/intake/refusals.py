"""What sources were refused: counted, kept per reason, and shown where somebody looks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.articles.models import SourceRefusal
from app.articles.senders import OpenedSource
from app.errors import AppError
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.messages.message import pack
from app.resources import Resources

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 1.0
_LONGEST_DETAIL = 300


@dataclass(slots=True)
class _Waiting:
    """Refusals of one source for one reason that are not stored yet."""

    detail: str
    message: dict[str, Any] | None
    count: int
    last_at: datetime


class _RefusalBook:
    """Stores refusals in the background: who tries signatures must neither wait for a write, nor cause one for each."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self.writer: asyncio.Task[None] | None = None

    def note(self, resources: Resources, source_id: str, error: AppError) -> None:
        key, now, detail = (source_id, error.code), utcnow(), str(error.message)[:_LONGEST_DETAIL]
        known = self._waiting.get(key)
        self._waiting[key] = _Waiting(detail, pack(error.message), known.count + 1 if known else 1, now)
        if self.writer is None or self.writer.done():
            self.writer = asyncio.create_task(self._write(resources))

    async def _write(self, resources: Resources) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            try:
                async with resources.transaction() as session:
                    for (source_id, code), one in sorted(waiting.items(), key=lambda item: item[0]):
                        await _add(session, source_id, code, one)
            except Exception as error:  # noqa: BLE001 - nobody waits for this
                # It stands in the log and in the metrics all the same.
                log.warning("refusals_not_stored", error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)


def note_refusal(resources: Resources, source: OpenedSource | None, slug: str, error: AppError) -> None:
    """Count a refused delivery, and keep its reason where the source is known. Never waits, never raises."""
    meters.deliveries.count(source.kind if source else "unknown", error.code)
    log.warning("delivery_refused", source=slug, code=error.code, detail=str(error.message)[:_LONGEST_DETAIL])
    if source is not None:
        resources.parts.of(_RefusalBook).note(resources, source.id, error)


async def settle_refusals(resources: Resources) -> None:
    """Let what is counted be stored before the process ends."""
    book = resources.parts.of(_RefusalBook)
    if book.writer is not None and not book.writer.done():
        await asyncio.wait({book.writer}, timeout=2 * _EVERY_SECONDS)


async def list_refusals(
    session: AsyncSession, since: datetime, source_ids: Sequence[str] | None = None
) -> Sequence[SourceRefusal]:
    """List what sources, or these alone, were refused since then, the latest first."""
    query = select(SourceRefusal).where(col(SourceRefusal.last_at) >= since)
    if source_ids is not None:
        query = query.where(col(SourceRefusal.source_id).in_(source_ids))
    return (await session.exec(query.order_by(col(SourceRefusal.last_at).desc()))).all()


async def _add(session: AsyncSession, source_id: str, code: str, one: _Waiting) -> None:
    table = SourceRefusal.__table__  # type: ignore[attr-defined]
    insert = insert_into(session.get_bind().dialect.name, table).values(
        source_id=source_id, code=code, detail=one.detail, message=one.message, count=one.count, last_at=one.last_at
    )
    change = {"detail": one.detail, "message": one.message, "count": table.c.count + one.count, "last_at": one.last_at}
    await session.exec(insert.on_conflict_do_update(index_elements=["source_id", "code"], set_=change))
