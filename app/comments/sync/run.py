"""One sweep of an ad account: its ads and blocked words now and then, and each ad group that is due."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.ads.connections.reach import Reach, note_refused, reach_advertiser
from app.ads.desk.errors import desk_error
from app.comments.models import CommentFeed, CommentSource, CommentSweep
from app.comments.sync.ads import list_ads_anew
from app.comments.sync.feeds import claim, hold, release
from app.comments.sync.places import Visit
from app.comments.words import read_words
from app.errors import AppError
from app.kit.clock import utcnow
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

SWEEP = Patience(Priority.sweep, caller="comments", turn=45.0)
ADS_EVERY, WORDS_EVERY = timedelta(minutes=5), timedelta(hours=1)
_AT_ONCE = 4
"""Ad groups that are read at the same time: more would only wait for each other before the limiter."""
_MOST_AT_A_TIME = 400
_REFUSED_FOR, _FAILED_FOR = timedelta(hours=12), timedelta(minutes=5)
_FATAL = frozenset({Kind.auth, Kind.permission, Kind.throttled, Kind.sandbox})
"""What is said of the whole ad account, and not of one ad group."""


async def sync_feed(app: Resources, feed_id: str) -> None:
    """Sweep once, if it is due. Safe to run twice, and wherever it is cut off: what was read is kept."""
    feed = await claim(app, feed_id)
    if feed is None or feed.source is not CommentSource.ad:
        return
    reach: Reach | None = None
    try:
        reach = await reach_advertiser(app, feed.owner_id, patience=SWEEP)
        await _sweep(app, feed, reach)
    except BusinessError as error:
        if reach is not None:
            await note_refused(app, reach, error)
        after = timedelta(seconds=error.retry_after) if error.retry_after else None
        await _fail(app, feed, desk_error(error).message, after)
    except AppError as error:
        await _fail(app, feed, error.message)
    else:
        await release(app, feed)


async def _fail(app: Resources, feed: CommentFeed, why: Message, after: timedelta | None = None) -> None:
    await release(app, feed, why, after=after)
    log.warning("comments_sync_failed", owner_id=feed.owner_id, why=str(why))


async def _sweep(app: Resources, feed: CommentFeed, reach: Reach) -> None:
    now = utcnow()
    if feed.places_at is None or now - feed.places_at >= ADS_EVERY:
        await list_ads_anew(app, feed, reach)
    if feed.words_at is None or now - feed.words_at >= WORDS_EVERY:
        feed.words = await read_words(app, feed, reach)
    async with app.read() as session:
        query = select(CommentSweep).where(CommentSweep.feed_id == feed.id, col(CommentSweep.next_at) <= utcnow())
        places = (await session.exec(query.order_by(col(CommentSweep.next_at)).limit(_MOST_AT_A_TIME))).all()
    turns = asyncio.Semaphore(_AT_ONCE)
    stop: list[BusinessError] = []

    async def visit(sweep: CommentSweep) -> None:
        async with turns:
            if not stop and await hold(app, feed):
                try:
                    await _visit(Visit(app, feed, reach, sweep))
                except BusinessError as error:
                    stop.append(error)

    await asyncio.gather(*(visit(sweep) for sweep in places))
    if stop:
        raise stop[0]


async def _visit(visit: Visit) -> None:
    """Sweep an ad group; one that TikTok does not show is left alone for a while. Raises BusinessError."""
    try:
        await visit.sweep_place()
    except BusinessError as error:
        if error.meaning.kind in _FATAL:
            raise
        is_refused = error.meaning.kind in {Kind.parameter, Kind.missing}
        is_smart_plus = "smart plus" in error.said.lower()
        values = {
            "refusal": "smart_plus" if is_smart_plus else error.code[:32],
            "next_at": utcnow() + (_REFUSED_FOR if is_refused else _FAILED_FOR),
        }
        log.warning("comments_of_adgroup_failed", place_id=visit.sweep.place_id, code=error.tiktok_code)
        async with visit.app.transaction() as session:
            is_this = (
                col(CommentSweep.feed_id) == visit.sweep.feed_id, col(CommentSweep.place_id) == visit.sweep.place_id,
            )  # fmt: skip
            await session.exec(sa.update(CommentSweep).where(*is_this).values(**values))
