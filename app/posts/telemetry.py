"""What whoever runs the service sees of a post: a log line, a count and a span per change of its state."""

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.db import after_commit
from app.kit.tracing import Attribute, is_tracing, span
from app.messages.message import Message
from app.posts.models import Post, PostState

log = structlog.get_logger(__name__)


async def tell_of_move(
    session: AsyncSession,
    post_id: str,
    from_state: PostState,
    to_state: PostState,
    *,
    why: Message,
    reason: str | None,
    log_id: str | None,
) -> None:
    """Tell of a change of state, once it is on disk: what is rolled back has not happened."""
    parent = await _traceparent(session, post_id) if is_tracing() else None

    async def tell() -> None:
        meters.post_moves.count(from_state, to_state)
        seen: dict[str, Attribute] = {"post_id": post_id, "from_state": from_state, "reason": reason, "log_id": log_id}
        with span(f"post.{to_state}", parent=parent, is_first=False, **seen):
            log.info("post_moved", to_state=to_state, why=str(why), **seen)

    after_commit(session, tell)


async def _traceparent(session: AsyncSession, post_id: str) -> str | None:
    return (await session.exec(select(Post.traceparent).where(col(Post.id) == post_id))).first()
