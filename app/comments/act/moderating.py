"""Hiding, showing and deleting: each comment for itself, also where many are meant."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.connections.errors import RoleForbids
from app.ads.connections.reach import Reach
from app.ads.desk.errors import MissingAtTikTok, OutcomeUnknown
from app.ads.desk.writing import Desk
from app.audit.record import record
from app.comments.act.thread import place_of
from app.comments.actions import By, Outcome
from app.comments.allowed import Standing, WhyNot, read_standing
from app.comments.errors import CannotAnswer, CommentNotFound, NotOwn
from app.comments.lookup import MOST_IDS, find_comments, get_comment
from app.comments.models import Comment
from app.comments.store import HIDDEN, PUBLIC, mark_gone
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.comments import MOST_IN_STATUS
from app.tiktok_business.errors import BusinessError


async def set_visible(app: Resources, by: By, row_ids: Sequence[str], *, visible: bool) -> list[Outcome]:
    """Hide comments, or show them again; give what became of each, in their order."""
    wanted = PUBLIC if visible else HIDDEN
    found = await find_comments(app, row_ids)
    told = {one: Outcome(one, CommentNotFound()) for one in row_ids if one not in found}
    async with app.read() as session:
        standing = await read_standing(session, app, found.values())
    rows: list[Comment] = []
    for row in found.values():
        if (why := _why_not(standing, row)) is not None:
            told[row.id] = Outcome(row.id, why)
        elif row.status == wanted:
            told[row.id] = Outcome(row.id)
        else:
            rows.append(row)
    by_owner = sorted(rows, key=lambda row: (row.source, row.owner_id))
    for _, group in groupby(by_owner, key=lambda row: (row.source, row.owner_id)):
        for chunk in _chunks(list(group)):
            for one in await _switch(app, by, chunk, wanted):
                told[one.row_id] = one
    return [told[one] for one in dict.fromkeys(row_ids)]


def _why_not(standing: Standing, row: Comment) -> AppError | None:
    why = standing.why_not_changed(row)
    if why is WhyNot.role_forbids:
        return RoleForbids(why.message)
    return CannotAnswer(why) if why else None


def _chunks(rows: list[Comment]) -> Iterable[list[Comment]]:
    return (rows[start : start + MOST_IN_STATUS] for start in range(0, len(rows), MOST_IN_STATUS))


async def _switch(app: Resources, by: By, rows: list[Comment], wanted: str) -> list[Outcome]:
    """Ask TikTok for up to twenty at once; where it refuses them together, for each alone."""
    ids = [row.comment_id for row in rows]

    async def work(reach: Reach) -> None:
        await reach.client.comments.update_status(reach.advertiser_id, ids, wanted)

    verb = "show" if wanted == PUBLIC else "hide"
    try:
        await Desk(app, by.name).write(f"ads.comments.{verb}", rows[0].owner_id, {"comment_ids": ids}, work)
    except AppError as error:
        if isinstance(error, MissingAtTikTok) and len(rows) == 1:
            async with app.transaction() as session:
                await mark_gone(session, rows)
            return [Outcome(rows[0].id, CannotAnswer(WhyNot.comment_gone))]
        is_of_all = isinstance(error, (RoleForbids, OutcomeUnknown)) or error.status_code in {429, 502}
        if len(rows) == 1 or is_of_all:
            return [Outcome(row.id, error) for row in rows]
        return [told for row in rows for told in await _switch(app, by, [row], wanted)]
    async with app.transaction() as session:
        is_one = col(Comment.id).in_([row.id for row in rows])
        await session.exec(sa.update(Comment).where(is_one).values(status=wanted, updated_at=utcnow()))
        for row in rows:
            record(session, f"comment.{'shown' if wanted == PUBLIC else 'hidden'}", object_kind="comment",
                   object_id=row.id, object_name=row.text[:100])  # fmt: skip
    return [Outcome(row.id, was_changed=True) for row in rows]


async def delete_own(app: Resources, by: By, row_id: str) -> None:
    """Delete an answer of our own; one that is gone already is as good. Raises NotOwn, RoleForbids …"""
    row = await get_comment(app, row_id)
    if row.deleted_at is not None:
        return
    if not row.is_own:
        raise NotOwn

    async def work(reach: Reach) -> None:
        try:
            await reach.client.comments.delete(place_of(row))
        except BusinessError as error:
            if error.meaning.kind is not Kind.missing:
                raise

    await Desk(app, by.name).write("ads.comments.delete", row.owner_id, {"comment_id": row.comment_id}, work)
    async with app.transaction() as session:
        await mark_gone(session, [row])
        of_thread: tuple[sa.ColumnElement[bool], ...] = (
            col(Comment.mode) == row.mode, col(Comment.source) == row.source, col(Comment.owner_id) == row.owner_id,
            col(Comment.comment_id) == row.parent_comment_id, col(Comment.replies) > 0,
        )  # fmt: skip
        await session.exec(sa.update(Comment).where(*of_thread).values(replies=Comment.replies - 1))
        record(session, "comment.deleted", object_kind="comment", object_id=row.id, object_name=row.text[:100],
               before={"text": row.text})  # fmt: skip


async def list_ids_of_author(app: Resources, row_id: str) -> list[str]:
    """List what the author of a comment has written there and everybody can see. Raises CommentNotFound."""
    row = await get_comment(app, row_id)
    async with app.read() as session:
        query = select(Comment.id).where(
            Comment.mode == mode_of(app), Comment.source == row.source, Comment.owner_id == row.owner_id,
            Comment.author_id == row.author_id, col(Comment.deleted_at).is_(None), Comment.status == PUBLIC,
            col(Comment.is_own).is_(False),
        )  # fmt: skip
        if not row.author_id:
            return [row.id]
        return list((await session.exec(query.order_by(col(Comment.position).desc()).limit(MOST_IDS))).all())
