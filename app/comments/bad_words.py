"""Counting what a boost's own list of words calls bad."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.models import Boost
from app.comments.models import Comment, CommentSource
from app.comments.store import find_word


async def count_bad_comments(session: AsyncSession, boost: Boost) -> int:
    """Count readers' comments under the boost's ad that hold one of its words; what was deleted counts no more.

    What is hidden counts: it says what readers think. It stops at the number that stops the boost.
    """
    if boost.ad_id is None or not boost.bad_words:
        return 0
    query = select(Comment.text).where(
        Comment.mode == boost.mode,
        Comment.source == CommentSource.ad,
        Comment.owner_id == boost.advertiser_id,
        Comment.ad_id == boost.ad_id,
        col(Comment.is_own).is_(False),
        col(Comment.deleted_at).is_(None),
    )
    most, count = boost.max_bad_comments, 0
    for text in await session.exec(query):
        count += find_word(text, boost.bad_words) is not None
        if most is not None and count >= most:
            break
    return count
