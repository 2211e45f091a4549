"""Who has a post in hand: a lease in the row, renewed while its worker lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.jobs import enqueue
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.transitions import LEASE, new_lease
from app.resources import Resources

log = structlog.get_logger(__name__)

T = TypeVar("T")

RENEW_EVERY_SECONDS = 10.0
"""A third of a lease: two renewals may fail before it ends."""


class LeaseLost(Exception):
    """Another worker has the post now, or it moved on: stop quietly."""


class NotNow(Exception):
    """This worker has its hands full with other posts: this one comes back in a moment, and it costs nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease in hand. `lost` is set when it could not be renewed: long work need not be finished then."""

    post_id: str
    token: str
    lost: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, step: Awaitable[T]) -> T:
        """Do a long step, and break it off as soon as the lease is lost. Raises LeaseLost."""
        working = asyncio.ensure_future(step)
        losing = asyncio.create_task(self.lost.wait())
        try:
            await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
        finally:
            losing.cancel()
            if not working.done():
                working.cancel()
                # What it started must have ended before this job does.
                await asyncio.wait({working})
        raise LeaseLost


@asynccontextmanager
async def hold(
    app: Resources, post_id: str, lease_token: str, *, state: PostState = PostState.queued
) -> AsyncIterator[Lease]:
    """Take up the lease that was given to this job, and keep it while the block runs. Raises LeaseLost.

    A queued post's lease is taken up once: where a job runs again, its first run still lives, or a sweep counts it as
    cut off.
    """
    lease = Lease(post_id, lease_token)
    is_queued = state is PostState.queued
    if not await _renew(app, lease, state, is_first=is_queued):
        raise LeaseLost
    keeper = asyncio.create_task(_keep(app, lease, state))
    try:
        yield lease
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def come_back(app: Resources, post_id: str, holder: str, after: timedelta) -> None:
    """Give a queued post up for a moment, so that whoever is free then takes it. Raises LeaseLost."""
    async with app.transaction() as session:
        at = utcnow() + after
        await set_in_hand(session, post_id, holder, lease_token=None, lease_until=None, next_attempt_at=at)


async def pass_on(session: AsyncSession, post_id: str, holder: str, job: str) -> None:
    """Give a queued post to another job, with a lease of its own. Raises LeaseLost."""
    lease = new_lease()
    await set_in_hand(session, post_id, holder, **lease)
    enqueue(session, job, post_id, lease["lease_token"])


async def set_in_hand(session: AsyncSession, post_id: str, holder: str, **values: Any) -> None:
    """Change a queued post that this worker has in hand, and that is not being sent. Raises LeaseLost."""
    stored = await session.exec(
        sa.update(Post)
        .where(
            col(Post.id) == post_id,
            col(Post.state) == PostState.queued,
            col(Post.lease_token) == holder,
            # What TikTok is being given stays what the row shows, even where the same job runs twice at once.
            col(Post.is_sending).is_(False),
        )
        .values(**values)
    )
    if stored.rowcount != 1:
        raise LeaseLost


async def _keep(app: Resources, lease: Lease, state: PostState) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_SECONDS)
        try:
            if not await _renew(app, lease, state):
                lease.lost.set()
                return
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease_not_renewed", post_id=lease.post_id, error=type(error).__name__)


async def _renew(app: Resources, lease: Lease, state: PostState, *, is_first: bool = False) -> bool:
    conditions = [col(Post.id) == lease.post_id, col(Post.state) == state, col(Post.lease_token) == lease.token]
    values: dict[str, Any] = {"lease_until": utcnow() + LEASE}
    if is_first:
        conditions.append(col(Post.taken_up).is_distinct_from(lease.token))
        values["taken_up"] = lease.token
    async with app.transaction() as session:
        renewed = await session.exec(sa.update(Post).where(*conditions).values(**values))
        return bool(renewed.rowcount == 1)
