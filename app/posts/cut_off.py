"""Work on a post that ended without a word: its worker died, was stopped, or took longer than a job may.

Such a run is a failure like others. Without that, a post whose work never ends would be handed out again for ever, and
nobody would see why.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.messages import timeline
from app.posts.attempt_outcomes import apply_halt
from app.posts.line.fairness import QUEUED, few_of_each
from app.posts.models import Post
from app.posts.waits import try_again
from app.resources import Resources

log = structlog.get_logger(__name__)


@asynccontextmanager
async def counted_when_cut_off(app: Resources, post_id: str, holder: str) -> AsyncIterator[None]:
    """Note in the post's row when the block is cancelled: its time is over, or the program ends."""
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.ensure_future(_note(app, post_id, holder)))
        raise


async def settle_cut_off(session: AsyncSession, now: datetime, *, each: int) -> None:
    """Count what workers began and never ended, and let it be tried again later; each account gives `each` posts.

    One that was only handed out, and that no worker began, counts as nothing: its wake-up was lost.
    """
    vanished = (
        col(Post.is_sending).is_(False),
        col(Post.lease_until) < now,
        col(Post.taken_up) == col(Post.lease_token),
    )
    for post_id in await few_of_each(session, QUEUED, *vanished, order=(col(Post.id),), each=each):
        await _count(session, post_id)


async def _note(app: Resources, post_id: str, holder: str) -> None:
    try:
        async with app.transaction() as session:
            await _count(session, post_id, holder=holder)
    except (SQLAlchemyError, OSError) as error:
        # Then a sweep finds it when its lease has ended.
        log.warning("cut_off_not_noted", post_id=post_id, error=type(error).__name__)


async def _count(session: AsyncSession, post_id: str, *, holder: str | None = None) -> None:
    post = await session.get_one(Post, post_id, populate_existing=True)
    if post.lease_token is None or holder not in {None, post.lease_token}:
        return
    halt = try_again(post.failures, "cut_off", timeline.CUT_OFF)
    if await apply_halt(session, post.id, post.account_id, halt, failures=post.failures, holder=post.lease_token):
        log.warning("work_cut_off", post_id=post.id, times=post.failures + 1)
