"""Following: ask TikTok where each post stands, every few seconds at first and ever more slowly for two days.

The row is the schedule. A tick claims what is due by moving `next_check_at` on, so that a tick that dies costs one
interval and two workers never ask for the same post at once.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.service import call_with_token
from app.config import Settings
from app.errors import Conflict, TransientError, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.verdicts import apply_status, give_up, hear_nothing
from app.resources import Resources
from app.tiktok.errors import OAuthRefused, TikTokRateLimited, TikTokRefused
from app.tiktok.models import PublishPhase

log = structlog.get_logger(__name__)

FOLLOWED = (PostState.publishing, PostState.sent_to_inbox, PostState.published)
GIVE_UP_AFTER = timedelta(hours=48)
_BATCH = 500
_AT_ONCE = 100
_RATE_LIMIT_PAUSE = timedelta(seconds=60)
_SLOWER = ((timedelta(minutes=10), timedelta(seconds=15)), (timedelta(hours=1), timedelta(seconds=60)))
_SLOWEST = timedelta(minutes=10)
_AFTER_VERDICT = timedelta(seconds=60)
# TikTok answers 30 questions a minute per account [open-api.md 2.1]. Two posts in the fast phase stay below that; more
# share these, and a few are left for posts that are out already.
_QUESTIONS_PER_MINUTE = 20
_QUESTIONS_PER_MINUTE_AFTER_VERDICT = 6
_FEW = 2


def interval_for(age: timedelta, settings: Settings) -> timedelta:
    """Tell how long to wait before the next question about a post that TikTok has had for `age`."""
    if age < timedelta(seconds=settings.follow_fast_seconds):
        return timedelta(seconds=settings.follow_interval_seconds)
    for younger_than, interval in _SLOWER:
        if age < younger_than:
            return interval
    return _SLOWEST


@job("posts.follow_due", timeout=60)
async def follow_due_posts(app: Resources) -> None:
    """Ask TikTok about every post whose time has come. May run on every worker at once, and may be missed."""
    due = await _claim(app, utcnow())
    if not due:
        return
    gate = asyncio.Semaphore(_AT_ONCE)

    async def follow(post: Post) -> None:
        async with gate:
            try:
                await follow_post(app, post)
            except Exception:
                log.exception("follow_failed", post_id=post.id)

    await asyncio.gather(*(follow(post) for post in due))


async def _claim(app: Resources, now: datetime) -> list[Post]:
    async with app.transaction() as session:
        query = (
            select(Post)
            .where(col(Post.next_check_at) <= now, col(Post.state).in_(FOLLOWED))
            .order_by(col(Post.next_check_at))
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        posts = list((await session.exec(query)).all())
        crowds = await _count_followed(session, {post.account_id for post in posts})
        for post in posts:
            crowd = crowds[post.account_id, post.state is PostState.publishing]
            post.next_check_at = now + _interval_of(post, now, app.settings, crowd)
            session.add(post)
    return posts


async def _count_followed(session: AsyncSession, account_ids: set[str]) -> Counter[tuple[str, bool]]:
    """Count what is asked about, by account and by whether the verdict is still to come."""
    query = (
        select(Post.account_id, Post.state, func.count())
        .where(
            col(Post.account_id).in_(account_ids), col(Post.state).in_(FOLLOWED), col(Post.next_check_at).is_not(None)
        )
        .group_by(col(Post.account_id), col(Post.state))
    )
    counts: Counter[tuple[str, bool]] = Counter()
    for account_id, state, count in (await session.exec(query)).all():
        counts[account_id, state is PostState.publishing] += count
    return counts


def _interval_of(post: Post, now: datetime, settings: Settings, crowd: int) -> timedelta:
    interval = interval_for(now - _since(post), settings)
    if post.state is PostState.publishing:
        return interval if crowd <= _FEW else max(interval, timedelta(minutes=crowd / _QUESTIONS_PER_MINUTE))
    # The verdict is in: what is still to come, the public id or the creator's tap, must not cost others their polls.
    return max(interval, _AFTER_VERDICT, timedelta(minutes=crowd / _QUESTIONS_PER_MINUTE_AFTER_VERDICT))


def _since(post: Post) -> datetime:
    return post.publishing_since or post.created_at


async def follow_post(app: Resources, post: Post) -> None:
    """Ask once about one post, and store what TikTok said."""
    publish_id = post.publish_id
    if publish_id is None:
        return
    if utcnow() - _since(post) > GIVE_UP_AFTER:
        await give_up(app, post)
        return
    try:
        status = await call_with_token(
            app, post.account_id, lambda client, token: client.fetch_publish_status(token, publish_id)
        )
    except TikTokRateLimited as error:
        pause = timedelta(seconds=error.retry_after or 0)
        await _snooze(app, post, max(pause, _RATE_LIMIT_PAUSE))
    except TransientError as error:
        log.info("status_unavailable", post_id=post.id, code=error.code)
    except (Conflict, OAuthRefused) as error:
        # The login is gone. The post may appear all the same, so it stays as it is and is asked about slowly.
        log.info("status_unaskable", post_id=post.id, code=error.code)
        await _snooze(app, post, _SLOWEST)
    except TikTokRefused as error:
        await hear_nothing(app, post, error)
    else:
        await apply_status(app, post, status)
        if status.phase is PublishPhase.complete and status.post_ids and post.share_url is None:
            await _find_link(app, post, status.post_ids)


async def _find_link(app: Resources, post: Post, post_ids: tuple[str, ...]) -> None:
    """Look up the public link. The posting API gives none, and building one from the id is not documented."""
    async with app.read() as session:
        account = await session.get_one(Account, post.account_id)
    if "video.list" not in account.scopes:
        return
    try:
        videos = await call_with_token(app, account.id, lambda client, token: client.query_videos(token, post_ids))
    except (VendorError, Conflict) as error:
        log.info("link_unavailable", post_id=post.id, code=error.code)
        await _snooze(app, post, _SLOWEST)
        return
    link = next((video.share_url for video in videos if video.share_url), None)
    if link:
        async with app.transaction() as session:
            await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(share_url=link))


async def _snooze(app: Resources, post: Post, pause: timedelta) -> None:
    async with app.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(next_check_at=utcnow() + pause))
