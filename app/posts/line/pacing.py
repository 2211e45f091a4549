"""When an account may call init next: TikTok's limits, counted in our own attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.holds import init_gap
from app.accounts.models import Account, PublishMode
from app.kit.compound import fetch_each
from app.messages import timeline
from app.posts.line.fairness import Conditions
from app.posts.line.ladder import MARGIN, Ladder, Slot, Window
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.tiktok.catalogue import explain_error

INITS_PER_MINUTE = 6
"""Per user token [open-api.md 2.1]."""
PENDING_DRAFTS = 5
"""In any 24 hours [open-api.md 2.11]."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(hours=24)
# An init ends within 30 s, or is given up by a sweep a little after a minute.
_LONGEST_INIT = timedelta(minutes=3)
_COUNTED = (AttemptOutcome.accepted, AttemptOutcome.unknown, AttemptOutcome.sending)
_NO_LONGER_PENDING = (PostState.published, PostState.failed)

_SHARED_CAP = timeline.SHARED_CAP


async def next_slot(
    session: AsyncSession, account: Account, now: datetime, *, besides: str | None = None
) -> Slot | None:
    """Tell when TikTok's limits let this account call init; None means now. Says nothing about whose turn it is.

    Every call counts against the minute; what was accepted, or may have been, counts against the day. The attempt
    `besides` does not count: it is the one that asks.
    """
    ladder = await read_ladder(session, account, now, besides=besides)
    return None if ladder.count_free() else ladder.next()


async def read_ladder(session: AsyncSession, account: Account, now: datetime, *, besides: str | None = None) -> Ladder:
    """Build the ladder of an account on the inits that it has made; they are read in one question."""
    windows = [_minute_window(now), *_day_windows(account, now)]
    gap = timedelta(seconds=init_gap(account, now))
    wanted = [
        *(_inits_in(window, now, conditions) for window, conditions in windows),
        _Inits(1 if gap else 0, _every_call(now)),
    ]
    *of_windows, newest = await _newest(session, account, wanted, besides)
    for (window, _), inits in zip(windows, of_windows, strict=True):
        window.times.extend(_arrivals(inits, now - window.span - MARGIN))
    last = newest[0][0] if newest else None
    return Ladder(now, [window for window, _ in windows], gap=gap, last=last, pause=_pause(account, now))


async def count_in_day(session: AsyncSession, account: Account, now: datetime) -> int:
    """Count what of ours TikTok counts against this creator's cap now: posts, or drafts that still wait."""
    conditions = (col(PostAttempt.account_id) == account.id, col(PostAttempt.started_at) > now - _DAY)
    query = select(func.count()).select_from(PostAttempt).where(*conditions, *_against_cap(account))
    return (await session.exec(query)).one()


async def count_in_days(session: AsyncSession, accounts: Sequence[Account], now: datetime) -> dict[str, int]:
    """Count the same for several accounts at once; one that has nothing in its day is not in it."""
    found: dict[str, int] = {}
    drafts = [account for account in accounts if account.settings.mode is PublishMode.inbox]
    for some in (drafts, [account for account in accounts if account.settings.mode is not PublishMode.inbox]):
        if some:
            since = (_of_these(some), col(PostAttempt.started_at) > now - _DAY)
            query = select(PostAttempt.account_id, func.count()).where(*since, *_against_cap(some[0]))
            found.update((await session.exec(query.group_by(col(PostAttempt.account_id)))).all())
    return found


async def list_slots(session: AsyncSession, accounts: Sequence[Account], now: datetime) -> dict[str, Slot]:
    """Tell the next slot of each account that may not call init now.

    Most are far from every limit: one count of all their calls says so, and spares each a ladder.
    """
    early = now - _DAY - MARGIN - _LONGEST_INIT
    in_minute = sa.case((col(PostAttempt.started_at) > now - _MINUTE - MARGIN - _LONGEST_INIT, 1), else_=0)
    query = select(PostAttempt.account_id, func.count(), func.sum(in_minute))
    query = query.where(_of_these(accounts), col(PostAttempt.started_at) > early)
    calls = {row[0]: row[1:] for row in await session.exec(query.group_by(col(PostAttempt.account_id)))}
    slots = {}
    for account in accounts:
        in_day, lately = calls.get(account.id, (0, 0))
        has_room = lately < INITS_PER_MINUTE and all(in_day < window.cap for window, _ in _day_windows(account, now))
        is_free = has_room and not init_gap(account, now) and _pause(account, now) is None
        if not is_free and (slot := await next_slot(session, account, now)) is not None:
            slots[account.id] = slot
    return slots


def _of_these(accounts: Sequence[Account]) -> sa.ColumnElement[bool]:
    return col(PostAttempt.account_id).in_([account.id for account in accounts])


def _minute_window(now: datetime) -> tuple[Window, Conditions]:
    detail = timeline.minute_full(count=INITS_PER_MINUTE)
    return Window(_MINUTE, INITS_PER_MINUTE, "rate_limit_exceeded", detail), _every_call(now)


def _day_windows(account: Account, now: datetime) -> list[tuple[Window, Conditions]]:
    cap = account.settings.daily_cap
    detail = timeline.cap_reached(cap=cap)
    windows: list[tuple[Window, Conditions]] = [
        (Window(_DAY, cap, "daily_cap", detail), (col(PostAttempt.outcome).in_(_COUNTED),))
    ]
    is_inbox = account.settings.mode is PublishMode.inbox
    if is_inbox:
        detail = timeline.drafts_reached(cap=PENDING_DRAFTS)
        windows.append((Window(_DAY, PENDING_DRAFTS, "pending_drafts", detail), _against_cap(account)))
    learned, learned_at = account.pace.learned_daily_cap, account.pace.learned_daily_cap_at
    if learned is not None and learned_at is not None and learned_at + _DAY > now:
        reason, detail = ("pending_drafts", timeline.SHARED_INBOX) if is_inbox else ("daily_cap", _SHARED_CAP)
        windows.append((Window(_DAY, learned, reason, detail, until=learned_at + _DAY), _against_cap(account)))
    return windows


def _against_cap(account: Account) -> Conditions:
    """What TikTok says has failed is not there. Drafts that the creator has posted wait no longer either."""
    is_there = sa.or_(col(PostAttempt.outcome) != AttemptOutcome.accepted, col(PostAttempt.error_code).is_(None))
    counted = sa.and_(col(PostAttempt.outcome).in_(_COUNTED), is_there)
    if account.settings.mode is not PublishMode.inbox:
        return (counted,)
    done = sa.exists().where(col(Post.id) == PostAttempt.post_id, col(Post.state).in_(_NO_LONGER_PENDING))
    return (counted, ~done)


@dataclass(frozen=True)
class _Inits:
    """The newest `count` of an account's inits that satisfy the conditions."""

    count: int
    conditions: Conditions


def _inits_in(window: Window, now: datetime, conditions: Conditions) -> _Inits:
    since = now - window.span - MARGIN - _LONGEST_INIT
    return _Inits(window.cap, (col(PostAttempt.started_at) > since, *conditions))


async def _newest(
    session: AsyncSession, account: Account, wanted: Sequence[_Inits], besides: str | None
) -> list[list[tuple[datetime, datetime | None]]]:
    """Read start and end of several sets of inits in one question, each with the newest first."""
    own: Conditions = (col(PostAttempt.account_id) == account.id,)
    if besides is not None:
        own += (col(PostAttempt.id) != besides,)
    branches: list[sa.Select[*tuple[Any, ...]]] = [
        sa.select(sa.literal(number).label("number"), col(PostAttempt.started_at), col(PostAttempt.ended_at))
        .where(*own, *inits.conditions)
        .order_by(col(PostAttempt.started_at).desc())
        .limit(inits.count)
        for number, inits in enumerate(wanted)
        if inits.count
    ]
    found: list[list[tuple[datetime, datetime | None]]] = [[] for _ in wanted]
    for row in await fetch_each(session, branches):
        found[row.number].append((row.started_at, row.ended_at))
    return found


def _arrivals(inits: Sequence[tuple[datetime, datetime | None]], since: datetime) -> list[datetime]:
    """Tell when inits reached TikTok at the latest: somewhere between their start and end."""
    # One whose answer was lost ends when its traces are found, which may be a day after TikTok got it.
    moments = (min(ended_at or started_at, started_at + _LONGEST_INIT) for started_at, ended_at in inits)
    return sorted(moment for moment in moments if moment > since)


def _every_call(now: datetime) -> Conditions:
    return (col(PostAttempt.outcome) != AttemptOutcome.not_sent, _is_past(now))


def _is_past(now: datetime) -> sa.ColumnElement[bool]:
    """What lies ahead was written by a clock that was wrong: nobody knows when it was, and nothing waits until then."""
    return col(PostAttempt.started_at) < now + _LONGEST_INIT


def _pause(account: Account, now: datetime) -> Slot | None:
    if account.pace.init_not_before is None or account.pace.init_not_before <= now:
        return None
    reason = account.pace.init_pause_reason or "rate_limit_exceeded"
    advice = explain_error(reason)
    detail = advice.words if reason == "reached_active_user_cap" else timeline.ASKED_TO_WAIT
    return Slot(account.pace.init_not_before, reason, detail)
