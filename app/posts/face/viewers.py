"""Who looks at a post that waits for approval: told to others, and in nobody's way."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.kit.upsert import upsert
from app.posts.models_approval import PostViewer

LOOKS_FOR = timedelta(seconds=45)
"""So long somebody is told of after the last sign of life of their page."""


async def look(session: AsyncSession, post_id: str, viewer_id: str, name: str) -> None:
    """Say that somebody looks at a post now."""
    viewer = PostViewer(post_id=post_id, viewer_id=viewer_id, name=name[:320], until=utcnow() + LOOKS_FOR)
    await upsert(session, viewer, key=("post_id", "viewer_id"), change=("name", "until"))


async def list_viewers(session: AsyncSession, post_id: str, *, but: str = "") -> list[str]:
    """Name who looks at a post now, except one."""
    query = select(PostViewer.name).where(
        PostViewer.post_id == post_id, col(PostViewer.until) > utcnow(), PostViewer.viewer_id != but
    )
    return list((await session.exec(query.order_by(col(PostViewer.name)))).all())
