"""The posts that wait for approval, whoever waits longest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.posts.face.listing import MOST_COUNTED
from app.posts.face.views import read_posts
from app.posts.models import Post, PostState
from app.posts.schemas import PostRead

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class WaitingPosts:
    """How many wait, up to MOST_COUNTED, and the oldest of them."""

    count: int
    posts: Sequence[PostRead]


async def list_waiting(session: AsyncSession, settings: Settings) -> WaitingPosts:
    """List what waits for approval, oldest first."""
    waiting = select(Post).where(Post.state == PostState.awaiting_approval)
    posts = (await session.exec(waiting.order_by(col(Post.id)).limit(MOST_SHOWN))).all()
    count = len(posts) if len(posts) < MOST_SHOWN else await count_waiting(session)
    return WaitingPosts(count, await read_posts(session, settings, posts))


async def count_waiting(session: AsyncSession, *, most: int = MOST_COUNTED) -> int:
    """Count what waits for approval, up to `most`."""
    few = select(Post.id).where(Post.state == PostState.awaiting_approval).limit(most).subquery()
    return (await session.exec(select(func.count()).select_from(few))).one()
