"""Sweeps: what makes every post move on although a job, a worker or Redis was lost. Each may be missed.

None takes the first posts of all: each account gives a few, so that a long queue never stands before another account.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind, AccountSettings, AccountState, PublishMode
from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.media.holds import hold_stands
from app.messages import timeline
from app.posts.cut_off import settle_cut_off
from app.posts.gates import BUSINESS_PHOTO_AI, BUSINESS_VIDEO_PUBLIC, PUBLIC, UNPROVEN
from app.posts.line.fairness import QUEUED, RETRYABLE, TIMED, TIMED_DUE, UNTIMED, few_of_each, in_state
from app.posts.line.media_probe import look_after_holds
from app.posts.line.pacing import read_ladder
from app.posts.line.slot_times import keep_line
from app.posts.line.turns import EMBARGO, in_line, list_next
from app.posts.models import Post, PostState
from app.posts.transitions import new_lease, requeue
from app.resources import Resources

log = structlog.get_logger(__name__)

_BATCH = 100

_EACH = 10
"""How many posts of one account a run moves: more than may leave in a minute."""
_LINES_AT_ONCE = 100
_LATE = timedelta(seconds=10)
"""A slot that has passed unused for so long was not one."""

_ARE_ITS_SETTINGS = col(AccountSettings.account_id) == col(Account.id)
# A change of the account since the post began to wait.
_IS_CHANGED = col(Account.updated_at) > col(Post.updated_at)
_RELEASES = {
    BUSINESS_PHOTO_AI: sa.and_(
        sa.or_(col(AccountSettings.is_aigc).is_(False), col(Account.kind) == AccountKind.creator), _IS_CHANGED
    ),
    BUSINESS_VIDEO_PUBLIC: sa.and_(
        sa.or_(col(AccountSettings.privacy_level) == PUBLIC, col(Account.kind) == AccountKind.creator), _IS_CHANGED
    ),
    UNPROVEN: sa.not_(hold_stands(col(Account.kind))),
    "account_reconnect": col(Account.state) == AccountState.connected,
    "account_disconnected": col(Account.state) == AccountState.connected,
    "account_disabled": col(AccountSettings.enabled).is_(True),
    "needs_privacy_level": col(AccountSettings.privacy_level).is_not(None),
    "privacy_level_mismatch": sa.and_(col(AccountSettings.privacy_level).is_not(None), _IS_CHANGED),
}


@job("posts.release_due", timeout=30)
async def release_due_posts(app: Resources) -> None:
    """Make due what has become due, and hand out queued posts that no worker has in hand."""
    now = utcnow()
    async with app.transaction() as session:
        await look_after_holds(app, session, now)
        await _release_retryable(session, now)
        await _release_embargoed(session, now)
        await _release_waiting(session)
        await _release_unasked(session)
    await _release_lines(app, now)
    async with app.transaction() as session:
        await settle_cut_off(session, now, each=_EACH)
        await _hand_out(session, now)


async def _release_retryable(session: AsyncSession, now: datetime) -> None:
    due = col(Post.next_attempt_at) <= now
    order = (col(Post.next_attempt_at), col(Post.id))
    for post_id in await few_of_each(session, RETRYABLE, due, order=order, each=_EACH):
        await requeue(session, post_id, expected=PostState.retryable, why=timeline.DUE)


async def _release_embargoed(session: AsyncSession, now: datetime) -> None:
    for account_id in await _list_due_accounts(session, now, is_in_line=False):
        query = select(Post.id).where(
            Post.account_id == account_id,
            *TIMED.conditions,
            col(Post.scheduled_at) <= now,
            col(Post.state_reason) == EMBARGO,
        )
        found = await session.exec(query.order_by(col(Post.is_urgent).desc(), col(Post.id)).limit(_EACH))
        for post_id in found.all():
            await requeue(session, post_id, expected=PostState.scheduled, why=timeline.DUE)


async def _list_due_accounts(session: AsyncSession, now: datetime, *, is_in_line: bool) -> Sequence[str]:
    reason = col(Post.state_reason)
    kind = reason.is_distinct_from(EMBARGO) if is_in_line else reason == EMBARGO
    query = select(Post.account_id).where(*TIMED_DUE.conditions, col(Post.scheduled_at) <= now, kind).distinct()
    return (await session.exec(query.with_hint(Post, TIMED_DUE.hint, "sqlite").order_by(col(Post.account_id)))).all()


async def _release_lines(app: Resources, now: datetime) -> None:
    """Let as many posts out of each line as its account has free slots now, in their order."""
    async with app.read() as session:
        account_ids = await _list_due_accounts(session, now, is_in_line=True)
    for start in range(0, len(account_ids), _LINES_AT_ONCE):
        some = account_ids[start : start + _LINES_AT_ONCE]
        async with app.read() as session:
            released = [post_id for account_id in some for post_id in await _list_released(session, account_id, now)]
        if released:
            async with app.transaction() as session:
                for post_id in released:
                    await requeue(session, post_id, expected=PostState.scheduled, why=timeline.DUE)
    async with app.read() as session:
        late = await _list_due_accounts(session, now - _LATE, is_in_line=True)
    for account_id in late:
        await keep_line(app, account_id)


async def _list_released(session: AsyncSession, account_id: str, now: datetime) -> list[str]:
    account = await session.get_one(Account, account_id)
    free = (await read_ladder(session, account, now)).count_free()
    if not free:
        return []
    first = [post_id for _, post_id in await list_next(session, account, free)]
    query = select(Post.id).where(col(Post.id).in_(first), *in_line())
    waiting = set((await session.exec(query)).all())
    return [post_id for post_id in first if post_id in waiting]


async def _release_waiting(session: AsyncSession) -> None:
    """Posts that waited for a person go on by themselves once the cause is gone."""
    untimed = UNTIMED.conditions
    is_solved = sa.or_(*(sa.and_(col(Post.state_reason) == reason, solved) for reason, solved in _RELEASES.items()))
    waiting = select(Post.id).where(Post.account_id == Account.id, _ARE_ITS_SETTINGS, *untimed, is_solved)
    has_waiting = waiting.with_hint(Post, UNTIMED.hint, "sqlite").correlate(Account).exists()
    for account_id in (await session.exec(select(Account.id).where(has_waiting))).all():
        query = (
            select(Post.id)
            .join(Account, col(Account.id) == col(Post.account_id))
            .join(AccountSettings, _ARE_ITS_SETTINGS)
            .where(Post.account_id == account_id, *untimed, is_solved)
            .order_by(col(Post.is_urgent).desc(), col(Post.id))
        )
        for post_id in (await session.exec(query.limit(_EACH))).all():
            await requeue(session, post_id, expected=PostState.scheduled, why=timeline.WAIT_IS_OVER)


async def _release_unasked(session: AsyncSession) -> None:
    """Posts that began to wait for consent while their account's mode was another go on once it is the old one again.

    What a person has edited meanwhile stays with that person.
    """
    query = (
        select(Post.id)
        .join(AccountSettings, col(AccountSettings.account_id) == col(Post.account_id))
        .where(
            col(Post.state) == PostState.awaiting_approval,
            col(Post.state_reason) == "approval",
            col(Post.is_edited).is_(False),
            col(AccountSettings.mode) != PublishMode.approve,
            col(Post.planned_mode) == sa.cast(col(AccountSettings.mode), sa.String),
        )
        .order_by(col(Post.id))
    )
    for post_id in (await session.exec(query.limit(_BATCH))).all():
        await requeue(session, post_id, expected=PostState.awaiting_approval, why=timeline.NO_APPROVAL_ASKED)


async def _hand_out(session: AsyncSession, now: datetime) -> None:
    is_free = (
        col(Post.is_sending).is_(False),
        sa.or_(col(Post.lease_until).is_(None), col(Post.lease_until) < now),
        sa.or_(col(Post.next_attempt_at).is_(None), col(Post.next_attempt_at) <= now),
    )
    found: list[str] = []
    for is_urgent in (True, False):
        more = (col(Post.is_urgent) == is_urgent, *is_free)
        found += await few_of_each(session, QUEUED, *more, order=(col(Post.id),), each=_EACH)
    lease = new_lease()
    # Another sweep at the same moment may have taken some of them: the condition is looked at again.
    claim = sa.update(Post).where(col(Post.id).in_(found), in_state(PostState.queued), *is_free).values(**lease)
    taken = {row.id for row in await session.exec(claim.returning(col(Post.id)))}
    for post_id in found:
        if post_id in taken:
            enqueue(session, "posts.publish", post_id, lease["lease_token"])
