"""What somebody has begun to write and not sent yet: one draft of a post by hand, and one for each article."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.kit.upsert import upsert
from app.posts.models_drafts import PostDraft

KEPT_FOR = timedelta(days=30)


async def load_draft(session: AsyncSession, person_id: str, article_id: str = "") -> dict[str, Any]:
    """Give what was written last; an empty one where there is none."""
    row = await session.get(PostDraft, (person_id, article_id))
    return dict(row.data) if row else {}


async def save_draft(session: AsyncSession, person_id: str, article_id: str, data: dict[str, Any]) -> None:
    """Keep what was written, and let go of what nobody has come back to."""
    await session.exec(delete(PostDraft).where(col(PostDraft.updated_at) < utcnow() - KEPT_FOR))
    row = PostDraft(person_id=person_id, article_id=article_id, data=data)
    await upsert(session, row, key=("person_id", "article_id"), change=("data", "updated_at"))


async def drop_draft(session: AsyncSession, person_id: str, article_id: str = "") -> None:
    """Forget a draft: it was sent, or is not wanted."""
    mine = (col(PostDraft.person_id) == person_id, col(PostDraft.article_id) == article_id)
    await session.exec(delete(PostDraft).where(*mine))
