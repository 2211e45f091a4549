"""Whether anything has ever gone out."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.posts.models import Post, PostState

_OUT = (PostState.published, PostState.sent_to_inbox)


async def has_gone_out(session: AsyncSession) -> bool:
    """Tell whether TikTok has ever taken a post to its end."""
    # State by state: each is one look into an index, however many posts there are.
    for state in _OUT:
        query = select(Post.id).where(col(Post.state) == state, col(Post.finalized_at).is_not(None)).limit(1)
        if (await session.exec(query)).first() is not None:
            return True
    return False
