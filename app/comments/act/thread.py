"""Looking in a thread for what we may have said there, and noting that TikTok has it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from app.comments.access.opened import CommentAccess, Heard
from app.comments.models import Comment, CommentReply, ReplyState
from app.comments.store import Owner, Seen, store
from app.kit import failpoints
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError

_CLOCKS_DIFFER = timedelta(seconds=60)
OPEN = (ReplyState.begun, ReplyState.sending, ReplyState.unknown)


async def look(app: Resources, access: CommentAccess, row: Comment, reply: CommentReply) -> CommentReply | None:
    """Look whether the thread has this reply; then it is done. Raises BusinessError where nobody can tell."""
    found: list[Heard] = []
    try:
        found = [one async for one in access.walk_thread(row) if _may_be(one, reply)]
    except BusinessError as error:
        if error.meaning.kind is not Kind.missing:
            raise
        # The comment itself is gone, and its thread with it.
    async with app.transaction() as session:
        is_this = col(CommentReply.id) == reply.id
        await session.exec(sa.update(CommentReply).where(is_this).values(looked_at=utcnow()))
        # Whoever sent it died: nobody else brings its answer.
        is_left = col(CommentReply.state) == ReplyState.sending
        await session.exec(sa.update(CommentReply).where(is_this, is_left).values(state=ReplyState.unknown))
    for one in sorted(found, key=lambda each: (each.created_at or utcnow(), each.comment_id)):
        if told := await settle(app, row, reply, one.comment_id, one.created_at):
            return told
    return None


async def settle(
    app: Resources, row: Comment, reply: CommentReply, reply_comment_id: str, at: datetime | None
) -> CommentReply | None:
    """Note that TikTok has a reply, under this id; None where that id is another reply's already."""
    async with app.transaction() as session:
        # One settles at a time within a thread, so that two equal replies never claim the same comment.
        await session.exec(select(Comment.id).where(Comment.id == row.id).with_for_update())
        claimed = select(CommentReply.id).where(
            CommentReply.reply_comment_id == reply_comment_id, col(CommentReply.id) != reply.id
        )
        if (await session.exec(claimed)).first() is not None:
            return None
        now = utcnow()
        await session.exec(
            sa.update(CommentReply)
            .where(col(CommentReply.id) == reply.id, col(CommentReply.state).in_(OPEN))
            .values(state=ReplyState.done, reply_comment_id=reply_comment_id, settled_at=now, lease_until=None,
                    error=None)
        )  # fmt: skip
        seen = Seen(
            comment_id=reply_comment_id, place_id=row.place_id, text=reply.text, created_at=at or now,
            parent_comment_id=row.comment_id, ad_id=row.ad_id, ad_name=row.ad_name, item_id=row.item_id,
            identity_id=row.identity_id, identity_type=row.identity_type, author_name=reply.caller, is_own=True,
        )  # fmt: skip
        told = await store(session, Owner(row.mode, row.source, row.owner_id), [seen])
        if told.new:
            await session.exec(sa.update(Comment).where(col(Comment.id) == row.id).values(replies=Comment.replies + 1))
        done = await session.get(CommentReply, reply.id, populate_existing=True)
    failpoints.reach("reply.stored")
    return done


def _may_be(one: Heard, reply: CommentReply) -> bool:
    if not one.is_own or same(one.text) != same(reply.text):
        return False
    since = reply.sent_at or reply.created_at
    return one.created_at is None or one.created_at >= since - _CLOCKS_DIFFER


def same(text: str) -> str:
    """Give what two spellings of a reply have in common: TikTok may set spaces otherwise."""
    return " ".join(text.split())
