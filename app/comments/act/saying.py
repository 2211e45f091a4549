"""Saying something, once: a row is on disk before the call, and a lost answer is looked up before anything else."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.desk.errors import InvalidInput
from app.comments.act.targets import S, Spot, Voice
from app.comments.act.thread import look, same, settle
from app.comments.actions import By
from app.comments.errors import ReplyInProgress, ReplyOutcomeUnknown, ReplyOvertaken
from app.comments.models_said import ReplyState, Said
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
LONGEST_WAIT_SECONDS = 12.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Told(Generic[S]):
    """What TikTok has of ours. `was_there`: it had been sent before, and was not sent now."""

    said: S
    was_there: bool


@dataclass(frozen=True, slots=True)
class _Wish(Generic[S]):
    """What somebody wants to say, and where."""

    app: Resources
    spot: Spot[S]
    text: str
    by: By
    is_again: bool

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(same(self.text).encode()).hexdigest()


async def say(app: Resources, by: By, spot: Spot[S], text: str, *, again: bool) -> Told[S]:
    """Say it there. The same text again is the same, unless `again` says that it is meant.

    Raises what opening the way raises before anything is sent; ReplyInProgress; ReplyOutcomeUnknown where TikTok's
    answer was lost and the spot does not show it; and what TikTok refuses.
    """
    wish = _Wish(app, spot, text, by, again)
    return await spot.write(app, by, text, lambda voice: _say(wish, voice))


def check_text(text: str, most: int) -> str:
    """Raises InvalidInput where it cannot be said; `most` are the characters that it may have."""
    cleaned = clean_multiline(text)
    if not cleaned:
        raise InvalidInput({"text": said.TEXT_EMPTY})
    if len(cleaned) > most:
        raise InvalidInput({"text": said.text_too_long(most, len(cleaned))})
    return cleaned


async def _say(wish: _Wish[S], voice: Voice) -> Told[S]:
    holder = new_id()
    found, is_ours = await _begin(wish, holder)
    if is_ours:
        failpoints.reach("reply.begun")
        return Told(await _send(wish, voice, found, holder), was_there=False)
    ends_at = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
    while _is_under_way(found):
        if asyncio.get_running_loop().time() > ends_at:
            raise ReplyInProgress
        await asyncio.sleep(_PAUSE)
        found = await _read(wish, found.id)
    if found.state is ReplyState.done:
        return Told(found, was_there=True)
    if found.state is ReplyState.refused or found.state is ReplyState.begun:
        # Whoever sent it got no further: it surely was not said.
        raise ReplyInProgress
    if told := await look(wish.app, wish.spot, voice, found):
        return Told(told, was_there=True)
    raise ReplyOutcomeUnknown


async def _begin(wish: _Wish[S], holder: str) -> tuple[S, bool]:
    """Give the row of what is said, and whether it is ours to send: new, or surely never sent."""
    now, spot = utcnow(), wish.spot
    fresh: dict[str, Any] = {"holder": holder, "lease_until": now + LEASE, "state": ReplyState.begun, "error": None}
    async with wish.app.transaction() as session:
        # Two who say the same at the same time come here one after the other.
        await spot.lock(session)
        query = select(spot.table).where(*spot.where(), col(spot.table.fingerprint) == wish.fingerprint)
        rows = (await session.exec(query.order_by(col(spot.table.number).desc()))).all()
        standing = next((row for row in rows if not _is_free(row)), None)
        if standing is not None and (not wish.is_again or _is_under_way(standing)):
            return standing, False
        last = rows[0] if rows else None
        if last is not None and _is_free(last):
            for name, value in fresh.items():
                setattr(last, name, value)
            session.add(last)
            return last, True
        made = spot.table(
            **spot.key, fingerprint=wish.fingerprint, number=last.number + 1 if last else 1, text=wish.text,
            admin_id=wish.by.admin_id, caller=wish.by.name[:320], **fresh,
        )  # fmt: skip
        session.add(made)
    return made, True


async def _send(wish: _Wish[S], voice: Voice, row: S, holder: str) -> S:
    async def leaves() -> None:
        await _note_leaving(wish, row, holder)

    announced = voice.behind(Announced(voice.limiter, leaves))
    try:
        answer = await announced.say(wish.text)
        failpoints.reach("reply.answered")
    except BusinessError as error:
        return await _after_failure(wish, voice, row, error)
    done = await settle(wish.app, wish.spot, row, answer.comment_id, answer.create_time)
    await _note_said(wish)
    return done or await _read(wish, row.id)


async def _note_leaving(wish: _Wish[S], row: S, holder: str) -> None:
    """Note that it leaves now, when it has its turn. Raises ReplyOvertaken where another has taken it over."""
    now, table = utcnow(), wish.spot.table
    async with wish.app.transaction() as session:
        is_ours = (
            col(table.id) == row.id, col(table.holder) == holder,
            col(table.state).in_([ReplyState.begun, ReplyState.sending]),
        )  # fmt: skip
        values = {"state": ReplyState.sending, "sent_at": now, "lease_until": now + LEASE}
        changed = await session.exec(sa.update(table).where(*is_ours).values(**values))
    if changed.rowcount != 1:
        raise ReplyOvertaken
    row.sent_at = now
    failpoints.reach("reply.sending")


async def _after_failure(wish: _Wish[S], voice: Voice, row: S, error: BusinessError) -> S:
    """What was surely not said is refused; what may have been said is looked for at once. Raises what remains."""
    is_lost = error.outcome is Outcome.unknown
    values = {
        "state": ReplyState.unknown if is_lost else ReplyState.refused,
        "error": keep_whole(error.message),
        "lease_until": None,
        "settled_at": None if is_lost else utcnow(),
    }
    table = wish.spot.table
    async with wish.app.transaction() as session:
        await session.exec(sa.update(table).where(col(table.id) == row.id).values(**values))
    if not is_lost:
        raise error
    try:
        found = await look(wish.app, wish.spot, voice, row)
    except BusinessError:
        found = None
    if found is None:
        raise ReplyOutcomeUnknown from error
    await _note_said(wish)
    return found


async def _note_said(wish: _Wish[S]) -> None:
    async with wish.app.transaction() as session:
        wish.spot.note_said(session, wish.text)


async def _read(wish: _Wish[S], row_id: str) -> S:
    async with wish.app.read() as session:
        return await session.get_one(wish.spot.table, row_id, populate_existing=True)


def _is_free(row: Said) -> bool:
    """Tell whether TikTok surely does not have it."""
    return row.state is ReplyState.refused or (row.state is ReplyState.begun and not _is_under_way(row))


def _is_under_way(row: Said) -> bool:
    is_held = row.lease_until is not None and row.lease_until > utcnow()
    return is_held and row.state in {ReplyState.begun, ReplyState.sending}
