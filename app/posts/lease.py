"""Who has a post in hand: a lease in the row, renewed while its worker lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.transitions import LEASE
from app.resources import Resources

log = structlog.get_logger(__name__)

_RENEW_EVERY_SECONDS = 10.0


class LeaseLost(Exception):
    """Another worker has the post now, or it moved on: stop quietly."""


@asynccontextmanager
async def hold(app: Resources, post_id: str, lease_token: str) -> AsyncIterator[None]:
    """Take up the lease that was given to this job, and keep it while the block runs. Raises LeaseLost."""
    if not await _renew(app, post_id, lease_token):
        raise LeaseLost
    keeper = asyncio.create_task(_keep(app, post_id, lease_token))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(app: Resources, post_id: str, lease_token: str) -> None:
    while True:
        await asyncio.sleep(_RENEW_EVERY_SECONDS)
        try:
            if not await _renew(app, post_id, lease_token):
                return
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease_not_renewed", post_id=post_id, error=type(error).__name__)


async def _renew(app: Resources, post_id: str, lease_token: str) -> bool:
    async with app.transaction() as session:
        renewed = await session.exec(
            sa.update(Post)
            .where(col(Post.id) == post_id, col(Post.state) == PostState.queued, col(Post.lease_token) == lease_token)
            .values(lease_until=utcnow() + LEASE)
        )
        return bool(renewed.rowcount == 1)
