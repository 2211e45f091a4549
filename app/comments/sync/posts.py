"""Listing the posts of a business account: under which of them comments may stand, and which are gone."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business_account import BusinessAccount
from app.comments.models import CommentFeed, CommentPost, CommentSweep
from app.comments.sync.ads import FARTHEST
from app.comments.sync.due_places import is_due
from app.kit.clock import in_utc, utcnow
from app.kit.dialects import insert_into
from app.kit.upsert import upsert
from app.resources import Resources
from app.tiktok_business.accounts import AccountPost

_NEWEST = timedelta(days=3)
"""So far back posts are listed each time: those are read often, and TikTok's count tells where something is new."""
_RECENT, _RECENT_EVERY = timedelta(days=7), timedelta(minutes=5)
_ALL_EVERY = timedelta(hours=24)
_AHEAD = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(hours=1)
_MOST_PAGES = 500
_CHANGED = ("caption", "share_url", "comments", "is_gone", "made_at", "seen_at")


async def list_posts_anew(app: Resources, feed: CommentFeed, account: BusinessAccount) -> None:
    """Ask TikTok for posts, and know a place of each. Raises BusinessError."""
    began = utcnow()
    is_of_feed = (col(CommentPost.mode) == feed.mode, col(CommentPost.account_id) == feed.owner_id)
    async with app.read() as session:
        since = await _how_far(session, is_of_feed, began)
    found = [_post(feed, one) async for one in _walk(account, since)]
    async with app.transaction() as session:
        told_before = dict(
            (await session.exec(select(CommentPost.item_id, CommentPost.comments).where(*is_of_feed))).all()
        )
        for row in found:
            await upsert(session, row, key=("mode", "account_id", "item_id"), change=_CHANGED)
        is_missing = [col(CommentPost.seen_at) < began, *([col(CommentPost.made_at) >= since] if since else [])]
        await session.exec(sa.update(CommentPost).where(*is_of_feed, *is_missing).values(is_gone=True))
        await _note_places(session, feed, found, began)
        changed = [row.item_id for row in found if told_before.get(row.item_id, row.comments) != row.comments]
        await _hurry(session, feed, changed, began)
        await session.exec(sa.update(CommentFeed).where(col(CommentFeed.id) == feed.id).values(places_at=began))


async def _how_far(
    session: AsyncSession, is_of_feed: Sequence[sa.ColumnElement[bool]], now: datetime
) -> datetime | None:
    """Tell back to when posts are listed now; None: all of them."""
    listed = select(sa.func.min(CommentPost.seen_at)).where(*is_of_feed, col(CommentPost.is_gone).is_(False))
    if is_due(in_utc((await session.exec(listed)).one()), _ALL_EVERY, now):
        return None
    recent = (await session.exec(listed.where(col(CommentPost.made_at) >= now - _RECENT))).one()
    return now - (_RECENT if is_due(in_utc(recent), _RECENT_EVERY, now) else _NEWEST)


async def _walk(account: BusinessAccount, since: datetime | None) -> AsyncIterator[AccountPost]:
    """Give posts, the newest first, down to the first page on which all are older."""
    cursor: int | None = None
    for _ in range(_MOST_PAGES):
        page = await account.client.accounts.list_posts(account.business_id, cursor=cursor)
        for one in page.items:
            yield one
        is_past = since and all((_moment(one.create_time) or since) < since for one in page.items)
        if is_past or not page.has_more or page.cursor is None or page.cursor == cursor:
            return
        cursor = page.cursor


def _post(feed: CommentFeed, one: AccountPost) -> CommentPost:
    return CommentPost(
        mode=feed.mode, account_id=feed.owner_id, item_id=one.item_id, caption=one.caption, share_url=one.share_url,
        comments=one.comments or 0, made_at=_moment(one.create_time),
    )  # fmt: skip


async def _note_places(session: AsyncSession, feed: CommentFeed, found: Sequence[CommentPost], now: datetime) -> None:
    insert = insert_into(session.get_bind().dialect.name, CommentSweep)
    for row in found:
        # Nothing is older than the post, but by TikTok's clocks, which may differ.
        begins_on = max(row.made_at - _CLOCKS_DIFFER if row.made_at else now - FARTHEST, now - FARTHEST)
        sweep = CommentSweep(feed_id=feed.id, place_id=row.item_id, begins_on=begins_on, next_at=now)
        await session.exec(
            insert.values(**sweep.model_dump()).on_conflict_do_nothing(index_elements=("feed_id", "place_id"))
        )


async def _hurry(session: AsyncSession, feed: CommentFeed, item_ids: Sequence[str], now: datetime) -> None:
    """Let posts go first of which TikTok counts another number of comments.

    One whose turn would be later is read whole, for answers to old comments and for what was deleted; but not at each
    change, because a lively post has hundreds.
    """
    is_changed = (col(CommentSweep.feed_id) == feed.id, col(CommentSweep.place_id).in_(item_ids))
    is_long_ago = sa.or_(col(CommentSweep.whole_at).is_(None), col(CommentSweep.whole_at) < now - _RECENT_EVERY)
    asked = sa.update(CommentSweep).where(*is_changed, col(CommentSweep.next_at) > now, is_long_ago)
    await session.exec(asked.values(asked_at=now))
    await session.exec(sa.update(CommentSweep).where(*is_changed).values(next_at=now - _AHEAD))


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
