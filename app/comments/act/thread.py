"""Looking at a spot for what we may have said there, and noting that TikTok has it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from app.comments.access.opened import Heard
from app.comments.act.targets import S, Spot, Voice
from app.comments.models_said import OPEN, ReplyState
from app.comments.store import store
from app.kit import failpoints
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError

_CLOCKS_DIFFER = timedelta(seconds=60)


async def look(app: Resources, spot: Spot[S], voice: Voice, said: S) -> S | None:
    """Look whether it stands there; then it is done. Raises BusinessError where nobody can tell."""
    since = (said.sent_at or said.created_at) - _CLOCKS_DIFFER
    found: list[Heard] = []
    try:
        found = [one async for one in voice.listen(since) if _may_be(one, said.text, since)]
    except BusinessError as error:
        if error.meaning.kind is not Kind.missing:
            raise
        # What it stood under is gone, and all of that with it.
    async with app.transaction() as session:
        is_this = col(spot.table.id) == said.id
        await session.exec(sa.update(spot.table).where(is_this).values(looked_at=utcnow()))
        # Whoever sent it died: nobody else brings its answer.
        is_left = col(spot.table.state) == ReplyState.sending
        await session.exec(sa.update(spot.table).where(is_this, is_left).values(state=ReplyState.unknown))
    for one in sorted(found, key=lambda each: (each.created_at or utcnow(), each.comment_id)):
        if told := await settle(app, spot, said, one.comment_id, one.created_at):
            return told
    return None


async def settle(app: Resources, spot: Spot[S], said: S, comment_id: str, at: datetime | None) -> S | None:
    """Note that TikTok has it, under this id; None where that id is another's of ours already."""
    table = spot.table
    async with app.transaction() as session:
        # One settles at a time in a place, so that two that say the same never claim the same comment.
        await spot.lock(session)
        claimed = select(table.id).where(spot.known == comment_id, col(table.id) != said.id)
        if (await session.exec(claimed)).first() is not None:
            return None
        now = utcnow()
        values = {"state": ReplyState.done, spot.known.key: comment_id, "settled_at": now, "lease_until": None,
                  "error": None}  # fmt: skip
        is_open = (col(table.id) == said.id, col(table.state).in_(OPEN))
        await session.exec(sa.update(table).where(*is_open).values(**values))
        seen = spot.show(said, comment_id, at or now)
        told = await store(session, spot.owner, [seen])
        if told.new:
            await spot.note_new(session, seen)
        done = await session.get(table, said.id, populate_existing=True)
    failpoints.reach("reply.stored")
    return done


def _may_be(one: Heard, text: str, since: datetime) -> bool:
    is_same = one.is_own and same(one.text) == same(text)
    return is_same and (one.created_at is None or one.created_at >= since)


def same(text: str) -> str:
    """Give what two spellings of a text have in common: TikTok may set spaces otherwise."""
    return " ".join(text.split())
