"""Who works on a row: a lease in it, renewed while whoever holds it lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from app.ads.models import AdsReport, Boost
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
_RENEW_EVERY_SECONDS = 5.0

Leased = TypeVar("Leased", AdsReport, Boost)


class LeaseLost(Exception):
    """Another has the row now, it has ended, or a person has decided otherwise: whoever held it does nothing more."""


async def take_row(
    app: Resources, table: type[Leased], row_id: str, *is_wanted: sa.ColumnElement[bool]
) -> Leased | None:
    """Take a row that is due, as `is_wanted` says and in nobody else's hands; None where there is no such."""
    now = utcnow()
    async with app.transaction() as session:
        taken = await session.exec(
            sa.update(table)
            .where(
                col(table.id) == row_id,
                col(table.next_at) <= now,
                sa.or_(col(table.lease_until).is_(None), col(table.lease_until) < now),
                *is_wanted,
            )
            .values(holder=new_id(), lease_until=now + LEASE)
        )
        if taken.rowcount != 1:
            return None
        query = select(table).where(table.id == row_id).execution_options(populate_existing=True)
        return (await session.exec(query)).one()


@asynccontextmanager
async def renewing(
    renew: Callable[[], Awaitable[None]], *, of: str, every_seconds: float = _RENEW_EVERY_SECONDS
) -> AsyncIterator[None]:
    """Renew a lease while the block runs; what is lost shows at the next change. `of` names it in the log."""
    keeper = asyncio.create_task(_keep(renew, of, every_seconds))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(renew: Callable[[], Awaitable[None]], of: str, every_seconds: float) -> None:
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await renew()
        except LeaseLost:
            return
        except (SQLAlchemyError, OSError) as error:
            log.warning("ads_lease_not_renewed", of=of, error=type(error).__name__)
