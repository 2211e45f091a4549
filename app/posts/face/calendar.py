"""What goes out when: posts by their time, and which of them TikTok's limits will not let go then."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.config import Settings
from app.kit.clock import utcnow
from app.posts.face.decisions import DECISIONS
from app.posts.face.views import read_posts
from app.posts.line.pacing import INITS_PER_MINUTE
from app.posts.models import FINAL_STATES, AttemptOutcome, Post, PostAttempt, PostState
from app.posts.schemas import PostRead
from app.posts.waits import not_before

MOST_POSTS = 1000
_DAY, _MINUTE = timedelta(hours=24), timedelta(minutes=1)
_UNDER_WAY = (PostState.queued, PostState.publishing, PostState.unconfirmed, PostState.retryable)
_WAITING = (PostState.awaiting_approval, *_UNDER_WAY)
_COUNTED = (AttemptOutcome.accepted, AttemptOutcome.unknown, AttemptOutcome.sending)


class Misfit(StrEnum):
    """Which of TikTok's limits keeps a post from its time."""

    day = "day"
    minute = "minute"


@dataclass(frozen=True, slots=True)
class Planned:
    """A post at its time. `misfit`: it will go out later than that; `can_move`: a person may give it another time."""

    post: PostRead
    at: datetime
    is_ahead: bool
    can_move: bool
    misfit: Misfit | None = None


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """The posts of some days in the order of their times; those that wait without a time stand apart."""

    posts: Sequence[Planned]
    untimed: int
    is_cut: bool
    accounts: Sequence[Account]


def find_misfits(
    planned: Iterable[tuple[datetime, str]], past: Sequence[datetime], daily_cap: int
) -> dict[str, Misfit]:
    """Tell which posts of one account do not fit in at their times, by their ids; who comes first has the place.

    TikTok counts within any 24 hours and any minute. `past` are the inits that it has had.
    """
    times = deque(sorted(past))
    found: dict[str, Misfit] = {}
    for at, post_id in sorted(planned):
        in_day = sum(at - _DAY < time <= at for time in times)
        if in_day >= daily_cap:
            found[post_id] = Misfit.day
        elif sum(at - _MINUTE < time <= at for time in times) >= INITS_PER_MINUTE:
            found[post_id] = Misfit.minute
        else:
            times.append(at)
    return found


async def read_calendar(
    session: AsyncSession, settings: Settings, since: datetime, until: datetime, *, account_id: str | None = None
) -> CalendarSpan:
    """Read what went out between two moments, and what is to go out; at most MOST_POSTS of each kind."""
    now = utcnow()
    accounts = (await session.exec(select(Account).order_by(col(Account.display_name), col(Account.id)))).all()
    mine = () if account_id is None else (Post.account_id == account_id,)
    ended = await _list(session, *mine, col(Post.finalized_at) >= since, col(Post.finalized_at) < until,
                        col(Post.state).in_(FINAL_STATES), order=col(Post.finalized_at))  # fmt: skip
    # Whether one fits in depends on what goes out within the day before.
    ahead = await _list(session, *mine, col(Post.state) == PostState.scheduled, col(Post.scheduled_at) >= since - _DAY,
                        col(Post.scheduled_at) < until, order=col(Post.scheduled_at))  # fmt: skip
    waiting = await _list(session, *mine, col(Post.state).in_(_WAITING), order=col(Post.id).desc())
    times = {post.id: at for post in (*ended, *ahead, *waiting) if (at := _time_of(post, now)) is not None}
    misfits: dict[str, Misfit] = {}
    for account in accounts:
        own = [(times[post.id], post.id) for post in (*ahead, *waiting)
               if post.account_id == account.id and post.id in times]  # fmt: skip
        if own:
            misfits |= find_misfits(own, await _inits(session, account, now), account.settings.daily_cap)
    shown = [post for post in (*ended, *ahead, *waiting) if post.id in times and since <= times[post.id] < until]
    reads = {read.id: read for read in await read_posts(session, settings, shown)}
    planned = [
        Planned(
            reads[post.id],
            times[post.id],
            is_ahead=post.state not in FINAL_STATES,
            can_move=post.state not in FINAL_STATES and DECISIONS["revise"].is_open(post),
            misfit=misfits.get(post.id),
        )
        for post in shown
    ]
    return CalendarSpan(
        sorted(planned, key=lambda one: (one.at, one.post.id)),
        untimed=await _count_untimed(session, *mine),
        is_cut=any(len(some) == MOST_POSTS for some in (ended, ahead, waiting)),
        accounts=accounts,
    )


async def _list(session: AsyncSession, *where: Any, order: Any) -> Sequence[Post]:
    return (await session.exec(select(Post).where(*where).order_by(order).limit(MOST_POSTS))).all()


def _time_of(post: Post, now: datetime) -> datetime | None:
    """When it went out, or is to; what is on its way goes out now."""
    if post.finalized_at is not None:
        return post.finalized_at
    if post.state is PostState.scheduled:
        return post.scheduled_at
    chosen = not_before(post.settings)
    if post.state is PostState.awaiting_approval:
        return chosen
    if post.state in {PostState.publishing, PostState.unconfirmed}:
        return post.publishing_since or post.updated_at
    at = post.next_attempt_at if post.state is PostState.retryable else chosen
    return max(at, now) if at is not None else now


async def _inits(session: AsyncSession, account: Account, now: datetime) -> Sequence[datetime]:
    query = select(PostAttempt.started_at).where(
        PostAttempt.account_id == account.id,
        col(PostAttempt.started_at) > now - _DAY,
        col(PostAttempt.outcome).in_(_COUNTED),
    )
    return (await session.exec(query.limit(MOST_POSTS))).all()


async def _count_untimed(session: AsyncSession, *where: Any) -> int:
    few = (
        select(Post.id)
        .where(*where, col(Post.state) == PostState.scheduled, col(Post.scheduled_at).is_(None))
        .limit(MOST_POSTS)
    )
    return (await session.exec(select(sa.func.count()).select_from(few.subquery()))).one()
