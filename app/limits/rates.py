"""Calls of the Business API: each leaves at a moment reserved for it, so that all processes together keep the limits.

TikTok counts an app's calls per second, minute and day, in windows that nobody knows the edges of. Calls that are never
closer together than the minute allows keep every window, wherever it begins, and still use nearly all of it. The moment
of the next one stands in the database, in the row that the Open API's budgets have too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import still_ahead, utcnow
from app.kit.dialects import insert_into
from app.limits.budgets import gap_now, lock_budgets
from app.limits.models import CallBudget, CallCount

_SPARE = 0.04
"""Of a minute's calls: they are under way for different times, so some arrive closer together than they left."""
_FURTHEST_AHEAD = timedelta(seconds=60)
"""No row is further ahead by reservations alone: more was written by a clock that was wrong."""
_COUNTS_KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Rate:
    """One of TikTok's limits on calls [business-api.md 1.2]: `key` names whose, `per_day` ends at midnight UTC."""

    key: str
    per_second: float
    per_minute: int
    per_day: int | None = None

    @property
    def interval(self) -> float:
        """Seconds between two calls."""
        return max(1.0 / self.per_second, 60.0 / self.per_minute) / (1.0 - _SPARE)


@dataclass(frozen=True, slots=True)
class Reservation:
    """When a call may leave; with `is_closed` nothing was reserved, and nothing leaves before `at`.

    Where several moments were reserved the others follow, `interval` seconds apart.

    `now` is the time by the clock that it was made by, `read_at` the same moment by the process's monotonic one: what
    its wall clock says does not matter.
    """

    at: datetime
    now: datetime
    is_closed: bool = False
    read_at: float = field(default_factory=monotonic)
    interval: float = 0.0

    @property
    def left(self) -> float:
        """Seconds until then; negative when the moment has passed."""
        return self.left_to(0)

    def left_to(self, number: int) -> float:
        """Seconds until the moment of so many calls later."""
        ahead = (self.at - self.now).total_seconds() + number * self.interval
        return ahead - (monotonic() - self.read_at)


async def reserve(
    session: AsyncSession,
    rate: Rate,
    *,
    moments: int = 1,
    now: datetime | None = None,
) -> Reservation:
    """Reserve the next free moment for one call, or so many in a row; `count_call` counts who uses them.

    A pause that TikTok ordered, or a spent day, reserves nothing.
    """
    connection = await session.connection()
    now = now or await _database_now(connection)
    read_at = monotonic()
    row = (await lock_budgets(connection, [rate.key], now))[rate.key]
    closed_until = max(row.closed_until or now, await _closed_by_day(connection, rate, now))
    if closed_until > now:
        return Reservation(closed_until, now, is_closed=True, read_at=read_at)
    interval = timedelta(seconds=rate.interval + gap_now(rate.interval, row, now))
    at = now if row.free_at > now + _FURTHEST_AHEAD + interval else max(row.free_at, now)
    free_at = at + moments * interval
    await connection.execute(sa.update(CallBudget).where(col(CallBudget.key) == rate.key).values(free_at=free_at))
    return Reservation(at, now, read_at=read_at, interval=interval.total_seconds())


async def count_call(session: AsyncSession, at: datetime, endpoint: str, caller: str) -> None:
    """Count a call under its endpoint and caller, in the hour for which its moment was reserved."""
    connection = await session.connection()
    row = {"hour": _hour(at), "endpoint": endpoint[:96], "caller": caller[:32], "count": 1}
    await connection.execute(_count_one(connection.dialect.name), row)


async def close(session: AsyncSession, rate: Rate, until: datetime) -> None:
    """Let no call of any process leave before `until`: TikTok has ordered a pause."""
    connection = await session.connection()
    row = (await lock_budgets(connection, [rate.key], utcnow()))[rate.key]
    later = max(until, row.closed_until or until)
    await connection.execute(
        sa.update(CallBudget).where(col(CallBudget.key) == rate.key).values(closed_until=later, free_at=later)
    )


async def read_closed(session: AsyncSession, rate: Rate) -> datetime | None:
    """Tell until when nothing leaves, where that is so now."""
    query = select(CallBudget.closed_until).where(col(CallBudget.key) == rate.key)
    return still_ahead((await session.exec(query)).first())


async def list_counts(session: AsyncSession, since: datetime) -> Mapping[tuple[str, str], int]:
    """Tell how many calls left since then, by caller and endpoint, the most first."""
    count = func.sum(CallCount.count)
    query = (
        select(CallCount.caller, CallCount.endpoint, count)
        .where(col(CallCount.hour) >= _hour(since))
        .group_by(col(CallCount.caller), col(CallCount.endpoint))
        .order_by(count.desc())
    )
    return {(caller, endpoint): int(total) for caller, endpoint, total in (await session.exec(query)).all()}


async def drop_old_counts(session: AsyncSession) -> None:
    """Forget who called more than a week ago."""
    await session.exec(sa.delete(CallCount).where(col(CallCount.hour) < utcnow() - _COUNTS_KEPT))


def midnight_after(now: datetime) -> datetime:
    """Tell when TikTok's day ends: at 00:00 UTC."""
    return datetime.combine((now + timedelta(days=1)).date(), datetime.min.time(), UTC)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


async def _database_now(connection: AsyncConnection) -> datetime:
    """Read the one clock that all processes share: their own may differ. With SQLite they stand on one machine."""
    if connection.dialect.name == "sqlite":
        return utcnow()
    now: datetime = (await connection.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
    return now.astimezone(UTC)


async def _closed_by_day(connection: AsyncConnection, rate: Rate, now: datetime) -> datetime:
    if rate.per_day is None:
        return now
    midnight = midnight_after(now)
    used = sa.select(sa.func.coalesce(sa.func.sum(col(CallCount.count)), 0)).where(
        col(CallCount.hour) >= midnight - timedelta(days=1), col(CallCount.endpoint) == rate.key.rpartition(":")[2]
    )
    spent = (await connection.execute(used)).scalar_one()
    return midnight if spent >= rate.per_day else now


@cache
def _count_one(dialect: str) -> Any:
    insert = insert_into(dialect, CallCount)
    return insert.on_conflict_do_update(
        index_elements=["hour", "endpoint", "caller"], set_={"count": col(CallCount.count) + 1}
    )
