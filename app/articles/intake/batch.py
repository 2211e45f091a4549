"""Deliveries that wait are stored together: one transaction, one wait for the disk and one trip to Redis for them all.

What starts or ends the posting of an article that is known goes its own way, and so does every delivery of a batch
that fails: one bad delivery spoils none of the others.
"""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial

import structlog

from app.articles.intake.arrivals import Arrival
from app.articles.intake.batch_store import Batch, Step
from app.articles.intake.turns import LONGEST_TURN_SECONDS, Receipt
from app.db import is_away
from app.kit.failpoints import reach
from app.resources import Resources

log = structlog.get_logger(__name__)

_MOST = 200


@dataclass(slots=True)
class _Queue:
    waiting: list[Arrival] = field(default_factory=list)
    writer: asyncio.Task[None] | None = None
    wakes: set[asyncio.Task[None]] = field(default_factory=set)


async def land_together(resources: Resources, arrival: Arrival) -> Receipt | None:
    """Store a delivery with whatever others wait; None when it must go its own way. Raises what the database raises."""
    queue = resources.parts.of(_Queue)
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
    work, rest = Batch(batch), batch
    try:
        async with asyncio.timeout(LONGEST_TURN_SECONDS):
            rest = _answer(resources, queue, rest, await resources.db.run_single(work.store_new))
            if rest:
                stored = await resources.db.run(partial(work.store_known, rest=rest))
                rest = _answer(resources, queue, rest, stored)
    except Exception as error:
        if is_away(error) or isinstance(error, TimeoutError):
            _give_up(rest, error)
            return
        log.exception("batch_failed", deliveries=len(rest), error=type(error).__name__)
    _give_up(rest)


def _answer(resources: Resources, queue: _Queue, waiting: list[Arrival], step: Step) -> list[Arrival]:
    """Answer those whose data is on disk by now, and return the others."""
    if not step.receipts:
        return waiting
    reach("intake.committed")
    for arrival, receipt in step.receipts.items():
        arrival.landing.land(receipt)
    # The next batch need not wait for Redis.
    wake = asyncio.create_task(_wake(resources, step))
    queue.wakes.add(wake)
    wake.add_done_callback(queue.wakes.discard)
    return [arrival for arrival in waiting if arrival not in step.receipts]


def _give_up(rest: list[Arrival], error: Exception | None = None) -> None:
    for arrival in rest:
        if arrival.answer.done():
            continue
        if error is None:
            arrival.answer.set_result(None)
        else:
            arrival.answer.set_exception(error)


async def _wake(resources: Resources, step: Step) -> None:
    try:
        await resources.queue.wake_all(step.calls)
    except Exception:
        # The data is committed: an error answer now would invite a duplicate. The sweeps find the rows without us.
        log.exception("wake_failed", jobs=len(step.calls))
    reach("intake.enqueued")
    for arrival, receipt in step.receipts.items():
        if not arrival.answer.done():
            arrival.answer.set_result(receipt)
