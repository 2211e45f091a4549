"""Deliveries that wait are stored together: one transaction, one wait for the disk and one trip to Redis for them all.

What starts or ends the posting of an article that is known goes its own way, and so does every delivery of a batch
that fails: one bad delivery spoils none of the others.
"""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import structlog

from app.articles.arrivals import Arrival
from app.articles.batch_store import Batch
from app.articles.landing import LONGEST_TURN_SECONDS, Receipt
from app.db import Database, is_away
from app.kit.failpoints import reach
from app.resources import Resources

log = structlog.get_logger(__name__)

_MOST = 200


@dataclass(slots=True)
class _Queue:
    waiting: list[Arrival] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None
    wakes: set[asyncio.Task[None]] = field(default_factory=set)


_queues: WeakKeyDictionary[Database, _Queue] = WeakKeyDictionary()


async def land_together(resources: Resources, arrival: Arrival) -> Receipt | None:
    """Store a delivery with whatever others wait; None when it must go its own way. Raises what the database raises."""
    queue = _queues.setdefault(resources.db, _Queue())
    queue.waiting.append(arrival)
    if queue.writer is None:
        # A context of its own: what it logs belongs to no single one of the requests.
        queue.writer = asyncio.create_task(_write(resources, queue), context=Context())
    return await arrival.answer


async def _write(resources: Resources, queue: _Queue) -> None:
    try:
        while queue.waiting:
            planner = queue.waiting[0].planner
            batch = [arrival for arrival in queue.waiting if arrival.planner == planner][:_MOST]
            taken = set(map(id, batch))
            queue.waiting = [arrival for arrival in queue.waiting if id(arrival) not in taken]
            await _land(resources, queue, batch)
    finally:
        queue.writer = None


async def _land(resources: Resources, queue: _Queue, batch: list[Arrival]) -> None:
    work = Batch(batch)
    try:
        async with asyncio.timeout(LONGEST_TURN_SECONDS):
            await resources.db.run(work.store)
    except Exception as error:
        if not is_away(error) and not isinstance(error, TimeoutError):
            log.exception("batch_failed", deliveries=len(batch), error=type(error).__name__)
        _give_up(batch, error)
        return
    reach("intake.committed")
    for arrival in batch:
        if receipt := work.receipts.get(arrival):
            arrival.landing.land(receipt)
    # The next batch need not wait for Redis.
    wake = asyncio.create_task(_wake(resources, work, batch))
    queue.wakes.add(wake)
    wake.add_done_callback(queue.wakes.discard)


def _give_up(batch: list[Arrival], error: Exception) -> None:
    for arrival in batch:
        if arrival.answer.done():
            continue
        if is_away(error) or isinstance(error, TimeoutError):
            arrival.answer.set_exception(error)
        else:
            arrival.answer.set_result(None)


async def _wake(resources: Resources, work: Batch, batch: list[Arrival]) -> None:
    try:
        await resources.queue.wake_all(work.calls)
    except Exception:
        # The data is committed: an error answer now would invite a duplicate. The sweeps find the rows without us.
        log.exception("wake_failed", jobs=len(work.calls))
    reach("intake.enqueued")
    for arrival in batch:
        if not arrival.answer.done():
            arrival.answer.set_result(work.receipts.get(arrival))
