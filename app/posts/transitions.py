"""The state machine: which moves there are, and the one function that makes them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import Conflict
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.media.service import retire_media
from app.messages import post_refusals
from app.messages.kinds import State
from app.messages.message import Message
from app.outbox.emit import is_heard
from app.outbox.models import EventType
from app.posts.consent import end_consent
from app.posts.models import FINAL_STATES, Post, PostEvent, PostState
from app.posts.news import MOVES, announce, announce_heard
from app.posts.sentences import event_sentence, with_messages
from app.posts.telemetry import tell_of_move

S = PostState

LEASE = timedelta(seconds=30)
"""How long a worker may be silent before its post is given to another."""
MEDIA_KEPT_FOR = timedelta(days=7)
"""How long a post's pictures outlive it: TikTok may still fetch them, and a person may retry."""

ALLOWED: Mapping[PostState, frozenset[PostState]] = {
    S.scheduled: frozenset({S.queued, S.cancelled}),
    S.awaiting_approval: frozenset({S.queued, S.cancelled}),
    S.queued: frozenset(
        {S.scheduled, S.awaiting_approval, S.publishing, S.retryable, S.unconfirmed, S.failed, S.cancelled}
    ),
    S.publishing: frozenset(
        {S.published, S.sent_to_inbox, S.failed, S.retryable, S.scheduled, S.unconfirmed, S.cancelled}
    ),
    # A restored backup makes it wait for a person.
    S.retryable: frozenset({S.queued, S.scheduled, S.cancelled}),
    S.unconfirmed: frozenset({S.publishing, S.published, S.sent_to_inbox, S.failed, S.cancelled, S.queued}),
    # The creator finishes the draft in TikTok's app, and TikTok tells us afterwards.
    S.sent_to_inbox: frozenset({S.published}),
    S.published: frozenset(),
    S.failed: frozenset({S.queued}),
    # Only an unpublished article that is published again brings a post back; one that TikTok may have, to a person.
    S.cancelled: frozenset({S.queued, S.unconfirmed}),
}

_CLEARED = {
    "state_reason": None,
    "state_detail": None,
    "state_message": None,
    "scheduled_at": None,
    "next_attempt_at": None,
}


async def advance(
    session: AsyncSession,
    post_id: str,
    *,
    expected: PostState,
    to: PostState,
    why: Message,
    log_id: str | None = None,
    holder: str | None = None,
    where: tuple[sa.ColumnElement[bool], ...] = (),
    **values: Any,
) -> bool:
    """Move a post from `expected` to `to` if it still is there, and write the event; tell whether it moved.

    Reason, detail and times of the old state are cleared unless given in `values`; the lease ends, and in a final state
    the media are let go after a while. With `holder` only the worker whose lease token it is moves the post, and never
    while its init is under way. Raises Conflict for a move that the state machine does not have.
    """
    if to not in ALLOWED[expected]:
        raise Conflict(post_refusals.cannot_become(state=State(expected), to=State(to)), code="state_forbids")
    now = utcnow()
    changes = _changes(to, now, values, log_id)
    # Whether somebody listens comes back with the move itself: where nobody does, that is all it costs.
    news = MOVES.get(to)
    move = sa.update(Post).where(*_still_there(post_id, expected, holder), *where).values(**changes)
    moved = (await session.exec(move.returning(is_heard(news) if news else sa.true()))).first()
    if moved is None:
        return False
    event = event_sentence(why)
    session.add(PostEvent(post_id=post_id, at=now, from_state=expected, to_state=to, log_id=log_id, **event))
    await session.flush()
    await _set_off(session, post_id, to, why, values, news=news if moved[0] else None)
    await tell_of_move(session, post_id, expected, to, why=why, reason=changes["state_reason"], log_id=log_id)
    return True


def _still_there(post_id: str, expected: PostState, holder: str | None) -> list[sa.ColumnElement[bool]]:
    conditions = [col(Post.id) == post_id, col(Post.state) == expected]
    if holder is not None:
        # A job whose worker died is run once more under the same lease, while its first run's init may be on its way.
        conditions += [col(Post.lease_token) == holder, col(Post.is_sending).is_(False)]
    return conditions


def _changes(to: PostState, now: datetime, values: Mapping[str, Any], log_id: str | None) -> dict[str, Any]:
    changes = {
        **_CLEARED,
        "lease_token": None,
        "lease_until": None,
        "is_sending": False,
        "finalized_at": now if to in FINAL_STATES else None,
        "updated_at": now,
        **with_messages(values),
        "state": to,
    }
    return changes if log_id is None else changes | {"log_id": log_id}


async def _set_off(
    session: AsyncSession, post_id: str, to: PostState, why: Message, values: dict[str, Any], *, news: EventType | None
) -> None:
    """Do what follows of a move; `news` is what somebody listens for."""
    if to in FINAL_STATES:
        await retire_media(session, post_id, utcnow() + MEDIA_KEPT_FOR)
    if to is PostState.awaiting_approval:
        # Whoever is asked now has not consented to what there is now.
        await end_consent(session, post_id, values.get("state_detail") or why)
    if news:
        await announce_heard(session, post_id, news, why)
    if to is PostState.published and values.get("share_url"):
        await announce(session, post_id, EventType.post_link_known, why)


async def note(
    session: AsyncSession, post_id: str, state: PostState, why: Message, *, log_id: str | None = None
) -> None:
    """Write a line into the timeline without a change of state."""
    session.add(PostEvent(post_id=post_id, from_state=state, to_state=state, log_id=log_id, **event_sentence(why)))
    await session.flush()


async def requeue(
    session: AsyncSession,
    post_id: str,
    *,
    expected: PostState,
    why: Message,
    where: tuple[sa.ColumnElement[bool], ...] = (),
    **values: Any,
) -> bool:
    """Make a post due now and wake a worker for it, unless its init is under way; tell whether it moved."""
    lease = new_lease()
    moved = await advance(
        session,
        post_id,
        expected=expected,
        to=PostState.queued,
        why=why,
        where=(col(Post.is_sending).is_(False), *where),
        **lease,
        **values,
    )
    if moved:
        enqueue(session, "posts.publish", post_id, lease["lease_token"])
    return moved


def new_lease() -> dict[str, Any]:
    """Make the columns of a fresh lease, for a job that is about to be enqueued with its token."""
    return {"lease_token": new_token(12), "lease_until": utcnow() + LEASE}
