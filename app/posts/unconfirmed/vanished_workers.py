"""Attempts whose worker vanished between the row and the answer."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.jobs import job
from app.kit.clock import utcnow
from app.posts.attempt_outcomes import lose_track
from app.posts.clock_back import CLOCKS_DIFFER, mend_times_ahead
from app.posts.models import AttemptOutcome, Post, PostAttempt
from app.resources import Resources

log = structlog.get_logger(__name__)

_BATCH = 100
_GIVEN_UP_AFTER = timedelta(seconds=60)
"""An init ends within 30 s; after twice that its worker is gone, or may not tell any more."""


@job("posts.reconcile", timeout=30)
async def reconcile_posts(app: Resources) -> None:
    """Find attempts whose worker vanished: their posts are unconfirmed, and the account may send again."""
    now = utcnow()
    await mend_times_ahead(app, now)
    async with app.read() as session:
        query = (
            select(PostAttempt)
            .join(Post, col(Post.id) == col(PostAttempt.post_id))
            .where(
                col(PostAttempt.outcome) == AttemptOutcome.sending,
                sa.or_(
                    col(PostAttempt.started_at) < now - _GIVEN_UP_AFTER,
                    col(PostAttempt.started_at) > now + CLOCKS_DIFFER,
                ),
                sa.or_(col(Post.lease_until).is_(None), col(Post.lease_until) < now),
            )
            .limit(_BATCH)
        )
        orphans = (await session.exec(query)).all()
    for attempt in orphans:
        await _give_up_attempt(app, attempt)


async def _give_up_attempt(app: Resources, attempt: PostAttempt) -> None:
    async with app.transaction() as session:
        closed = await session.exec(
            sa.update(PostAttempt)
            .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.sending)
            .values(outcome=AttemptOutcome.unknown, error_code="worker_lost", ended_at=utcnow())
        )
        if closed.rowcount == 1:
            log.warning("attempt_orphaned", post_id=attempt.post_id, attempt=attempt.number)
            await lose_track(session, attempt.post_id, "worker_lost")
