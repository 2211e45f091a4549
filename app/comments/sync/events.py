"""TikTok's events about comments: each names one, and the comment itself is asked for.

Events come late, twice and in any order; how a comment stands now is the same whichever came last.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business_account import BusinessAccount, call_as_business
from app.accounts.models import Account, AccountKind
from app.ads.access import mode_of
from app.comments.models import Comment, CommentFeed, CommentSource, CommentSweep
from app.comments.store import Owner, Seen, mark_gone
from app.comments.sync.due_places import SWEEP
from app.comments.sync.feeds import find_feed
from app.comments.sync.taking import take
from app.comments.sync.under_posts import find_there, read_answers, read_comment
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.organic_comments import MOST_IDS
from app.webhooks.inbox import close_events, list_same_post
from app.webhooks.models import WebhookEvent

log = structlog.get_logger(__name__)


async def weigh(app: Resources, event_id: str) -> None:
    """Look at the comment of an event, and at those of others that wait about the same post."""
    async with app.read() as session:
        event = await session.get(WebhookEvent, event_id)
        if event is None or event.handled_at is not None:
            return
        events = await list_same_post(session, event, limit=MOST_IDS) if event.post_id else [event]
        feed = await _find_feed(session, app, event)
    ids = list(dict.fromkeys(one.comment_id for one in events if one.comment_id))
    if feed is None or event.post_id is None or not ids:
        outcome = "no_account" if feed is None else "no_comment"
    else:
        outcome = await _look(app, feed, event.post_id, ids)
    async with app.transaction() as session:
        await close_events(session, [one.id for one in events], outcome)
    log.info("comment_events_weighed", outcome=outcome, count=len(events))


async def _find_feed(session: AsyncSession, app: Resources, event: WebhookEvent) -> CommentFeed | None:
    query = select(Account.id).where(Account.open_id == event.open_id, Account.kind == AccountKind.business)
    account_id = (await session.exec(query)).first()
    return await find_feed(session, mode_of(app), CommentSource.organic, account_id) if account_id else None


async def _look(app: Resources, feed: CommentFeed, item_id: str, ids: Sequence[str]) -> str:
    """Ask for the comments and write down how they stand; give the outcome of their events."""

    async def work(account: BusinessAccount) -> list[Seen] | None:
        there = await find_there(account, item_id, ids)
        if there is None:
            return None
        # What an answer answers may be older than all that was read: without it nobody would see the answer.
        parents = {one.parent_comment_id for one in there if one.parent_comment_id} - {one.comment_id for one in there}
        if parents:
            there += await find_there(account, item_id, sorted(parents)) or []
        return [seen for one in there for seen in (read_comment(one, item_id), *read_answers(one, item_id))]

    try:
        seen = await call_as_business(app, feed.owner_id, work, patience=SWEEP)
    except AppError as error:
        log.warning("comments_of_event_failed", owner_id=feed.owner_id, code=error.code)
        seen = None
    async with app.transaction() as session:
        if seen is None:
            await _read_whole_next(session, feed, item_id)
            return "read_later"
        await take(session, feed, seen)
        missing = set(ids) - {one.comment_id for one in seen}
        known = select(Comment).where(*Owner.of(feed).where(), col(Comment.comment_id).in_(missing))
        gone = (await session.exec(known)).all()
        await mark_gone(session, [row for row in gone if row.deleted_at is None])
        if missing - {row.comment_id for row in gone}:
            # TikTok tells of it before it shows it, or it was gone before we came.
            await _read_whole_next(session, feed, item_id)
            return "read_later"
    return "seen"


async def _read_whole_next(session: AsyncSession, feed: CommentFeed, item_id: str) -> None:
    """Let the next sweep, at the next tick, read all under the post; one that is not known yet is listed first.

    A sweep that is under way may have read past it already: it is noted that somebody asked, and when.
    """
    now = utcnow()
    is_place = (col(CommentSweep.feed_id) == feed.id, col(CommentSweep.place_id) == item_id)
    is_feed = col(CommentFeed.id) == feed.id
    marked = await session.exec(sa.update(CommentSweep).where(*is_place).values(asked_at=now, next_at=now))
    if marked.rowcount == 0:
        await session.exec(sa.update(CommentFeed).where(is_feed).values(asked_at=now))
    # Where TikTok refuses the account, or wants it to pause, an event is no reason to ask earlier.
    is_well = col(CommentFeed.failing_since).is_(None)
    await session.exec(sa.update(CommentFeed).where(is_feed, is_well).values(next_at=now))
