"""What the newsroom does about comments among itself: done and open, whose they are, and who answers just now."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import Admin
from app.comments.actions import By, Outcome
from app.comments.errors import CommentNotFound
from app.comments.lookup import find_comments, get_comment
from app.comments.models import Comment, CommentState, CommentViewer
from app.errors import Invalid
from app.kit.clock import utcnow
from app.kit.upsert import upsert
from app.messages import comments as said
from app.resources import Resources

ANSWERS_FOR = timedelta(seconds=45)
"""So long somebody is told of after the last sign of life of their page."""


class NoSuchPerson(Invalid):
    code = "no_such_person"
    title = said.NO_SUCH_PERSON


async def set_state(app: Resources, row_ids: Sequence[str], state: CommentState) -> list[Outcome]:
    """Let comments be unread, open or done."""
    found = await find_comments(app, row_ids)
    changed = [row.id for row in found.values() if row.state is not state]
    async with app.transaction() as session:
        await session.exec(sa.update(Comment).where(col(Comment.id).in_(changed)).values(state=state))
    return _outcomes(row_ids, found, changed)


async def assign(app: Resources, row_ids: Sequence[str], admin_id: str | None) -> list[Outcome]:
    """Give comments to somebody, or to nobody. Raises NoSuchPerson."""
    async with app.read() as session:
        if admin_id is not None and ("\0" in admin_id or await session.get(Admin, admin_id) is None):
            raise NoSuchPerson
    found = await find_comments(app, row_ids)
    changed = [row.id for row in found.values() if row.assignee_id != admin_id]
    async with app.transaction() as session:
        await session.exec(sa.update(Comment).where(col(Comment.id).in_(changed)).values(assignee_id=admin_id))
    return _outcomes(row_ids, found, changed)


async def note_answering(app: Resources, by: By, row_id: str) -> list[str]:
    """Say that somebody answers a comment now, and name who else does. Raises CommentNotFound."""
    row = await get_comment(app, row_id)
    viewer = CommentViewer(
        comment_row_id=row.id, viewer_id=by.admin_id or by.name[:36], name=by.name[:320], until=utcnow() + ANSWERS_FOR
    )
    async with app.transaction() as session:
        await upsert(session, viewer, key=("comment_row_id", "viewer_id"), change=("name", "until"))
        if row.state is CommentState.unread:
            await session.exec(
                sa.update(Comment)
                .where(col(Comment.id) == row.id, col(Comment.state) == CommentState.unread)
                .values(state=CommentState.open)
            )
        others = await list_answering(session, [row.id], but=viewer.viewer_id)
    return others.get(row.id, [])


async def note_left(app: Resources, by: By, row_id: str) -> None:
    """Say that somebody answers it no more."""
    viewer_id = by.admin_id or by.name[:36]
    async with app.transaction() as session:
        is_theirs = (col(CommentViewer.comment_row_id) == row_id, col(CommentViewer.viewer_id) == viewer_id)
        await session.exec(sa.delete(CommentViewer).where(*is_theirs))


async def list_answering(session: AsyncSession, row_ids: Sequence[str], *, but: str = "") -> dict[str, list[str]]:
    """Name who answers which comment just now, except one."""
    query = select(CommentViewer).where(
        col(CommentViewer.comment_row_id).in_(row_ids), col(CommentViewer.until) > utcnow(),
        CommentViewer.viewer_id != but,
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for row in (await session.exec(query.order_by(col(CommentViewer.name)))).all():
        found.setdefault(row.comment_row_id, []).append(row.name)
    return found


async def forget_viewers(app: Resources) -> None:
    """Forget who has left long ago."""
    async with app.transaction() as session:
        await session.exec(sa.delete(CommentViewer).where(col(CommentViewer.until) < utcnow() - timedelta(hours=1)))


def _outcomes(row_ids: Sequence[str], found: dict[str, Comment], changed: Sequence[str]) -> list[Outcome]:
    return [
        Outcome(one, was_changed=one in changed) if one in found else Outcome(one, CommentNotFound())
        for one in dict.fromkeys(row_ids)
    ]
