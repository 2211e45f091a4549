"""Sweeps: what makes every post move on although a job, a worker or Redis was lost. Each may be missed."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.posts.attempts import lose_track
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.transitions import new_lease, requeue
from app.resources import Resources

log = structlog.get_logger(__name__)

_BATCH = 100
_GIVEN_UP_AFTER = timedelta(seconds=60)
"""An init ends within 30 s; after twice that its worker is gone, or may not tell any more."""

_RELEASES = {
    "account_reconnect": col(Account.state) == AccountState.connected,
    "account_disconnected": col(Account.state) == AccountState.connected,
    "account_disabled": col(Account.enabled).is_(True),
    "needs_privacy_level": col(Account.privacy_level).is_not(None),
    "privacy_level_mismatch": sa.and_(
        col(Account.privacy_level).is_not(None), col(Account.updated_at) > col(Post.updated_at)
    ),
}


@job("posts.release_due", timeout=30)
async def release_due_posts(app: Resources) -> None:
    """Make due what has become due, and hand out queued posts that no worker has in hand."""
    async with app.transaction() as session:
        await _release_timed(session)
        await _release_waiting(session)
    async with app.transaction() as session:
        await _hand_out(session)


async def _release_timed(session: AsyncSession) -> None:
    now = utcnow()
    for state, due in ((PostState.scheduled, col(Post.scheduled_at)), (PostState.retryable, col(Post.next_attempt_at))):
        query = select(Post.id).where(col(Post.state) == state, due <= now).order_by(col(Post.is_urgent).desc(), due)
        for post_id in (await session.exec(query.limit(_BATCH))).all():
            await requeue(session, post_id, expected=state, why="Its time has come.")


async def _release_waiting(session: AsyncSession) -> None:
    """Posts that waited for a person go on by themselves once the cause is gone."""
    is_solved = sa.or_(*(sa.and_(col(Post.state_reason) == reason, solved) for reason, solved in _RELEASES.items()))
    query = (
        select(Post.id)
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.state) == PostState.scheduled, col(Post.scheduled_at).is_(None), is_solved)
        .limit(_BATCH)
    )
    for post_id in (await session.exec(query)).all():
        await requeue(session, post_id, expected=PostState.scheduled, why="What the post waited for is done.")


async def _hand_out(session: AsyncSession) -> None:
    now = utcnow()
    query = (
        select(Post)
        .where(
            col(Post.state) == PostState.queued,
            col(Post.is_sending).is_(False),
            sa.or_(col(Post.lease_until).is_(None), col(Post.lease_until) < now),
            sa.or_(col(Post.next_attempt_at).is_(None), col(Post.next_attempt_at) <= now),
        )
        .order_by(col(Post.is_urgent).desc(), col(Post.id))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    for post in (await session.exec(query)).all():
        lease = new_lease()
        post.lease_token, post.lease_until = lease["lease_token"], lease["lease_until"]
        session.add(post)
        enqueue(session, "posts.publish", post.id, lease["lease_token"])


@job("posts.reconcile", timeout=30)
async def reconcile_posts(app: Resources) -> None:
    """Find attempts whose worker vanished between the row and the answer: their posts are unconfirmed."""
    now = utcnow()
    async with app.read() as session:
        query = (
            select(PostAttempt)
            .join(Post, col(Post.id) == col(PostAttempt.post_id))
            .where(
                col(PostAttempt.outcome) == AttemptOutcome.sending,
                col(PostAttempt.started_at) < now - _GIVEN_UP_AFTER,
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
