"""Stores what this process counted, and reads what all have."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit import metrics
from app.kit.dialects import insert_into
from app.kit.metrics import Series
from app.process.models import MetricCount
from app.resources import Resources

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 10.0


async def store_counts(app: Resources) -> None:
    """Add what was counted since the last time to the sums. What cannot be stored is counted once more."""
    async with taken_counts() as counts:
        if counts:
            async with app.transaction() as session:
                await add_counts(session, counts)


@asynccontextmanager
async def taken_counts() -> AsyncIterator[dict[Series, float]]:
    """Take what was counted, and give it back if the block raises."""
    counts = metrics.take()
    try:
        yield counts
    except BaseException:
        metrics.give_back(counts)
        raise


async def add_counts(session: AsyncSession, counts: dict[Series, float]) -> None:
    """Add to the sums, each series in one statement that waits for its row only."""
    if not counts:
        return
    # In one order, so that two processes that do this at once cannot block each other.
    rows = [
        {"name": name, "labels": json.dumps(labels, ensure_ascii=True), "value": amount}
        for (name, labels), amount in sorted(counts.items())
    ]
    insert = insert_into(session.get_bind().dialect.name, MetricCount)
    is_there = {"value": insert.table.c.value + insert.excluded.value}
    await session.exec(insert.on_conflict_do_update(index_elements=["name", "labels"], set_=is_there), params=rows)


async def read_counts(session: AsyncSession) -> dict[Series, float]:
    """Read the sums of all processes."""
    rows = (await session.exec(select(MetricCount.name, MetricCount.labels, MetricCount.value))).all()
    return {(name, tuple(json.loads(labels))): value for name, labels, value in rows}


async def store_counts_for_ever(app: Resources) -> None:
    """Store what is counted every ten seconds. A database that is away stops nothing here."""
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await store_counts(app)
        except (SQLAlchemyError, OSError) as error:
            log.warning("counts_not_stored", error=type(error).__name__)


@asynccontextmanager
async def storing_counts(app: Resources) -> AsyncIterator[None]:
    """Store what is counted while the block runs, and the rest at its end."""
    task = asyncio.create_task(store_counts_for_ever(app))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await store_counts(app)
        except (SQLAlchemyError, OSError) as error:
            log.warning("counts_not_stored", error=type(error).__name__)
