"""How many posts went out on each day, and how long that took."""

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
from app.kit.dialects import seconds_between
from app.messages import refusals
from app.posts.models import FINAL_STATES, Post, PostState

MOST_DAYS = 92
MOST_TIMED = 5_000
"""Of more posts than these the newest say how long it took: to rank a hundred thousand takes longer than a page may."""

_PERCENTILES = {"seconds_p50": 50, "seconds_p95": 95}
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
    """Let the database rank the posts by their time: to carry each of thousands over takes longer than a page may."""
    ended_at, received_at, published_at = col(Post.finalized_at), col(Article.received_at), col(Article.published_at)
    is_later = sa.and_(published_at < ended_at, published_at > received_at)
    began_at = sa.case((is_later, published_at), else_=received_at)
    seconds = seconds_between(session.get_bind().dialect.name, began_at, ended_at)
    timed = (
        select(_day_of(ended_at, edges).label("day"), sa.case((seconds < 0, 0.0), else_=seconds).label("seconds"))
        .join(Article, col(Article.id) == Post.article_id)
        .where(ended_at >= edges[0], ended_at < edges[-1], Post.state == PostState.published, *wanted)
        .order_by(ended_at.desc())
        .limit(MOST_TIMED)
        .subquery()
    ).c
    ranked = sa.select(
        timed.day,
        timed.seconds,
        func.row_number().over(order_by=timed.seconds, partition_by=timed.day).label("place"),
        func.count().over(partition_by=timed.day).label("out_of"),
        func.row_number().over(order_by=timed.seconds).label("whole_place"),
        func.count().over().label("whole_out_of"),
    ).subquery()
    own, whole = (ranked.c.place, ranked.c.out_of), (ranked.c.whole_place, ranked.c.whole_out_of)
    is_told = sa.or_(
        *(place == (count * percent + 99) // 100 for place, count in (own, whole) for percent in _PERCENTILES.values())
    )
    rows = await session.exec(sa.select(ranked).where(is_told))  # type: ignore[call-overload]
    for day, seconds_taken, *places in rows.all():
        _note(stats.days[day], seconds_taken, *places[:2])
        _note(stats, seconds_taken, *places[2:])


def _note(figures: Stats | DayStats, seconds: float, place: int, count: int) -> None:
    """Keep a time where it is the one that so many of a hundred are no longer than."""
    for name, percent in _PERCENTILES.items():
        if place == (count * percent + 99) // 100:
            setattr(figures, name, round(float(seconds), 1))
