"""The log of deliveries, written behind the answers: nobody waits for it, and nothing depends on it."""

import asyncio
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import sqlalchemy as sa
import structlog

from app.articles.adapters.base import Verified
from app.articles.deliveries.headers import headers_of_meaning
from app.articles.deliveries.personal import without_personal
from app.articles.intake.arrivals import Receipt
from app.articles.intake.refusals import settle_refusals
from app.articles.models import SourceDelivery
from app.errors import AppError
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.messages.message import pack
from app.resources import Resources

log = structlog.get_logger(__name__)

LARGEST_KEPT_BYTES = 1024 * 1024
_MOST_WAITING = 2_000
_MOST_WAITING_BYTES = 16 * 1024 * 1024
_MOST_AT_ONCE = 200
_EVERY_SECONDS = 1.0
STRANGERS_A_MINUTE = 30
"""Of one source: who tries signatures must not fill the disk, nor hide what the CMS sent."""
_LONGEST_DETAIL = 300

Row = dict[str, Any]


class _DeliveryBook:
    """What waits to be written, within bounds: what does not fit is not in the log, and everything else goes on."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Row, bytes]] = []
        self._bytes = 0
        self._strangers: Counter[str] = Counter()
        self._counted_until = 0.0
        self.writer: asyncio.Task[None] | None = None

    def add(self, resources: Resources, row: Row, body: bytes) -> None:
        if len(self._waiting) >= _MOST_WAITING or (row["signed_at"] is None and self._is_flood(row["source_id"])):
            return
        if len(body) > LARGEST_KEPT_BYTES or self._bytes + len(body) > _MOST_WAITING_BYTES:
            body = b""
        self._bytes += len(body)
        self._waiting.append((row, body))
        if self.writer is None or self.writer.done():
            self.writer = asyncio.create_task(self._write(resources))

    def _is_flood(self, source_id: str) -> bool:
        if monotonic() >= self._counted_until:
            self._strangers.clear()
            self._counted_until = monotonic() + 60.0
        self._strangers[source_id] += 1
        return self._strangers[source_id] > STRANGERS_A_MINUTE

    async def _write(self, resources: Resources) -> None:
        while self._waiting:
            rows, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            self._bytes -= sum(len(body) for _, body in rows)
            try:
                # Half a millisecond each: too long for the loop that answers.
                packed = await asyncio.to_thread(_compress, rows)
                async with resources.transaction() as session:
                    await session.exec(sa.insert(SourceDelivery), params=packed)
            except Exception as error:  # noqa: BLE001 - nobody waits for this
                log.warning("deliveries_not_logged", count=len(rows), error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)


def keep_delivery(
    resources: Resources,
    source_id: str,
    headers: Mapping[str, str],
    body: bytes,
    verified: Verified | None,
    came_of_it: Receipt | AppError,
    *,
    replay_of: str | None = None,
) -> None:
    """Note a delivery, so that an admin can look at it and repeat it. Never waits, never raises."""
    row = {
        "id": new_id(),
        "source_id": source_id,
        "signed_at": verified.at if verified else None,
        "delivery_id": verified.delivery_id[:255] if verified and verified.delivery_id else None,
        "headers": headers_of_meaning(headers) if verified else {},
        "body_bytes": len(body),
        "replay_of": replay_of,
        "received_at": utcnow(),
        **_told(came_of_it),
    }
    resources.parts.of(_DeliveryBook).add(resources, row, body if verified and replay_of is None else b"")


async def settle_deliveries(resources: Resources) -> None:
    """Let what waits be written before the process ends."""
    book = resources.parts.of(_DeliveryBook)
    if book.writer is not None and not book.writer.done():
        await asyncio.wait({book.writer}, timeout=2 * _EVERY_SECONDS)


async def settle_logs(resources: Resources) -> None:
    """Let all that waits to be noted of deliveries be written before the process ends."""
    await asyncio.gather(settle_refusals(resources), settle_deliveries(resources))


def _told(came_of_it: Receipt | AppError) -> Row:
    if isinstance(came_of_it, AppError):
        detail = str(came_of_it.message)[:_LONGEST_DETAIL]
        refused = {"outcome": None, "code": came_of_it.code, "detail": detail, "message": pack(came_of_it.message)}
        return refused | {"article_id": None}
    detail = came_of_it.reason[:_LONGEST_DETAIL]
    taken = {"outcome": came_of_it.outcome, "code": "", "detail": detail, "message": None}
    return taken | {"article_id": came_of_it.article_id}


def _compress(rows: Sequence[tuple[Row, bytes]]) -> list[Row]:
    packed = [(row, zlib.compress(_kept(row, body), 1) if body else None) for row, body in rows]
    return [{**row, "body": body, "kept_bytes": len(body) if body else 0} for row, body in packed]


def _kept(row: Row, body: bytes) -> bytes:
    return without_personal(body, row["headers"].get("content-type", ""))


def unpack_body(packed: bytes) -> bytes:
    """Give the body as it was kept. Raises ValueError for what was not written here."""
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(packed, LARGEST_KEPT_BYTES)
    except zlib.error as error:
        raise ValueError("no kept body") from error
    return body
