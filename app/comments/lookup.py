"""Finding comments of the inbox, and the posts under which they stand."""

from collections.abc import Sequence

from sqlmodel import col, select

from app.ads.access import mode_of
from app.comments.errors import CommentNotFound, OwnPostNotFound
from app.comments.models import Comment, CommentPost
from app.kit.rows import find_row
from app.resources import Resources

MOST_IDS = 500


async def get_comment(app: Resources, row_id: str) -> Comment:
    """Give a comment. Raises CommentNotFound."""
    async with app.read() as session:
        found = await find_row(session, Comment, row_id)
    if found is None or found.mode != mode_of(app):
        raise CommentNotFound
    return found


async def find_by_tiktok_id(app: Resources, comment_id: str) -> Comment | None:
    """Find a comment by the id that TikTok knows it by."""
    async with app.read() as session:
        query = select(Comment).where(Comment.mode == mode_of(app), Comment.comment_id == comment_id)
        return (await session.exec(query.limit(1))).first()


async def get_post(app: Resources, item_id: str, account_id: str = "") -> CommentPost:
    """Give a post of a business account as it was last listed. Raises OwnPostNotFound."""
    query = select(CommentPost).where(CommentPost.mode == mode_of(app), CommentPost.item_id == item_id)
    if account_id:
        query = query.where(CommentPost.account_id == account_id)
    async with app.read() as session:
        # Moved from one account to another it may stand twice: that which is there still is meant.
        order = (col(CommentPost.is_gone), col(CommentPost.seen_at).desc())
        found = None if "\0" in item_id + account_id else (await session.exec(query.order_by(*order).limit(1))).first()
    if found is None:
        raise OwnPostNotFound
    return found


async def find_comments(app: Resources, row_ids: Sequence[str]) -> dict[str, Comment]:
    """Find those of these comments that there are."""
    ids = [one for one in row_ids if "\0" not in one]
    async with app.read() as session:
        query = select(Comment).where(col(Comment.id).in_(ids), Comment.mode == mode_of(app))
        return {row.id: row for row in (await session.exec(query)).all()}
