"""Who works on a boost: a lease in its row, renewed while its worker lives. Nobody else calls TikTok for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.models import Boost, BoostState
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
UNDER_WAY = (BoostState.preparing, BoostState.starting, BoostState.stopping, BoostState.running)
"""States in which there is something to do for a worker."""
_RENEW_EVERY_SECONDS = 5.0


class LeaseLost(Exception):
    """Another worker has the boost now, or a person has decided otherwise: stop quietly."""


async def take(app: Resources, boost_id: str) -> Boost | None:
    """Take a boost that is due and that nobody works on; None where there is no such."""
    now = utcnow()
    async with app.transaction() as session:
        taken = await session.exec(
            sa.update(Boost)
            .where(
                col(Boost.id) == boost_id,
                col(Boost.mode) == mode_of(app),
                col(Boost.state).in_(UNDER_WAY),
                col(Boost.next_at) <= now,
                sa.or_(col(Boost.lease_until).is_(None), col(Boost.lease_until) < now),
            )
            .values(holder=new_id(), lease_until=now + LEASE)
        )
        if taken.rowcount != 1:
            return None
        query = select(Boost).where(Boost.id == boost_id).execution_options(populate_existing=True)
        return (await session.exec(query)).one()


async def change(app: Resources, boost: Boost, **values: Any) -> None:
    """Change a boost in hand, as long as it is in the state in which it was taken. Raises LeaseLost."""
    async with app.transaction() as session:
        await change_in(session, boost, **values)


async def change_in(session: AsyncSession, boost: Boost, **values: Any) -> None:
    """The same within a transaction. Raises LeaseLost."""
    changed = await session.exec(sa.update(Boost).where(*is_ours(boost)).values(updated_at=utcnow(), **values))
    if changed.rowcount != 1:
        raise LeaseLost
    for name, value in values.items():
        setattr(boost, name, value)


def is_ours(boost: Boost) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a boost is still in this worker's hands, and that nobody has decided otherwise."""
    return col(Boost.id) == boost.id, col(Boost.holder) == boost.holder, col(Boost.state) == boost.state


@asynccontextmanager
async def hold(app: Resources, boost: Boost) -> AsyncIterator[None]:
    """Keep the lease while the block runs, and give it back, so that whoever decided otherwise need not wait."""
    holder = boost.holder
    keeper = asyncio.create_task(_keep(app, boost.id, holder))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        await _set_lease(app, boost.id, holder, is_ended=True)


async def _keep(app: Resources, boost_id: str, holder: str | None) -> None:
    while True:
        await asyncio.sleep(_RENEW_EVERY_SECONDS)
        with suppress(SQLAlchemyError, OSError):
            await _set_lease(app, boost_id, holder)


async def _set_lease(app: Resources, boost_id: str, holder: str | None, *, is_ended: bool = False) -> None:
    until = None if is_ended else utcnow() + LEASE
    kept = None if is_ended else holder
    async with app.transaction() as session:
        await session.exec(
            sa.update(Boost)
            .where(col(Boost.id) == boost_id, col(Boost.holder) == holder)
            .values(holder=kept, lease_until=until)
        )
