"""How many posts went out on each day, and how long that took."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.queries import is_id
from app.articles.models import Article
from app.errors import Invalid
from app.messages import refusals
from app.posts.models import FINAL_STATES, Post, PostState

MOST_DAYS = 92
MOST_TIMED = 5_000
"""Of more posts than these the newest say how long it took: to read a hundred thousand takes longer than a page may."""

_FIGURES = ("views", "likes", "comments", "shares")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_OUT = (PostState.published, PostState.sent_to_inbox)
_WAITING = tuple(state for state in PostState if state not in FINAL_STATES)


class DayStats(BaseModel):
    """One day, in the zone that was asked for.

    `published` counts drafts that TikTok delivered too. `waiting`: posts made on that day that have not ended yet. The
    seconds are those from the article's arrival, or from its own later time, to the end. Views and what follows are
    TikTok's newest figures of that day's posts, null where none is known.
    """

    date: date
    published: int = 0
    failed: int = 0
    cancelled: int = 0
    waiting: int = 0
    seconds_p50: float | None = None
    seconds_p95: float | None = None
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None


class Stats(BaseModel):
    """A stretch of days, the oldest first."""

    timezone: str
    days: list[DayStats]
    seconds_p50: float | None = None
    seconds_p95: float | None = None


async def read_stats(
    session: AsyncSession, zone: ZoneInfo, first: date, last: date, *, account_id: str | None = None
) -> Stats:
    """Count from the first day to the last, both with it. Raises Invalid."""
    if not (first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR):
        raise Invalid(refusals.DAYS_FAR_OFF, code="invalid_range")
    if last < first:
        raise Invalid(refusals.DAYS_BACKWARDS, code="invalid_range")
    count = (last - first).days + 1
    if count > MOST_DAYS:
        raise Invalid(refusals.too_many_days(limit=MOST_DAYS), code="invalid_range")
    days = [DayStats(date=first + timedelta(days=number)) for number in range(count)]
    stats = Stats(timezone=zone.key, days=days)
    if account_id is not None and not is_id(account_id):
        return stats
    edges = [_midnight(first + timedelta(days=number), zone) for number in range(count + 1)]
    wanted: tuple[Any, ...] = () if account_id is None else (col(Post.account_id) == account_id,)
    await _count_ended(session, days, edges, wanted)
    await _count_waiting(session, days, edges, wanted)
    await _time(session, stats, edges, wanted)
    return stats


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _day_of(column: Any, edges: Sequence[datetime]) -> Any:
    """Number the days by their own midnights: a day of summer time has 23 hours."""
    return sa.case(*((column < edge, number) for number, edge in enumerate(edges[1:])), else_=-1)


async def _count_ended(
    session: AsyncSession, days: Sequence[DayStats], edges: Sequence[datetime], wanted: Sequence[Any]
) -> None:
    day = _day_of(col(Post.finalized_at), edges)
    query = (
        select(day, col(Post.state), func.count(), *(func.sum(getattr(Post, name)) for name in _FIGURES))
        .where(col(Post.finalized_at) >= edges[0], col(Post.finalized_at) < edges[-1], *wanted)
        .group_by(day, col(Post.state))
    )
    for number, state, count, *figures in (await session.exec(query)).all():
        for name, value in zip(_FIGURES, figures, strict=True):
            if value is not None:
                setattr(days[number], name, (getattr(days[number], name) or 0) + int(value))
        if state in _OUT:
            days[number].published += count
        elif state is PostState.failed:
            days[number].failed += count
        else:
            days[number].cancelled += count


async def _count_waiting(
    session: AsyncSession, days: Sequence[DayStats], edges: Sequence[datetime], wanted: Sequence[Any]
) -> None:
    day = _day_of(col(Post.created_at), edges)
    query = (
        select(day, func.count())
        .where(col(Post.state).in_(_WAITING), col(Post.created_at) >= edges[0], col(Post.created_at) < edges[-1])
        .where(*wanted)
        .group_by(day)
    )
    for number, count in (await session.exec(query)).all():
        days[number].waiting = count


async def _time(session: AsyncSession, stats: Stats, edges: Sequence[datetime], wanted: Sequence[Any]) -> None:
    query = (
        select(_day_of(col(Post.finalized_at), edges), Post.finalized_at, Article.received_at, Article.published_at)
        .join(Article, col(Article.id) == Post.article_id)
        .where(col(Post.finalized_at) >= edges[0], col(Post.finalized_at) < edges[-1])
        .where(Post.state == PostState.published, *wanted)
        .order_by(col(Post.finalized_at).desc())
        .limit(MOST_TIMED)
    )
    by_day: dict[int, list[float]] = defaultdict(list)
    for number, ended_at, received_at, published_at in (await session.exec(query)).all():
        if ended_at is None:
            continue
        began_at = max(received_at, published_at) if published_at and published_at < ended_at else received_at
        by_day[number].append(max(0.0, (ended_at - began_at).total_seconds()))
    for number, seconds in by_day.items():
        stats.days[number].seconds_p50, stats.days[number].seconds_p95 = _percentiles(seconds)
    stats.seconds_p50, stats.seconds_p95 = _percentiles([second for some in by_day.values() for second in some])


def _percentiles(seconds: list[float]) -> tuple[float | None, float | None]:
    if not seconds:
        return None, None
    ranked = sorted(seconds)
    middle, high = (ranked[max(0, -(-len(ranked) * percent // 100) - 1)] for percent in (50, 95))
    return round(middle, 1), round(high, 1)
