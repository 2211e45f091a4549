"""Following: ask TikTok where each post stands, every few seconds at first and ever more slowly for two days.

The row is the schedule. A tick claims what is due by moving `next_check_at` on, so that a tick that dies costs one
interval and two workers never ask for the same post at once.
"""

import asyncio
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.accounts.service import call_with_token, mark_reconnect
from app.config import Settings
from app.errors import PermanentError, TransientError
from app.jobs import job
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.verdicts import apply_status, give_up, hear_nothing
from app.resources import Resources
from app.tiktok.errors import AccessTokenInvalid, ReconnectNeeded, TikTokRateLimited, TikTokRefused

log = structlog.get_logger(__name__)

FOLLOWED = (PostState.publishing, PostState.sent_to_inbox, PostState.published)
GIVE_UP_AFTER = timedelta(hours=48)
_BATCH = 500
_AT_ONCE = 100
_RATE_LIMIT_PAUSE = timedelta(seconds=60)
_SLOWER = ((timedelta(minutes=10), timedelta(seconds=15)), (timedelta(hours=1), timedelta(seconds=60)))
_SLOWEST = timedelta(minutes=10)


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
        for post in posts:
            post.next_check_at = now + interval_for(now - _since(post), app.settings)
            session.add(post)
    return posts


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
    except (AccessTokenInvalid, ReconnectNeeded):
        await _lose_access(app, post)
    except TikTokRefused as error:
        await hear_nothing(app, post, error)
    except PermanentError:
        await _lose_access(app, post)
    else:
        await apply_status(app, post, status)


async def _snooze(app: Resources, post: Post, pause: timedelta) -> None:
    async with app.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(next_check_at=utcnow() + pause))


async def _lose_access(app: Resources, post: Post) -> None:
    """The login is gone: the post may still appear, so it stays as it is and is asked about slowly."""
    async with app.transaction() as session:
        await mark_reconnect(session, post.account_id, "access_token_invalid")
    await _snooze(app, post, _SLOWEST)
