"""Hiding, showing and deleting: each comment for itself, also where many are meant."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.errors import RoleForbids
from app.ads.desk.errors import MissingAtTikTok, OutcomeUnknown
from app.audit.record import record
from app.comments.access.asking import write
from app.comments.access.opened import MOST_AT_ONCE, CommentAccess
from app.comments.actions import By, Outcome
from app.comments.allowed import Standing, WhyNot, read_standing
from app.comments.errors import CannotAnswer, CommentNotFound, NotOwn
from app.comments.lookup import MOST_IDS, find_comments, get_comment
from app.comments.models import Comment
from app.comments.models_said import CommentReply, OwnComment, ReplyState
from app.comments.store import HIDDEN, PUBLIC, mark_gone
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError

_AT_ONCE = 4
"""Calls at the same time, where many comments are meant."""


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
    turns = asyncio.Semaphore(_AT_ONCE)

    async def switch(chunk: list[Comment]) -> None:
        async with turns:
            for one in await _switch(app, by, chunk, wanted):
                told[one.row_id] = one

    groups = (list(group) for _, group in groupby(by_owner, key=lambda row: (row.source, row.owner_id)))
    await asyncio.gather(*(switch(chunk) for group in groups for chunk in _chunks(group)))
    return [told[one] for one in dict.fromkeys(row_ids)]


def _why_not(standing: Standing, row: Comment) -> AppError | None:
    why = standing.why_not_changed(row)
    if why is WhyNot.role_forbids:
        return RoleForbids(why.message)
    return CannotAnswer(why) if why else None


def _chunks(rows: list[Comment]) -> Iterable[list[Comment]]:
    most = MOST_AT_ONCE[rows[0].source]
    return (rows[start : start + most] for start in range(0, len(rows), most))


async def _switch(app: Resources, by: By, rows: list[Comment], wanted: str) -> list[Outcome]:
    """Ask TikTok for as many as it takes at once; where it refuses them together, for each alone."""
    visible = wanted == PUBLIC
    told = {"comment_ids": [row.comment_id for row in rows]}
    try:
        await write(
            app, by, "show" if visible else "hide", rows[0], told,
            lambda access: access.set_visible(rows, visible=visible),
        )  # fmt: skip
    except AppError as error:
        if isinstance(error, MissingAtTikTok) and len(rows) == 1:
            async with app.transaction() as session:
                await mark_gone(session, rows)
            return [Outcome(rows[0].id, CannotAnswer(WhyNot.comment_gone))]
        is_of_all = isinstance(error, (RoleForbids, OutcomeUnknown)) or error.status_code in {429, 502}
        if len(rows) == 1 or is_of_all:
            return [Outcome(row.id, error) for row in rows]
        return [one for row in rows for one in await _switch(app, by, [row], wanted)]
    async with app.transaction() as session:
        is_one = col(Comment.id).in_([row.id for row in rows])
        await session.exec(sa.update(Comment).where(is_one).values(status=wanted, updated_at=utcnow()))
        for row in rows:
            record(session, "comment.shown" if visible else "comment.hidden", object_kind="comment",
                   object_id=row.id, object_name=row.text[:100])  # fmt: skip
    return [Outcome(row.id, was_changed=True) for row in rows]


async def delete_own(app: Resources, by: By, row_id: str) -> None:
    """Delete an answer of our own; one that is gone already is as good. Raises NotOwn, RoleForbids …"""
    row = await get_comment(app, row_id)
    if row.deleted_at is not None:
        return
    if not row.is_own:
        raise NotOwn

    async def work(access: CommentAccess) -> None:
        try:
            await access.delete(row)
        except BusinessError as error:
            if error.meaning.kind is not Kind.missing:
                raise

    await write(app, by, "delete", row, {"comment_id": row.comment_id}, work)
    async with app.transaction() as session:
        await mark_gone(session, [row])
        of_thread: tuple[sa.ColumnElement[bool], ...] = (
            col(Comment.mode) == row.mode, col(Comment.source) == row.source, col(Comment.owner_id) == row.owner_id,
            col(Comment.comment_id) == row.parent_comment_id, col(Comment.replies) > 0,
        )  # fmt: skip
        await session.exec(sa.update(Comment).where(*of_thread).values(replies=Comment.replies - 1))
        await _let_be_said_again(session, row)
        record(session, "comment.deleted", object_kind="comment", object_id=row.id, object_name=row.text[:100],
               before={"text": row.text})  # fmt: skip


async def _let_be_said_again(session: AsyncSession, row: Comment) -> None:
    """TikTok surely has it no more: whoever says the same again means it."""
    now = utcnow()
    for table, known in ((CommentReply, CommentReply.reply_comment_id), (OwnComment, OwnComment.comment_id)):
        is_it = (col(known) == row.comment_id, col(table.state) == ReplyState.done)
        await session.exec(sa.update(table).where(*is_it).values(state=ReplyState.refused, settled_at=now))


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
