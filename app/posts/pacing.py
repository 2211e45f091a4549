"""When an account may call init next: TikTok's published limits, counted in our own attempts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.posts.models import AttemptOutcome, PostAttempt

INITS_PER_MINUTE = 6
"""Per user token [open-api.md 2.1]."""
PENDING_DRAFTS = 5
"""In any 24 hours [open-api.md 2.11]."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(hours=24)
# TikTok's window starts when it receives the call, which is a little after our row.
_MARGIN = timedelta(seconds=1)
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
_COUNTED = (AttemptOutcome.accepted, AttemptOutcome.unknown, AttemptOutcome.sending)


@dataclass(frozen=True, slots=True)
class Slot:
    """When the next init may leave, and why not before."""

    at: datetime
    reason: str
    detail: str


def turn_of(account_id: str) -> asyncio.Lock:
    """Give the lock under which this process talks to TikTok about an account's next post.

    The database lets one init of an account leave at a time, whatever the process. This is for the questions before it:
    a burst of articles would ask for the creator's limits again and again, until TikTok refuses to answer.
    """
    return _turns.setdefault(account_id, asyncio.Lock())


async def next_slot(
    session: AsyncSession, account: Account, now: datetime, *, besides: str | None = None
) -> Slot | None:
    """Tell when this account may call init; None means now.

    Every call counts against the minute; what was accepted, or may have been, counts against the day. The attempt
    `besides` does not count: it is the one that asks.
    """
    if account.init_not_before is not None and account.init_not_before > now:
        detail = "TikTok asked this account to wait."
        return Slot(account.init_not_before, account.init_pause_reason or "rate_limit_exceeded", detail)
    sixth = await _nth_newest(session, account.id, INITS_PER_MINUTE, since=now - _MINUTE - _MARGIN, besides=besides)
    if sixth is not None:
        detail = f"TikTok takes {INITS_PER_MINUTE} posts a minute from one account."
        return Slot(sixth + _MINUTE + _MARGIN, "rate_limit_exceeded", detail)
    return await _daily_slot(session, account, now, besides)


async def _daily_slot(session: AsyncSession, account: Account, now: datetime, besides: str | None) -> Slot | None:
    is_inbox = account.mode is PublishMode.inbox
    cap = min(account.daily_cap, PENDING_DRAFTS) if is_inbox else account.daily_cap
    since = now - _DAY - _MARGIN
    first_of_day = await _nth_newest(session, account.id, cap, since=since, besides=besides, outcomes=_COUNTED)
    if first_of_day is None:
        return None
    what = "drafts that wait in the creator's inbox" if is_inbox else "posts in 24 hours"
    detail = f"The account has used up its {cap} {what}; the post takes the next free slot."
    return Slot(first_of_day + _DAY + _MARGIN, "pending_drafts" if is_inbox else "daily_cap", detail)


async def _nth_newest(
    session: AsyncSession,
    account_id: str,
    nth: int,
    *,
    since: datetime,
    besides: str | None,
    outcomes: tuple[AttemptOutcome, ...] | None = None,
) -> datetime | None:
    conditions: list[sa.ColumnElement[bool]] = [
        col(PostAttempt.account_id) == account_id,
        col(PostAttempt.started_at) > since,
        col(PostAttempt.outcome) != AttemptOutcome.not_sent,
    ]
    if besides is not None:
        conditions.append(col(PostAttempt.id) != besides)
    if outcomes is not None:
        conditions.append(col(PostAttempt.outcome).in_(outcomes))
    query = select(PostAttempt.started_at).where(*conditions).order_by(col(PostAttempt.started_at).desc())
    return (await session.exec(query.offset(nth - 1).limit(1))).first()
