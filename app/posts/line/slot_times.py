"""Keeping the times in a line true: who was told a slot that is no longer the right one is told the right one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Account
from app.jobs import job
from app.kit.clock import utcnow
from app.messages.message import pack
from app.posts.line.fairness import TIMED, accounts_with
from app.posts.line.ladder import Ladder, Slot
from app.posts.line.pacing import read_ladder
from app.posts.line.turns import EMBARGO, list_queued, place_of, read_line
from app.posts.models import Post, PostState
from app.resources import Resources

READ_AT_ONCE = 500
"""Posts of one line."""
_LINES_PER_RUN = 200
_ROUND = timedelta(seconds=30)
_MOST_QUEUED = 100
_CLOSE_ENOUGH = timedelta(seconds=5)
_CLOSE_ENOUGH_SHARE = 0.01

_posts = Post.__table__  # type: ignore[attr-defined]
_RETIME = (
    sa.update(_posts)
    .where(
        _posts.c.id == sa.bindparam("b_id"),
        _posts.c.state == PostState.scheduled,
        _posts.c.scheduled_at.is_not(None),
        _posts.c.state_reason.is_distinct_from(EMBARGO),
    )
    .values(
        scheduled_at=sa.bindparam("b_at"),
        next_attempt_at=sa.bindparam("b_at"),
        state_reason=sa.bindparam("b_reason"),
        state_detail=sa.bindparam("b_detail"),
        state_message=sa.bindparam("b_message"),
    )
)


@job("posts.keep_lines", timeout=60)
async def keep_lines(app: Resources) -> None:
    """Put the times in lines right: a post was cancelled, a cap raised, a draft posted. Many lines take turns."""
    async with app.read() as session:
        account_ids = await accounts_with(session, TIMED)
    turns = -(-len(account_ids) // _LINES_PER_RUN) or 1
    turn = int(utcnow().timestamp() // _ROUND.total_seconds()) % turns
    for account_id in account_ids[turn::turns]:
        await keep_line(app, account_id)


@job("posts.keep_line", timeout=60)
async def keep_line(app: Resources, account_id: str) -> None:
    """Put the times in one account's line right, from its head to where they are right already."""
    now = utcnow()
    async with app.read() as session:
        account = await session.get(Account, account_id)
        if account is None:
            return
        ladder = await read_ladder(session, account, now)
        queued = await list_queued(session, account, _MOST_QUEUED)
        batch = await read_line(session, account_id, READ_AT_ONCE)
    for place in queued:
        if not batch or place < place_of(batch[0]):
            ladder.next()
    while batch:
        changes = _list_changes(ladder, batch, now)
        if not changes:
            return
        async with app.transaction() as session:
            await (await session.connection()).execute(_RETIME, changes)
        if len(batch) < READ_AT_ONCE:
            return
        async with app.read() as session:
            batch = await read_line(session, account_id, READ_AT_ONCE, after=place_of(batch[-1]))


def _list_changes(ladder: Ladder, batch: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    changes = []
    for row in batch:
        slot = ladder.next()
        if not _is_true(row, slot, now):
            why = {"b_reason": slot.reason, "b_detail": str(slot.detail), "b_message": pack(slot.detail)}
            changes.append({"b_id": row.id, "b_at": slot.at, **why})
    return changes


def _is_true(row: Any, slot: Slot, now: datetime) -> bool:
    """A time far ahead need not be true to the second."""
    tolerance = max(_CLOSE_ENOUGH, (slot.at - now) * _CLOSE_ENOUGH_SHARE)
    return bool(abs(row.scheduled_at - slot.at) <= tolerance)
