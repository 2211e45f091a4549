"""Answering a comment, once: a row is on disk before the call, and a lost answer is looked up before anything else."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.desk.errors import InvalidInput
from app.audit.record import record
from app.comments.access.asking import write
from app.comments.access.opened import LONGEST_REPLY, CommentAccess
from app.comments.act.thread import look, same, settle
from app.comments.actions import By
from app.comments.allowed import WhyNot, read_standing
from app.comments.errors import CannotAnswer, ReplyInProgress, ReplyOutcomeUnknown, ReplyOvertaken
from app.comments.lookup import get_comment
from app.comments.models import Comment, CommentReply, CommentSource, ReplyState
from app.kit import failpoints
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.kit.text import clean_multiline
from app.messages import comments as said
from app.messages.message import keep_whole
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.limiter import Announced

LEASE = timedelta(seconds=90)
"""Longer than a call and its tries take: after that whoever sent it is dead."""
_WAITS = 12.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply that TikTok has. `was_there`: it had been sent before, and was not sent now."""

    reply: CommentReply
    was_there: bool


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody wants to say, and to what."""

    app: Resources
    row: Comment
    text: str
    by: By
    is_again: bool

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(same(self.text).encode()).hexdigest()


async def reply(app: Resources, by: By, row_id: str, text: str, *, again: bool = False) -> Replied:
    """Answer a comment. The same text again is the same answer, unless `again` says that it is meant.

    Raises CommentNotFound, InvalidInput, RoleForbids and CannotAnswer before anything is sent; ReplyInProgress;
    ReplyOutcomeUnknown where TikTok's answer was lost and the thread does not show it; and what TikTok refuses.
    """
    row = await get_comment(app, row_id)
    wish = _Wish(app, row, check_text(text, LONGEST_REPLY[row.source]), by, again)
    async with app.read() as session:
        why = (await read_standing(session, app, [row])).why_not(row)
    if why is not None and why is not WhyNot.role_forbids:
        raise CannotAnswer(why)
    where = {"ad_id": row.ad_id} if row.source is CommentSource.ad else {"video_id": row.place_id}
    told = {"comment_id": row.comment_id, **where, "text": wish.text}
    return await write(app, by, "reply", row, told, lambda access: _reply(wish, access))


def check_text(text: str, most: int) -> str:
    """Raises InvalidInput where it cannot be an answer; `most` are the characters that it may have."""
    cleaned = clean_multiline(text)
    if not cleaned:
        raise InvalidInput({"text": said.TEXT_EMPTY})
    if len(cleaned) > most:
        raise InvalidInput({"text": said.text_too_long(most, len(cleaned))})
    return cleaned


async def _reply(wish: _Wish, access: CommentAccess) -> Replied:
    holder = new_id()
    found, is_ours = await _begin(wish, holder)
    if is_ours:
        failpoints.reach("reply.begun")
        return Replied(await _send(wish, access, found, holder), was_there=False)
    ends_at = asyncio.get_running_loop().time() + _WAITS
    while _is_under_way(found):
        if asyncio.get_running_loop().time() > ends_at:
            raise ReplyInProgress
        await asyncio.sleep(_PAUSE)
        found = await _read(wish.app, found.id)
    if found.state is ReplyState.done:
        return Replied(found, was_there=True)
    if found.state is ReplyState.refused or found.state is ReplyState.begun:
        # Whoever sent it got no further: it surely was not said.
        raise ReplyInProgress
    if told := await look(wish.app, access, wish.row, found):
        return Replied(told, was_there=True)
    raise ReplyOutcomeUnknown


async def _begin(wish: _Wish, holder: str) -> tuple[CommentReply, bool]:
    """Give the row of this answer, and whether it is ours to send: new, or surely never sent."""
    now = utcnow()
    fresh: dict[str, Any] = {"holder": holder, "lease_until": now + LEASE, "state": ReplyState.begun, "error": None}
    async with wish.app.transaction() as session:
        # Two who say the same at the same time come here one after the other.
        await session.exec(select(Comment.id).where(Comment.id == wish.row.id).with_for_update())
        query = select(CommentReply).where(
            CommentReply.comment_row_id == wish.row.id, CommentReply.fingerprint == wish.fingerprint
        )
        last = (await session.exec(query.order_by(col(CommentReply.number).desc()).limit(1))).first()
        is_free = last is not None and (
            last.state is ReplyState.refused or (last.state is ReplyState.begun and not _is_under_way(last))
        )
        if last is not None and is_free:
            for name, value in fresh.items():
                setattr(last, name, value)
            session.add(last)
            return last, True
        if last is not None and (not wish.is_again or _is_under_way(last)):
            return last, False
        made = CommentReply(
            comment_row_id=wish.row.id, fingerprint=wish.fingerprint, number=last.number + 1 if last else 1,
            text=wish.text, admin_id=wish.by.admin_id, caller=wish.by.name[:320], **fresh,
        )  # fmt: skip
        session.add(made)
    return made, True


async def _send(wish: _Wish, access: CommentAccess, reply: CommentReply, holder: str) -> CommentReply:
    async def leaves() -> None:
        await _note_leaving(wish.app, reply, holder)

    announced = access.behind(Announced(access.limiter, leaves))
    try:
        answer = await announced.reply(wish.row, wish.text)
        failpoints.reach("reply.answered")
    except BusinessError as error:
        return await _after_failure(wish, access, reply, error)
    done = await settle(wish.app, wish.row, reply, answer.comment_id, answer.create_time)
    await _note_said(wish, reply)
    return done or await _read(wish.app, reply.id)


async def _note_leaving(app: Resources, reply: CommentReply, holder: str) -> None:
    """Note that it leaves now, when it has its turn. Raises ReplyOvertaken where another has taken it over."""
    now = utcnow()
    async with app.transaction() as session:
        is_ours = (
            col(CommentReply.id) == reply.id, col(CommentReply.holder) == holder,
            col(CommentReply.state).in_([ReplyState.begun, ReplyState.sending]),
        )  # fmt: skip
        changed = await session.exec(
            sa.update(CommentReply)
            .where(*is_ours)
            .values(state=ReplyState.sending, sent_at=now, lease_until=now + LEASE)
        )
    if changed.rowcount != 1:
        raise ReplyOvertaken
    reply.sent_at = now
    failpoints.reach("reply.sending")


async def _after_failure(wish: _Wish, access: CommentAccess, reply: CommentReply, error: BusinessError) -> CommentReply:
    """What was surely not said is refused; what may have been said is looked for at once. Raises what remains."""
    is_lost = error.outcome is Outcome.unknown
    values = {
        "state": ReplyState.unknown if is_lost else ReplyState.refused,
        "error": keep_whole(error.message),
        "lease_until": None,
        "settled_at": None if is_lost else utcnow(),
    }
    async with wish.app.transaction() as session:
        await session.exec(sa.update(CommentReply).where(col(CommentReply.id) == reply.id).values(**values))
    if not is_lost:
        raise error
    try:
        found = await look(wish.app, access, wish.row, reply)
    except BusinessError:
        found = None
    if found is None:
        raise ReplyOutcomeUnknown from error
    await _note_said(wish, reply)
    return found


async def _note_said(wish: _Wish, reply: CommentReply) -> None:
    async with wish.app.transaction() as session:
        record(session, "comment.replied", object_kind="comment", object_id=wish.row.id,
               object_name=wish.row.text[:100], after={"text": reply.text})  # fmt: skip


async def _read(app: Resources, reply_id: str) -> CommentReply:
    async with app.read() as session:
        return await session.get_one(CommentReply, reply_id, populate_existing=True)


def _is_under_way(reply: CommentReply) -> bool:
    is_held = reply.lease_until is not None and reply.lease_until > utcnow()
    return is_held and reply.state in {ReplyState.begun, ReplyState.sending}
