"""Pinning and liking, which a business account alone can do: each comment for itself, also where many are meant."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.desk.errors import MissingAtTikTok
from app.audit.record import record
from app.comments.access.asking import write_as_account
from app.comments.access.organic import OrganicAccess
from app.comments.actions import Action, By, Outcome
from app.comments.allowed import Standing, WhyNot, read_standing
from app.comments.errors import CannotAnswer, CommentNotFound, NotUnderAds, OnlyFirstPinned
from app.comments.lookup import find_comments
from app.comments.models import Comment, CommentSource
from app.comments.store import mark_gone
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources

_COLUMN = {
    Action.pin: ("is_pinned", True), Action.unpin: ("is_pinned", False),
    Action.like: ("is_liked", True), Action.unlike: ("is_liked", False),
}  # fmt: skip
_RECORDED = {
    Action.pin: "comment.pinned", Action.unpin: "comment.unpinned",
    Action.like: "comment.liked", Action.unlike: "comment.unliked",
}  # fmt: skip


async def favour(app: Resources, by: By, action: Action, row_ids: Sequence[str]) -> list[Outcome]:
    """Pin, like, or no longer; give what became of each, in their order."""
    found = await find_comments(app, row_ids)
    async with app.read() as session:
        standing = await read_standing(session, app, found.values())
    outcomes: list[Outcome] = []
    for row_id in dict.fromkeys(row_ids):
        row = found.get(row_id)
        if row is None:
            outcomes.append(Outcome(row_id, CommentNotFound()))
        elif (error := _why_not(standing, action, row)) is not None:
            outcomes.append(Outcome(row_id, error))
        else:
            outcomes.append(await _favour_one(app, by, action, row))
    return outcomes


async def find_pinned_beside(app: Resources, rows: Iterable[Comment]) -> list[Comment]:
    """Give what is pinned under the posts of these comments, in the inbox's eyes: pinning one of them lets go of it."""
    post_ids = {row.place_id for row in rows if row.source is CommentSource.organic}
    query = select(Comment).where(
        Comment.mode == mode_of(app), Comment.source == CommentSource.organic,
        col(Comment.place_id).in_(post_ids), col(Comment.is_pinned).is_(True),
    )  # fmt: skip
    async with app.read() as session:
        return list((await session.exec(query)).all())


def _why_not(standing: Standing, action: Action, row: Comment) -> AppError | None:
    if row.source is not CommentSource.organic:
        return NotUnderAds()
    if (why := standing.why_not_changed(row)) is not None:
        return CannotAnswer(why)
    is_reply = row.parent_comment_id is not None
    return OnlyFirstPinned() if action is Action.pin and is_reply else None


async def _favour_one(app: Resources, by: By, action: Action, row: Comment) -> Outcome:
    column, wanted = _COLUMN[action]
    if getattr(row, column) is wanted:
        return Outcome(row.id)

    async def work(access: OrganicAccess) -> None:
        if column == "is_pinned":
            await access.pin(row, pinned=wanted)
        else:
            await access.like(row, liked=wanted)

    try:
        await write_as_account(app, by, action.value, row.owner_id, {"comment_id": row.comment_id}, work)
    except MissingAtTikTok:
        async with app.transaction() as session:
            await mark_gone(session, [row])
        return Outcome(row.id, CannotAnswer(WhyNot.comment_gone))
    except AppError as error:
        return Outcome(row.id, error)
    await _note(app, action, row)
    return Outcome(row.id, was_changed=True)


async def _note(app: Resources, action: Action, row: Comment) -> None:
    column, wanted = _COLUMN[action]
    values: Mapping[str, object] = {column: wanted, "updated_at": utcnow()}
    async with app.transaction() as session:
        if action is Action.pin:
            # A post has one pinned comment: TikTok lets go of the one before.
            of_post = (
                col(Comment.mode) == row.mode, col(Comment.source) == row.source,
                col(Comment.place_id) == row.place_id, col(Comment.is_pinned).is_(True),
            )  # fmt: skip
            await session.exec(sa.update(Comment).where(*of_post).values(is_pinned=False))
        await session.exec(sa.update(Comment).where(col(Comment.id) == row.id).values(**values))
        record(session, _RECORDED[action], object_kind="comment", object_id=row.id, object_name=row.text[:100])
