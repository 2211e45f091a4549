"""Who works on a boost: one worker at a time. Nobody else calls TikTok for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.leases import LEASE, LeaseLost, renewing, take_row
from app.ads.models import Boost, BoostState
from app.kit.clock import utcnow
from app.resources import Resources

UNDER_WAY = (BoostState.preparing, BoostState.starting, BoostState.stopping, BoostState.running)
"""States in which there is something to do for a worker."""


async def take(app: Resources, boost_id: str) -> Boost | None:
    """Take a boost that is due and that nobody works on; None where there is no such."""
    return await take_row(app, Boost, boost_id, col(Boost.mode) == mode_of(app), col(Boost.state).in_(UNDER_WAY))


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

    async def renew() -> None:
        await _set_lease(app, boost.id, holder)

    try:
        async with renewing(renew, of=f"boost {boost.id}"):
            yield
    finally:
        await _set_lease(app, boost.id, holder, is_ended=True)


async def _set_lease(app: Resources, boost_id: str, holder: str | None, *, is_ended: bool = False) -> None:
    until = None if is_ended else utcnow() + LEASE
    kept = None if is_ended else holder
    async with app.transaction() as session:
        await session.exec(
            sa.update(Boost)
            .where(col(Boost.id) == boost_id, col(Boost.holder) == holder)
            .values(holder=kept, lease_until=until)
        )
