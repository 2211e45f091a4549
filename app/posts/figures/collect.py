"""Asking TikTok how often posts were seen, ever more rarely: nothing changes fast after the first days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.accounts.tokens.access import call_with_token
from app.errors import Conflict, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.limits.budgets import VIDEO_QUERY, BudgetSpent
from app.posts.models import Post, PostState
from app.posts.models_figures import PostFigures
from app.posts.verdict_writer import note_link
from app.resources import Resources
from app.tiktok.display import LIST_SCOPE, MAX_VIDEOS_PER_CALL
from app.tiktok.models import VideoItem

log = structlog.get_logger(__name__)

FIRST = timedelta(minutes=15)
AGES = (
    FIRST,
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 3, 5, 7, 14, 30)),
)
"""How old a post is when its figures are asked for, counted from TikTok's verdict."""

_BEGIN_WITHIN = timedelta(days=3)
"""So long after its verdict a post may still get its public id."""
_AGAIN_AFTER = timedelta(minutes=15)
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A post whose figures are wanted now, and the id by which TikTok knows it."""

    post_id: str
    account_id: str
    video_id: str


@job("posts.collect_figures", timeout=120)
async def collect_figures(app: Resources) -> None:
    """Ask for the figures that are due. May be missed, and may run twice at once: each post is claimed by one."""
    now = utcnow()
    await _begin(app, now)
    by_account: dict[str, list[Due]] = defaultdict(list)
    for due in await _claim(app, now):
        by_account[due.account_id].append(due)
    for account_id, wanted in by_account.items():
        for start in range(0, len(wanted), MAX_VIDEOS_PER_CALL):
            await _ask(app, account_id, wanted[start : start + MAX_VIDEOS_PER_CALL])


def next_age(ended_at: datetime, now: datetime) -> datetime | None:
    """Tell when a post's figures are due next; None where it is too old."""
    return next((ended_at + age for age in AGES if ended_at + age > now), None)


async def _begin(app: Resources, now: datetime) -> None:
    """Give posts that TikTok has published and named their first moment."""
    has_id = sa.cast(col(Post.post_ids), sa.Text) != "[]"
    query = (
        select(Post.id, Post.finalized_at)
        .where(col(Post.finalized_at) > now - _BEGIN_WITHIN, Post.state == PostState.published, has_id)
        .where(col(Post.figures_due_at).is_(None))
        .limit(_BATCH)
    )
    async with app.transaction() as session:
        for post_id, ended_at in (await session.exec(query)).all():
            if ended_at is None:
                continue
            # One whose first moment has passed is asked about at once.
            first = max(ended_at + FIRST, now)
            await session.exec(sa.update(Post).where(col(Post.id) == post_id).values(figures_due_at=first))


async def _claim(app: Resources, now: datetime) -> list[Due]:
    """Take what is due, and write down when it is due again before anybody is asked."""
    async with app.transaction() as session:
        query = (
            select(Post)
            .where(col(Post.figures_due_at) <= now)
            .order_by(col(Post.figures_due_at))
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        posts = (await session.exec(query)).all()
        readable = await _readable(session, {post.account_id for post in posts})
        found = []
        for post in posts:
            post.figures_due_at = next_age(post.finalized_at or now, now)
            session.add(post)
            if post.account_id in readable and post.post_ids and post.state is PostState.published:
                found.append(Due(post.id, post.account_id, post.post_ids[0]))
        return found


async def _readable(session: AsyncSession, account_ids: set[str]) -> set[str]:
    query = select(Account).where(col(Account.id).in_(account_ids), Account.state == AccountState.connected)
    return {account.id for account in (await session.exec(query)).all() if LIST_SCOPE in account.scopes}


async def _ask(app: Resources, account_id: str, wanted: Sequence[Due]) -> None:
    ids = [due.video_id for due in wanted]
    try:
        videos = await call_with_token(
            app, account_id, lambda client, token: client.query_videos(token, ids), limit=VIDEO_QUERY
        )
    except (VendorError, Conflict) as error:
        log.info("figures_unavailable", account_id=account_id, code=error.code)
        await _put_off(app, wanted, error.retry_at if isinstance(error, BudgetSpent) else utcnow() + _AGAIN_AFTER)
        return
    shown = {video.id: video for video in videos}
    await _store(app, [(due, shown[due.video_id]) for due in wanted if due.video_id in shown])


async def _put_off(app: Resources, wanted: Sequence[Due], until: datetime) -> None:
    """Ask again soon, unless the next moment comes sooner."""
    due_at = col(Post.figures_due_at)
    async with app.transaction() as session:
        await session.exec(
            sa.update(Post)
            .where(col(Post.id).in_([due.post_id for due in wanted]), sa.or_(due_at.is_(None), due_at > until))
            .values(figures_due_at=until)
        )


async def _store(app: Resources, seen: Sequence[tuple[Due, VideoItem]]) -> None:
    for due, video in seen:
        await _keep_link(app, due, video.share_url)
    async with app.transaction() as session:
        for due, video in seen:
            figures: dict[str, Any] = {
                "views": video.view_count,
                "likes": video.like_count,
                "comments": video.comment_count,
                "shares": video.share_count,
            }
            session.add(PostFigures(post_id=due.post_id, **figures))
            await session.exec(sa.update(Post).where(col(Post.id) == due.post_id).values(**figures))


async def _keep_link(app: Resources, due: Due, link: str) -> None:
    """Keep the public address of a post that nobody has told us yet: with the figures it comes for nothing."""
    if not link:
        return
    async with app.transaction() as session:
        post = await session.get_one(Post, due.post_id)
        if post.share_url is None:
            await note_link(session, post, link)
