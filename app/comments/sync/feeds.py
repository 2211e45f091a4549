"""Which ad accounts and business accounts are swept, and whose turn it is."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business.portal_settings import send_events_here
from app.accounts.models import AccountKind
from app.accounts.queries import list_live_accounts
from app.ads.access import mode_of
from app.ads.connections.listing import list_advertisers
from app.comments.models import CommentFeed, CommentSource
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.messages.message import Message, keep_whole
from app.resources import Resources

SYNC = "comments.sync"
EVERY = timedelta(seconds=75)
"""So often an account is swept: with the tick and the sweep's own time a comment is here within three minutes."""
LEASE = timedelta(minutes=5)
LATER = timedelta(minutes=10)
"""After a failure that a person must mend."""
_MOST_ACCOUNTS = 1000
_BATCH = 50


async def note_feeds(app: Resources) -> None:
    """Know a feed of each ad account that is within reach, and of each business account that is connected."""
    page = await list_advertisers(app, limit=_MOST_ACCOUNTS)
    await _note(app, CommentSource.ad, {one.advertiser.advertiser_id for one in page.items})
    async with app.read() as session:
        accounts = [one.id for one in await list_live_accounts(session) if one.kind is AccountKind.business]
    if await _note(app, CommentSource.organic, set(accounts)):
        # Whoever was connected before comments were read has not asked for their events.
        await send_events_here(app)
    await _forget_disconnected(app, accounts)


async def _note(app: Resources, source: CommentSource, wanted: set[str]) -> bool:
    """Know a feed of each; tell whether one is new."""
    mode = mode_of(app)
    async with app.read() as session:
        query = select(CommentFeed.owner_id).where(CommentFeed.mode == mode, CommentFeed.source == source)
        missing = wanted - set((await session.exec(query)).all())
    if missing:
        async with app.transaction() as session:
            for owner_id in sorted(missing):
                await add_feed(session, mode, source, owner_id)
    return bool(missing)


async def _forget_disconnected(app: Resources, accounts: Sequence[str]) -> None:
    """Sweep no account that somebody has disconnected. Its comments stay; connected again it is read anew."""
    is_left = (
        col(CommentFeed.mode) == mode_of(app), col(CommentFeed.source) == CommentSource.organic,
        col(CommentFeed.owner_id).not_in(accounts),
    )  # fmt: skip
    async with app.transaction() as session:
        await session.exec(sa.delete(CommentFeed).where(*is_left))


async def add_feed(session: AsyncSession, mode: str, source: CommentSource, owner_id: str) -> None:
    """Know a feed; it is due at once."""
    row = CommentFeed(mode=mode, source=source, owner_id=owner_id)
    insert = insert_into(session.get_bind().dialect.name, CommentFeed).values(**row.model_dump())
    await session.exec(insert.on_conflict_do_nothing(index_elements=("mode", "source", "owner_id")))


async def find_feed(session: AsyncSession, mode: str, source: CommentSource, owner_id: str) -> CommentFeed | None:
    """Find an owner's feed."""
    query = select(CommentFeed).where(
        CommentFeed.mode == mode, CommentFeed.source == source, CommentFeed.owner_id == owner_id
    )
    return (await session.exec(query)).first()


async def wake_due(app: Resources) -> None:
    """Wake a worker for each feed that is due."""
    now = utcnow()
    is_due = (CommentFeed.mode == mode_of(app), col(CommentFeed.next_at) <= now)
    async with app.transaction() as session:
        query = select(CommentFeed.id).where(*is_due).order_by(col(CommentFeed.next_at)).limit(_BATCH)
        for feed_id in (await session.exec(query)).all():
            enqueue(session, SYNC, feed_id, job_id=f"{SYNC}:{feed_id}")


async def hurry(app: Resources, owner_id: str | None = None) -> list[CommentFeed]:
    """Let feeds be swept now, because somebody asks for it; give them."""
    await note_feeds(app)
    where = [col(CommentFeed.mode) == mode_of(app)]
    if owner_id:
        where.append(col(CommentFeed.owner_id) == owner_id)
    async with app.transaction() as session:
        await session.exec(sa.update(CommentFeed).where(*where).values(next_at=utcnow()))
        feeds = (await session.exec(select(CommentFeed).where(*where).order_by(col(CommentFeed.owner_id)))).all()
        for feed in feeds:
            enqueue(session, SYNC, feed.id, job_id=f"{SYNC}:{feed.id}")
        return list(feeds)


async def list_feeds(app: Resources) -> list[CommentFeed]:
    """List whose comments are swept, and why some cannot be."""
    async with app.read() as session:
        query = select(CommentFeed).where(CommentFeed.mode == mode_of(app)).order_by(col(CommentFeed.owner_id))
        return list((await session.exec(query)).all())


async def claim(app: Resources, feed_id: str) -> CommentFeed | None:
    """Take the lease of a feed that is due; None where it is not, or another sweeps it."""
    now = utcnow()
    is_free = sa.or_(col(CommentFeed.lease_until).is_(None), col(CommentFeed.lease_until) < now)
    async with app.transaction() as session:
        taken = await session.exec(
            sa.update(CommentFeed)
            .where(col(CommentFeed.id) == feed_id, col(CommentFeed.mode) == mode_of(app),
                   col(CommentFeed.next_at) <= now, is_free)
            .values(lease_token=new_id(), lease_until=now + LEASE, next_at=now + EVERY)
        )  # fmt: skip
        if taken.rowcount != 1:
            return None
        return await session.get(CommentFeed, feed_id, populate_existing=True)


async def hold(app: Resources, feed: CommentFeed) -> bool:
    """Go on holding the lease; tell whether it is still ours."""
    async with app.transaction() as session:
        kept = await session.exec(sa.update(CommentFeed).where(*_is_ours(feed)).values(lease_until=utcnow() + LEASE))
    return kept.rowcount == 1


async def release(
    app: Resources, feed: CommentFeed, trouble: Message | None = None, *, after: timedelta | None = None
) -> None:
    """Give the lease back, and note what came of the sweep: it is whole, in trouble, or goes on after a while."""
    now = utcnow()
    values: dict[str, object] = {"lease_token": None, "lease_until": None}
    if trouble is None and after is not None:
        values["next_at"] = now + after
    elif trouble is None:
        values |= {"swept_at": now, "trouble": None, "failing_since": None}
    else:
        values |= {"trouble": keep_whole(trouble), "failing_since": feed.failing_since or now,
                   "next_at": now + (after or LATER)}  # fmt: skip
    async with app.transaction() as session:
        await session.exec(sa.update(CommentFeed).where(*_is_ours(feed)).values(**values))


def _is_ours(feed: CommentFeed) -> tuple[sa.ColumnElement[bool], ...]:
    return col(CommentFeed.id) == feed.id, col(CommentFeed.lease_token) == feed.lease_token
