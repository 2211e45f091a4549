"""Finding comments of the inbox."""

from collections.abc import Sequence

from sqlmodel import col, select

from app.ads.access import mode_of
from app.comments.errors import CommentNotFound
from app.comments.models import Comment
from app.resources import Resources

MOST_IDS = 500


async def get_comment(app: Resources, row_id: str) -> Comment:
    """Give a comment. Raises CommentNotFound."""
    async with app.read() as session:
        found = None if "\0" in row_id else await session.get(Comment, row_id)
    if found is None or found.mode != mode_of(app):
        raise CommentNotFound
    return found


async def find_by_tiktok_id(app: Resources, comment_id: str) -> Comment | None:
    """Find a comment by the id that TikTok knows it by."""
    async with app.read() as session:
        query = select(Comment).where(Comment.mode == mode_of(app), Comment.comment_id == comment_id)
        return (await session.exec(query.limit(1))).first()


async def find_comments(app: Resources, row_ids: Sequence[str]) -> dict[str, Comment]:
    """Find those of these comments that there are."""
    ids = [one for one in row_ids if "\0" not in one]
    async with app.read() as session:
        query = select(Comment).where(col(Comment.id).in_(ids), Comment.mode == mode_of(app))
        return {row.id: row for row in (await session.exec(query)).all()}
