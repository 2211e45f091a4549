"""Times that a clock wrote which was ahead, and has been set right since: nothing waits until they come.

A machine that takes its local time for UTC when it starts is hours ahead until the network tells it better. What it
promised meanwhile lies further away than any promise of ours, and is due at once instead.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.posts.follow.due import FOLLOWED, SLOWEST
from app.posts.models import Post, PostState
from app.posts.transitions import LEASE
from app.resources import Resources

log = structlog.get_logger(__name__)

CLOCKS_DIFFER = timedelta(minutes=5)
"""More than the clocks of two machines of ours do."""
_UPLOADS_PAUSE = timedelta(hours=1)

_Case = tuple[str, tuple[sa.ColumnElement[bool], ...], dict[str, Any]]


async def mend_times_ahead(app: Resources, now: datetime) -> None:
    """Let posts go on that wait for a time further ahead than any that is ever written."""
    for what, conditions, values in _cases(now):
        async with app.read() as session:
            found = (await session.exec(select(Post.id).where(*conditions).limit(1))).first()
        if found is None:
            continue
        async with app.transaction() as session:
            mended = await session.exec(sa.update(Post).where(*conditions).values(**values))
        log.warning("clock_was_ahead", posts=mended.rowcount, times=what)


def _cases(now: datetime) -> tuple[_Case, ...]:
    state, is_ahead = col(Post.state), col(Post.updated_at) > now + CLOCKS_DIFFER
    # A worker that is alive renews its lease within this one.
    lease = {"lease_until": now + LEASE}
    return (
        (
            "next_check_at",
            (col(Post.next_check_at) > now + SLOWEST + CLOCKS_DIFFER, state.in_((*FOLLOWED, PostState.unconfirmed))),
            {"next_check_at": now},
        ),
        (
            "next_attempt_at",
            (state == PostState.retryable, col(Post.next_attempt_at) > now, is_ahead),
            {"next_attempt_at": now, "updated_at": now},
        ),
        (
            "next_attempt_at",
            (state == PostState.queued, col(Post.next_attempt_at) > now + CLOCKS_DIFFER, is_ahead),
            {"next_attempt_at": now, "updated_at": now},
        ),
        ("lease_until", (state == PostState.queued, col(Post.lease_until) > now + CLOCKS_DIFFER), lease),
        ("lease_until", (state == PostState.publishing, col(Post.lease_until) > now + 2 * _UPLOADS_PAUSE), lease),
    )
