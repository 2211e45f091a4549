"""The posts of business accounts: how many comments stand under each, and whether one can write one of one's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.comments.allowed import WhyNot, why_no_comments
from app.comments.face.counting import count_known, count_waiting_by
from app.comments.models import Comment, CommentPost
from app.comments.models_said import OPEN, OwnComment
from app.kit.paging import Page
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class PostShown:
    """A post. `known` and `unread`: comments of the first level in the inbox. `pending`: ours that are not settled."""

    row: CommentPost
    known: int
    unread: int
    why_not: WhyNot | None
    pending: Sequence[OwnComment]


async def list_posts(
    app: Resources, *, account_id: str = "", item_id: str = "", limit: int = 50, cursor: str | None = None
) -> Page[PostShown]:
    """List posts that are there, the newest first: TikTok's ids grow with time."""
    query = select(CommentPost).where(CommentPost.mode == mode_of(app), col(CommentPost.is_gone).is_(False))
    for column, value in ((CommentPost.account_id, account_id), (CommentPost.item_id, item_id)):
        if value:
            query = query.where(col(column) == value)
    if cursor:
        query = query.where(col(CommentPost.item_id) < cursor)
    async with app.read() as session:
        rows = (await session.exec(query.order_by(col(CommentPost.item_id).desc()).limit(limit + 1))).all()
        page = rows[:limit]
        items = await _show(session, page)
    return Page(items, page[-1].item_id if len(rows) > limit else None)


async def _show(session: AsyncSession, rows: Sequence[CommentPost]) -> list[PostShown]:
    ids = [row.item_id for row in rows]
    known = await count_known(session, Comment.item_id, ids)
    unread = await count_waiting_by(session, Comment.item_id, ids)
    why_not = await why_no_comments(session, rows)
    pending: dict[tuple[str, str], list[OwnComment]] = {}
    waiting = select(OwnComment).where(col(OwnComment.item_id).in_(ids), col(OwnComment.state).in_(OPEN))
    for said in (await session.exec(waiting.order_by(col(OwnComment.created_at)))).all():
        pending.setdefault((said.account_id, said.item_id), []).append(said)
    return [
        PostShown(row, known.get(row.item_id, 0), unread.get(row.item_id, 0), why_not[row.item_id],
                  pending.get((row.account_id, row.item_id), ()))
        for row in rows
    ]  # fmt: skip
