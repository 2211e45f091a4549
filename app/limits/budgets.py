"""TikTok's limits per minute: one budget per limit and owner, shared by all workers and kept across restarts.

A budget is one moment in a row (GCRA): each call moves `free_at` on by the limit's interval, and while it lies more
than a burst ahead of now there is no call. It stands in the database, because a worker takes its due posts and their
calls there in one transaction: a second memory could only disagree with it, and Redis may lose its own.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import TransientError
from app.kit.bulk_times import set_moments
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.limits.models import CallBudget
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

EVERYBODY = "app"
"""The owner of a limit that all accounts share."""

_SHORTEST_CLOSURE, _LONGEST_CLOSURE = timedelta(seconds=60), timedelta(hours=24)
_WIDEST_GAP_SECONDS = 60.0
_GAP_HALVES_EVERY = timedelta(hours=1)
_NARROWEST_GAP = 0.1
"""Of the limit's interval: below that a gap is over."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One of TikTok's limits [open-api.md 2.1, 6, 7].

    At most `burst` calls leave at once, then one per `interval` seconds: `burst + window / interval` in any window.
    TikTok's minute counts arrivals, and a call may be under way for a while: so the numbers are chosen to keep
    `per_minute` in windows of 67 seconds too.
    """

    name: str
    per_minute: int
    interval: float
    burst: int

    def key(self, owner: str) -> str:
        return f"{self.name}:{owner}"


STATUS_FETCH = Limit("status_fetch", 30, interval=2.5, burst=3)
"""Two posts in the fast phase, one question in 5 seconds each, are just what an account has."""
CREATOR_INFO = Limit("creator_info", 20, interval=5.0, burst=6)
# TikTok names no limit for it: it is asked no faster than about the creator.
CANCEL = Limit("cancel", 20, interval=5.0, burst=6)
# TikTok does not say whether the Display API counts per app or per user. Per app is the stricter reading.
USER_INFO = Limit("user_info", 600, interval=0.125, burst=60)
VIDEO_LIST = Limit("video_list", 600, interval=0.125, burst=60)
VIDEO_QUERY = Limit("video_query", 600, interval=0.125, burst=60)

PER_APP = frozenset({USER_INFO, VIDEO_LIST, VIDEO_QUERY})


class BudgetSpent(TransientError):
    """No call is left at this moment, and nothing was sent. Wait until `retry_at`: that is no failure."""

    code = "budget_spent"
    title = access.BUDGET_SPENT

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_after=max(0.0, (retry_at - utcnow()).total_seconds()))
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Ask:
    """How many calls somebody would like to make: `wanted` now, and `spare` ones only out of a full budget."""

    wanted: int
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What an owner got. The next call may leave at `free_at`, others each `interval` seconds later.

    `full_at`: the budget is full again, if nobody calls meanwhile. `is_tight`: others have been at it just now.
    """

    granted: int
    spare: int
    free_at: datetime
    full_at: datetime
    interval: timedelta
    is_tight: bool


_T = CallBudget.__table__.c  # type: ignore[attr-defined]
_KNOWN = sa.select(_T.key).where(_T.key.in_(sa.bindparam("keys", expanding=True)))
_ROWS = (
    sa.select(_T.key, _T.free_at, _T.gap_seconds, _T.closed_until)
    .where(_T.key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(_T.key)
    .with_for_update()
)


async def take(
    session: AsyncSession, limit: Limit, asks: Mapping[str, Ask], *, now: datetime | None = None
) -> dict[str, Share]:
    """Take calls out of many owners' budgets at once. Who dies before calling has only wasted them."""
    connection = await session.connection()
    now = now or utcnow()
    rows = await lock_budgets(connection, map(limit.key, asks), now)
    shares: dict[str, Share] = {}
    changes = {}
    for owner, ask in asks.items():
        row = rows[limit.key(owner)]
        share = shares[owner] = _divide(limit, row, ask, now)
        if share.granted or share.spare or share.full_at < row.free_at:
            changes[row.key] = share.full_at
    await set_moments(connection, _T.key, _T.free_at, changes)
    return shares


async def spend(app: Resources, limit: Limit, account_id: str, *, patience: float = 0.0) -> None:
    """Take one call, and wait `patience` seconds for it at most. Raises BudgetSpent: then the caller comes later."""
    owner = EVERYBODY if limit in PER_APP else account_id
    share = await _take_one(app, limit, owner)
    wait = (share.free_at - utcnow()).total_seconds()
    if not share.granted and wait <= patience:
        await asyncio.sleep(max(wait, 0.0))
        share = await _take_one(app, limit, owner)
    if not share.granted:
        raise BudgetSpent(share.free_at)


async def _take_one(app: Resources, limit: Limit, owner: str) -> Share:
    async with app.transaction() as session:
        return (await take(session, limit, {owner: Ask(1)}))[owner]


async def slow_down(session: AsyncSession, limit: Limit, account_id: str, retry_after: float | None) -> datetime:
    """TikTok refused a call in spite of our count: stay away a minute or what it asks for, then call more rarely.

    The wider gap halves with each quiet hour. Tells until when nobody calls. Refusals of calls that were under way
    together count as one.
    """
    owner = EVERYBODY if limit in PER_APP else account_id
    connection = await session.connection()
    now = utcnow()
    row = (await lock_budgets(connection, [limit.key(owner)], now))[limit.key(owner)]
    pause = min(max(timedelta(seconds=retry_after or 0.0), _SHORTEST_CLOSURE), _LONGEST_CLOSURE)
    gap = gap_now(limit.interval, row, now)
    is_news = row.closed_until is None or row.closed_until <= now
    if is_news:
        gap = min(limit.interval + 2 * gap, _WIDEST_GAP_SECONDS)
        log.warning("budget_closed", limit=limit.name, owner=owner, seconds=pause.total_seconds(), gap=gap)
    until = max(now + pause, row.closed_until or now)
    # One call when it opens, not a burst.
    free_at = until + timedelta(seconds=(limit.burst - 1) * (limit.interval + gap))
    await connection.execute(
        sa.update(CallBudget)
        .where(col(CallBudget.key) == row.key)
        .values(free_at=free_at, closed_until=until, gap_seconds=gap)
    )
    return until


async def list_usage(session: AsyncSession, limit: Limit) -> dict[str, float]:
    """Tell how much of their budgets owners have used at this moment, from above 0 to 1; full budgets are left out."""
    now = utcnow()
    query = select(CallBudget).where(
        col(CallBudget.key).like(f"{limit.name.replace('_', '!_')}:%", escape="!"), col(CallBudget.free_at) > now
    )
    usage = {}
    for row in (await session.exec(query)).all():
        ahead = (row.free_at - now).total_seconds()
        usage[row.key.partition(":")[2]] = min(
            1.0, ahead / (limit.burst * (limit.interval + gap_now(limit.interval, row, now)))
        )
    return usage


async def lock_budgets(connection: AsyncConnection, keys: Iterable[str], now: datetime) -> dict[str, Any]:
    """Read budgets' rows, so that nobody else changes them before this transaction ends.

    They are locked in the order of their keys, so that no two of us wait for each other; new ones are made first, in
    the same order.
    """
    keys = sorted(keys)
    if len(keys) == 1 and (found := (await connection.execute(_ROWS, {"keys": keys})).one_or_none()) is not None:
        return {found.key: found}
    known = set((await connection.scalars(_KNOWN, {"keys": keys})).all())
    if missing := [key for key in keys if key not in known]:
        rows = [{"key": key, "free_at": now, "gap_seconds": 0.0} for key in missing]
        await connection.execute(_begin(connection.dialect.name), rows)
    return {row.key: row for row in await connection.execute(_ROWS, {"keys": keys})}


@cache
def _begin(dialect: str) -> Any:
    return insert_into(dialect, CallBudget).on_conflict_do_nothing(index_elements=["key"])


def _divide(limit: Limit, row: Any, ask: Ask, now: datetime) -> Share:
    interval = timedelta(seconds=limit.interval + gap_now(limit.interval, row, now))
    burst_after_first = (limit.burst - 1) * interval
    is_closed = row.closed_until is not None and row.closed_until > now
    # A clock that leapt ahead somewhere must not close the budget for as long: it counts as empty, no more.
    latest = max(now, row.closed_until or now) + limit.burst * interval
    level = min(max(row.free_at, now), latest)
    is_tight = level - now > interval
    granted = spare = 0
    while not is_closed and granted < ask.wanted and level - now <= burst_after_first:
        granted, level = granted + 1, level + interval
    while not is_closed and granted == ask.wanted and spare < ask.spare and level <= now:
        spare, level = spare + 1, level + interval
    free_at = max(level - burst_after_first, now, row.closed_until or now)
    return Share(granted, spare, free_at, level, interval, is_tight or granted < ask.wanted)


def gap_now(interval: float, row: Any, now: datetime) -> float:
    """What is left of the wider gap after a refusal."""
    if not row.gap_seconds or row.closed_until is None:
        return 0.0
    halvings = max(0.0, (now - row.closed_until) / _GAP_HALVES_EVERY)
    gap = float(row.gap_seconds * 0.5**halvings)
    return gap if gap > interval * _NARROWEST_GAP else 0.0
