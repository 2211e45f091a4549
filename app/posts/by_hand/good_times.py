"""The account's next good slot: an hour of the day at which people read, some time apart from its other posts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.waits import not_before

OPENS, CLOSES = 8, 22
"""Hours of the newsroom's day between which a slot is good."""

APART = timedelta(minutes=45)
_SOONEST = timedelta(minutes=5)
_STEP = timedelta(minutes=15)
_DAY = timedelta(hours=24)
_LOOKED_AT = 14 * 96
_MOST = 2000
_WAITING = (PostState.scheduled, PostState.awaiting_approval, PostState.queued, PostState.retryable)


def choose_good_time(taken: Iterable[datetime], now: datetime, zone: tzinfo, *, daily_cap: int) -> datetime:
    """Choose the first quarter of an hour that is good: within two weeks, or else the last that was looked at.

    `taken` are the times at which the account has posted within a day, or will.
    """
    times = sorted(taken)
    at = _next_quarter(now + _SOONEST)
    for _ in range(_LOOKED_AT):
        if _is_good(at, times, zone, daily_cap):
            return at
        at += _STEP
    return at


def _next_quarter(moment: datetime) -> datetime:
    floor = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return floor if floor == moment else floor + _STEP


def _is_good(at: datetime, times: Sequence[datetime], zone: tzinfo, daily_cap: int) -> bool:
    if not OPENS <= at.astimezone(zone).hour < CLOSES:
        return False
    if any(abs(time - at) < APART for time in times):
        return False
    return sum(at - _DAY < time <= at for time in times) < daily_cap


async def read_taken_times(session: AsyncSession, account: Account, now: datetime) -> list[datetime]:
    """Read when the account has posted within a day, and when its waiting posts go out, as far as that is known."""
    inits = select(PostAttempt.started_at).where(
        PostAttempt.account_id == account.id,
        col(PostAttempt.started_at) > now - _DAY,
        col(PostAttempt.outcome).in_((AttemptOutcome.accepted, AttemptOutcome.unknown, AttemptOutcome.sending)),
    )
    waiting = (
        sa.select(Post.scheduled_at, Post.next_attempt_at, Post.settings)  # type: ignore[call-overload]
        .where(col(Post.account_id) == account.id, col(Post.state).in_(_WAITING))
        .order_by(col(Post.id).desc())
        .limit(_MOST)
    )
    times = list((await session.exec(inits.limit(_MOST))).all())
    for scheduled_at, next_attempt_at, settings in (await session.exec(waiting)).all():
        at = scheduled_at or not_before(settings) or next_attempt_at
        times.append(max(at, now) if at is not None else now)
    return times
