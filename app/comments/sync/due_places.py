"""Going through the places of a feed that are due, a few at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.comments.models import CommentFeed, CommentSweep
from app.comments.retention import oldest_kept
from app.comments.sync.feeds import hold
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

SWEEP = Patience(Priority.sweep, caller="comments", turn=45.0)
AT_ONCE = 4
"""Places that are read at the same time: more would only wait for each other before the limiter."""
_MOST_AT_A_TIME = 400
_REFUSED_FOR, _FAILED_FOR = timedelta(hours=12), timedelta(minutes=5)
_FATAL = frozenset({Kind.auth, Kind.permission, Kind.throttled, Kind.sandbox})
"""What is said of the whole account, and not of one place in it."""

Visit = Callable[[CommentSweep], Awaitable[None]]


async def visit_due(app: Resources, feed: CommentFeed, visit: Visit) -> None:
    """Visit each place that is due, while the lease is ours. Raises BusinessError for what is said of the account."""
    async with app.read() as session:
        query = select(CommentSweep).where(CommentSweep.feed_id == feed.id, col(CommentSweep.next_at) <= utcnow())
        # Those that became known together are read from the newest on.
        query = query.order_by(col(CommentSweep.next_at), col(CommentSweep.begins_on).desc())
        places = (await session.exec(query.limit(_MOST_AT_A_TIME))).all()
    oldest = oldest_kept(app.settings)
    for sweep in places:
        sweep.begins_on = max(sweep.begins_on, oldest)
    turns = asyncio.Semaphore(AT_ONCE)
    stop: list[BusinessError] = []

    async def visit_one(sweep: CommentSweep) -> None:
        async with turns:
            if not stop and await hold(app, feed):
                try:
                    await _visit(app, sweep, visit)
                except BusinessError as error:
                    stop.append(error)

    await asyncio.gather(*(visit_one(sweep) for sweep in places))
    if stop:
        raise stop[0]


async def note_place(app: Resources, sweep: CommentSweep, **values: object) -> None:
    """Write down how far a place is."""
    async with app.transaction() as session:
        await session.exec(sa.update(CommentSweep).where(*_is_this(sweep)).values(**values))


async def note_visit(app: Resources, sweep: CommentSweep, **values: object) -> None:
    """Write down what a visit has read; what an event has asked for since it began is still due."""
    is_left = col(CommentSweep.asked_at) > col(CommentSweep.whole_at)
    async with app.transaction() as session:
        await session.exec(sa.update(CommentSweep).where(*_is_this(sweep)).values(**values))
        due = sa.update(CommentSweep).where(*_is_this(sweep), is_left)
        await session.exec(due.values(next_at=CommentSweep.asked_at))


def is_asked(asked_at: datetime | None, done_at: datetime | None) -> bool:
    """Tell whether something was asked for after it was last begun."""
    return asked_at is not None and (done_at is None or asked_at > done_at)


def is_due(at: datetime | None, every: timedelta, now: datetime) -> bool:
    """Tell whether something is to be done again that was done last at `at`."""
    return at is None or now - at >= every


def _is_this(sweep: CommentSweep) -> tuple[sa.ColumnElement[bool], ...]:
    return col(CommentSweep.feed_id) == sweep.feed_id, col(CommentSweep.place_id) == sweep.place_id


async def _visit(app: Resources, sweep: CommentSweep, visit: Visit) -> None:
    """Visit a place; one that TikTok does not show is left alone for a while. Raises BusinessError."""
    try:
        await visit(sweep)
    except BusinessError as error:
        if error.meaning.kind in _FATAL:
            raise
        is_refused = error.meaning.kind in {Kind.parameter, Kind.missing}
        is_smart_plus = "smart plus" in error.said.lower()
        log.warning("comments_of_place_failed", place_id=sweep.place_id, code=error.tiktok_code)
        await note_place(
            app,
            sweep,
            refusal="smart_plus" if is_smart_plus else error.code[:32],
            next_at=utcnow() + (_REFUSED_FOR if is_refused else _FAILED_FOR),
        )
