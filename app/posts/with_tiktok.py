"""How many posts of an account TikTok has in hand, or may have: they need the account as it is."""

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.posts.models import Post, PostState

_WITH_TIKTOK = (PostState.publishing, PostState.unconfirmed)


async def count_with_tiktok(session: AsyncSession, account_id: str) -> int:
    """Count an account's posts that are being sent, that TikTok works on, or whose answers were lost."""
    is_with_tiktok = col(Post.state).in_(_WITH_TIKTOK) | col(Post.is_sending).is_(True)
    query = select(func.count()).select_from(Post).where(col(Post.account_id) == account_id, is_with_tiktok)
    return (await session.exec(query)).one()
