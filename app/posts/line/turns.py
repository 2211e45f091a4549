"""An account's line: which of its posts goes next, and when each of the others does.

In line are the `scheduled` posts that have a time and wait for nothing but a slot. Breaking news goes first, then what
came first: ids grow with time. `scheduled_at` is the slot that a post was told; it is written when the post joins the
line, and again when those before it move.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.kit.clock import utcnow
from app.kit.compound import fetch_each
from app.messages.message import NOTHING_SAID, unpack
from app.posts.line.fairness import QUEUED, TIMED, Conditions, Part
from app.posts.line.ladder import Ladder, Slot
from app.posts.line.pacing import read_ladder
from app.posts.models import Post, PostState

EMBARGO = "embargo"

_MOST_QUEUED = 100
"""How many posts on their way are looked at when a slot is foretold; a sweep puts the rest right."""

_MADE_READY_WITHIN = timedelta(seconds=10)
NEW_WITHIN = timedelta(seconds=5)
"""How long those behind a new one wait for its pictures: articles that come together go out as they came."""
_IN_A_MOMENT = timedelta(seconds=2)
_TAKEN_UP_WITHIN = timedelta(seconds=5)
"""How long a busy worker may take to begin with a post that is due; a sweep hands out the rest every two seconds."""
_AFTER_ALL = "~"
_NO_EMBARGO = col(Post.state_reason).is_distinct_from(EMBARGO)

Place = tuple[bool, str]
"""Where a post stands among those of its account: compare places to see who goes first."""


def in_line() -> Conditions:
    """Which posts stand in line: due at a time, and under no embargo."""
    return (*TIMED.conditions, _NO_EMBARGO)


def is_in_line(post: Post) -> bool:
    """Tell the same of a post that was read."""
    is_timed = post.state is PostState.scheduled and post.scheduled_at is not None
    return is_timed and post.state_reason != EMBARGO


def place_of(post: Any) -> Place:
    """Give a post's place in the line of its account: breaking news first, then those that came first."""
    return (not post.is_urgent, post.id)


async def find_slot(session: AsyncSession, account: Account, post: Post, now: datetime) -> Slot | None:
    """Tell which slot a post on its way gets; None means that it may leave now, and nobody goes before it."""
    ladder = await read_ladder(session, account, now)
    free = ladder.count_free()
    if free:
        first = await list_next(session, account, free)
        if sum(place < place_of(post) for place in first) < free:
            return None
    return await _slot_behind_others(session, account, post, ladder)


async def stands_behind(
    session: AsyncSession, account: Account, post: Post, now: datetime, *, new_within: timedelta
) -> bool:
    """Tell whether a post of the account that goes before this one, and may leave as well, is just on its way.

    Such a one is in a worker's hands or about to be, and ready, or made so lately that it is not to blame for that.
    """
    # Of one beyond a burst no worker has heard yet: a sweep hands it out in a moment.
    is_untold = sa.and_(col(Post.lease_until).is_(None), col(Post.next_attempt_at).is_(None))
    is_in_hand = sa.or_(
        col(Post.lease_until) > now,
        col(Post.next_attempt_at).between(now - _TAKEN_UP_WITHIN, now + _IN_A_MOMENT),
        is_untold,
    )
    is_new = sa.and_(col(Post.media_missing_since).is_(None), col(Post.created_at) > now - new_within)
    is_ready = sa.or_(col(Post.prepared_version).is_not(None), is_new)
    on_their_way: Conditions = (is_in_hand, is_ready, *_to_be_sent(account))
    called_now: Conditions = (_NO_EMBARGO, col(Post.scheduled_at) <= now)
    branches: list[sa.Select[*tuple[Any, ...]]] = []
    for part, more in ((QUEUED, on_their_way), (TIMED, called_now)):
        for is_urgent in {True, post.is_urgent}:
            query = select(Post.id).where(
                Post.account_id == account.id, Post.is_urgent == is_urgent, *part.conditions, *more
            )
            if is_urgent is post.is_urgent:
                query = query.where(col(Post.id) < post.id)
            branches.append(_by(part, query).limit(1))
    return bool(await fetch_each(session, branches))


async def list_next(session: AsyncSession, account: Account, count: int) -> list[Place]:
    """List the places of the `count` posts of an account that go next, on their way already or still in line."""
    branches = _in_order(account.id, count, _ready(account), QUEUED) + _in_order(account.id, count)
    return sorted(place_of(row) for row in await fetch_each(session, branches))[:count]


async def list_queued(session: AsyncSession, account: Account, count: int) -> list[Place]:
    """List the places of posts on their way to TikTok whose init has not begun, and that are ready for it."""
    rows = await fetch_each(session, _in_order(account.id, count, _ready(account), QUEUED))
    return sorted(place_of(row) for row in rows)[:count]


def _ready(account: Account) -> Conditions:
    """One whose media are still being made does not stand before others: it takes its place when it is ready.

    Only one that has waited for this moment has a few seconds for it.
    """
    now = utcnow()
    was_called = sa.and_(
        col(Post.media_missing_since).is_(None),
        col(Post.updated_at) > now - _MADE_READY_WITHIN,
        col(Post.created_at) < now - 2 * _MADE_READY_WITHIN,
    )
    return (sa.or_(col(Post.prepared_version).is_not(None), was_called), *_to_be_sent(account))


def _to_be_sent(account: Account) -> Conditions:
    """Those whose init has not begun."""
    conditions: Conditions = (col(Post.is_sending).is_(False),)
    if account.settings.mode is PublishMode.approve:
        # The others are only being made ready for the person who looks at them.
        conditions += (col(Post.is_approved).is_(True),)
    return conditions


async def read_line(session: AsyncSession, account_id: str, count: int, *, after: Place | None = None) -> list[Any]:
    """Read the first posts of an account's line, or the first ones after a place."""
    rows = await fetch_each(session, _in_order(account_id, count, after=after))
    return sorted(rows, key=place_of)[:count]


def _in_order(
    account_id: str,
    count: int,
    more: Conditions = (_NO_EMBARGO,),
    part: Part = TIMED,
    *,
    after: Place | None = None,
) -> list[sa.Select[*tuple[Any, ...]]]:
    """Ask for the first posts of a part of an account's posts, breaking news apart: so an index has them in order."""
    branches = []
    for is_urgent in (True, False):
        if after is not None and after > (not is_urgent, _AFTER_ALL):
            continue
        query = select(Post.id, Post.is_urgent, Post.scheduled_at).where(
            Post.account_id == account_id, Post.is_urgent == is_urgent, *part.conditions, *more
        )
        if after is not None and after[0] is not is_urgent:
            query = query.where(col(Post.id) > after[1])
        branches.append(_by(part, query).order_by(col(Post.id)).limit(count))
    return branches


def _by(part: Part, query: Any) -> Any:
    return query.with_hint(Post, part.hint, "sqlite")


async def _slot_behind_others(session: AsyncSession, account: Account, post: Post, ladder: Ladder) -> Slot:
    own = place_of(post)
    before = await _rungs_before(session, account, post, ladder.depth)
    queued = [place for place in await list_queued(session, account, _MOST_QUEUED) if place < own]
    line = await read_line(session, account.id, 1)
    head = place_of(line[0]) if line else None
    for place in queued:
        if head is None or place < head:
            ladder.next()
    for rung in before:
        ladder.push(rung)
    for place in queued:
        if head is not None and place > head:
            ladder.next()
    slot = ladder.next()
    last = await _last_in_line(session, account)
    return Slot(slot.at, slot.reason, slot.detail, is_before_others=last is not None and last > own)


async def _last_in_line(session: AsyncSession, account: Account) -> Place | None:
    for is_urgent in (False, True):
        query = select(Post.id).where(Post.account_id == account.id, Post.is_urgent == is_urgent, *in_line())
        found = (await session.exec(_by(TIMED, query).order_by(col(Post.id).desc()).limit(1))).first()
        if found is not None:
            return (not is_urgent, found)
    return None


async def _rungs_before(session: AsyncSession, account: Account, post: Post, depth: int) -> list[Slot]:
    """List the newest slots given to posts in line before this one; those further back do not bear on it."""
    rungs = await _newest_rungs(session, account, post.is_urgent, depth, before=post.id)
    if not post.is_urgent and len(rungs) < depth:
        rungs += await _newest_rungs(session, account, True, depth - len(rungs))
    return sorted(rungs, key=lambda slot: slot.at)


async def _newest_rungs(
    session: AsyncSession, account: Account, is_urgent: bool, count: int, *, before: str | None = None
) -> list[Slot]:
    query = select(Post.scheduled_at, Post.state_reason, Post.state_detail, Post.state_message).where(
        Post.account_id == account.id, Post.is_urgent == is_urgent, *in_line()
    )
    if before is not None:
        query = query.where(col(Post.id) < before)
    found = await session.exec(_by(TIMED, query).order_by(col(Post.id).desc()).limit(count))
    return [
        Slot(at, reason or "", unpack(detail or "", message) or NOTHING_SAID)
        for at, reason, detail, message in found.all()
        if at is not None
    ]
