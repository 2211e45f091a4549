"""Claiming what is due to be asked about: in batches, in plain statements, within each account's budget.

The row is the schedule. A claim moves `next_check_at` on before anything is asked, so that two workers never ask about
the same post at once, and a worker that dies costs one interval.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind, AccountState
from app.accounts.tokens.lives import with_versions
from app.config import Settings
from app.kit.bulk_times import set_moments
from app.limits.budgets import STATUS_FETCH, Ask, Share, take
from app.posts.models import Post, PostState

FOLLOWED = (PostState.publishing, PostState.sent_to_inbox, PostState.published)
GIVE_UP_AFTER = timedelta(hours=48)
SLOWEST = timedelta(minutes=10)

_SLOWER = ((timedelta(minutes=10), timedelta(seconds=15)), (timedelta(hours=1), timedelta(seconds=60)))
_AFTER_VERDICT = timedelta(seconds=60)
# A crowd of posts plans to use this much of the budget: planned to the brim, the oldest might never get their turn.
_PLANNED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Poll:
    """One question to ask, about a post as it was when it was claimed."""

    post_id: str
    account_id: str
    publish_id: str
    state: PostState
    tiktok_status: str | None
    due_at: datetime
    since: datetime
    token_version: int
    token_expires_at: datetime | None
    is_connected: bool
    is_last: bool
    account_kind: AccountKind
    open_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What to ask now; `is_full` where more may be due."""

    polls: list[Poll]
    is_full: bool


def interval_for(age: timedelta, settings: Settings) -> timedelta:
    """Tell how long to wait before the next question about a post that TikTok has had for `age`."""
    if age < timedelta(seconds=settings.follow_fast_seconds):
        return timedelta(seconds=settings.follow_interval_seconds)
    for younger_than, interval in _SLOWER:
        if age < younger_than:
            return interval
    return SLOWEST


@dataclass(frozen=True, slots=True)
class Progress:
    """A status of TikTok's that is no verdict: it is still at the post. Worth showing, and nothing depends on it."""

    poll: Poll
    status: str


async def note_progress(session: AsyncSession, said: Sequence[Progress], now: datetime) -> None:
    """Store what TikTok called the posts, as far as they still are as they were when it was asked."""
    rows = [
        {"b_id": one.poll.post_id, "b_state": one.poll.state, "b_publish_id": one.poll.publish_id,
         "b_status": one.status, "b_now": now}
        for one in said
    ]  # fmt: skip
    if rows:
        await (await session.connection()).execute(_NOTE, rows)


async def next_due(session: AsyncSession) -> datetime | None:
    """Tell when the next question is due, perhaps long since; None while nothing is followed."""
    connection = await session.connection()
    found: datetime | None = (await connection.execute(_NEXT)).scalar_one_or_none()
    return found


async def claim(session: AsyncSession, settings: Settings, now: datetime, *, room: int) -> Claim:
    """Claim at most `room` of the posts that are due, those that wait longest first."""
    connection = await session.connection()
    rows = await connection.execute(DUE, {"now": now, "room": room})
    due = [_read(row, now) for row in rows]
    if not due:
        return Claim([], is_full=False)
    plan = _Plan(settings, now)
    # Without a login nothing can be asked; what is asked for the last time is settled all the same.
    for poll in due:
        if not poll.is_connected:
            plan.put(poll, now + SLOWEST, ask=poll.is_last)
    askable = _by_account(poll for poll in due if poll.is_connected)
    wishes = {account_id: _wish(polls) for account_id, polls in askable.items()}
    shares = await take(session, STATUS_FETCH, wishes, now=now)
    stretch = await _stretch(connection, shares, plan)
    for account_id, polls in askable.items():
        plan.share_out(polls, shares[account_id], stretch.get(account_id, 1.0))
    await set_moments(connection, _POST.id, _POST.next_check_at, plan.moves)
    return Claim(plan.asked, is_full=len(due) == room)


_POST = Post.__table__.c  # type: ignore[attr-defined]
_ACCOUNT = Account.__table__.c  # type: ignore[attr-defined]
# After the verdict it is the public id, or the creator's tap, that is waited for: for two days from then on.
_SINCE = sa.func.coalesce(_POST.finalized_at, _POST.publishing_since, _POST.created_at).label("since")
_IS_FOLLOWED = (
    # `lower` changes nothing but SQLite's mind: it would walk through all published posts by the index of states.
    sa.func.lower(_POST.state, type_=sa.Text).in_([state.value for state in FOLLOWED]),
    _POST.publish_id.is_not(None),
)
_NEXT = (
    sa.select(_POST.next_check_at)
    .where(_POST.next_check_at.is_not(None), *_IS_FOLLOWED)
    .order_by(_POST.next_check_at)
    .limit(1)
)
_FIRST = (
    sa.select(
        _POST.id, _POST.account_id, _POST.publish_id, _POST.state, _POST.tiktok_status, _POST.next_check_at, _SINCE
    )
    .where(_POST.next_check_at <= sa.bindparam("now"), *_IS_FOLLOWED)
    .order_by(_POST.next_check_at)
    .limit(sa.bindparam("room", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
# Joined after the limit: PostgreSQL would rather read all accounts for a few hundred posts.
DUE = with_versions(
    sa.select(_FIRST, _ACCOUNT.state, _ACCOUNT.kind, _ACCOUNT.open_id).select_from(
        sa.join(_FIRST, Account, _FIRST.c.account_id == _ACCOUNT.id)
    ),
    _FIRST.c.account_id,
)
_NOTE = (
    sa.update(Post)
    .where(
        _POST.id == sa.bindparam("b_id"),
        _POST.state == sa.bindparam("b_state"),
        _POST.publish_id == sa.bindparam("b_publish_id"),
    )
    .values(tiktok_status=sa.bindparam("b_status"), updated_at=sa.bindparam("b_now"))
)
_CROWD = sa.select(_POST.account_id, _SINCE).where(
    _POST.account_id.in_(sa.bindparam("accounts", expanding=True)),
    _POST.state == PostState.publishing,
    _POST.next_check_at.is_not(None),
)


def _read(row: Any, now: datetime) -> Poll:
    (post_id, account_id, publish_id, state, tiktok_status, due_at, since,
     account_state, kind, open_id, version, expires_at) = row  # fmt: skip
    is_connected = account_state is AccountState.connected
    is_last = now - since > GIVE_UP_AFTER
    return Poll(post_id, account_id, publish_id, state, tiktok_status, due_at, since, version, expires_at,
                is_connected, is_last, kind, open_id)  # fmt: skip


def _by_account(polls: Iterable[Poll]) -> Mapping[str, list[Poll]]:
    found: defaultdict[str, list[Poll]] = defaultdict(list)
    for poll in polls:
        found[poll.account_id].append(poll)
    return found


def _wish(polls: Sequence[Poll]) -> Ask:
    wanted = sum(poll.state is PostState.publishing for poll in polls)
    # The verdict is in: what is still to come, the public id or the creator's tap, must not cost others their polls.
    return Ask(wanted, spare=len(polls) - wanted)


async def _stretch(connection: AsyncConnection, shares: Mapping[str, Share], plan: "_Plan") -> dict[str, float]:
    """Tell for the accounts that have more posts than questions how much longer each post has to wait."""
    tight = [account_id for account_id, share in shares.items() if share.is_tight]
    if not tight:
        return {}
    demands: defaultdict[str, float] = defaultdict(float)
    for account_id, since in await connection.execute(_CROWD, {"accounts": tight}):
        demands[account_id] += shares[account_id].interval / interval_for(plan.now - since, plan.settings)
    return {account_id: demand / _PLANNED_SHARE for account_id, demand in demands.items() if demand > 1.001}


class _Plan:
    """Who is asked about now, and when each post's next turn is."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings = settings
        self.now = now
        self.asked: list[Poll] = []
        self.moves: dict[str, datetime] = {}

    def put(self, poll: Poll, at: datetime, *, ask: bool) -> None:
        self.moves[poll.post_id] = at
        if ask:
            self.asked.append(poll)

    def share_out(self, polls: Sequence[Poll], share: Share, stretch: float) -> None:
        """Ask about the newest posts first; the rest gets the next free moments in the same order."""
        if len(polls) == 1 and share.granted:
            self.put(polls[0], self._next(polls[0], stretch), ask=True)
            return
        waiting = sorted((p for p in polls if p.state is PostState.publishing), key=lambda p: p.since, reverse=True)
        for number, poll in enumerate(waiting):
            late = share.free_at + (number - share.granted) * share.interval
            is_asked = number < share.granted
            self.put(poll, self._next(poll, stretch) if is_asked else late, ask=is_asked)
        decided = sorted((p for p in polls if p.state is not PostState.publishing), key=lambda p: p.due_at)
        for number, poll in enumerate(decided):
            late = share.full_at + (number - share.spare) * share.interval
            is_asked = number < share.spare
            self.put(poll, self._next(poll, 1.0) if is_asked else late, ask=is_asked)

    def _next(self, poll: Poll, stretch: float) -> datetime:
        interval = interval_for(self.now - poll.since, self.settings) * stretch
        if poll.state is not PostState.publishing:
            interval = max(interval, _AFTER_VERDICT)
        # In step with its own time, so that being a little late each time does not add up; far behind, from now on.
        in_step = poll.due_at + interval
        return in_step if in_step - self.now > interval / 2 else self.now + interval
