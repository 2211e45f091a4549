"""After a backup was restored: what TikTok may have got since then is not sent again without a person's word.

Posts made before the restore are at risk, and so are those of articles that were published in the time that is missing
here, when their CMS tells of them again. The gate below stops them whatever makes them due: a sweep, an edited article,
a verdict, missing evidence. A person's retry or approval clears a post, and so does `release_restored_posts`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import Article
from app.kit.clock import utcnow
from app.messages import timeline
from app.messages.message import Message
from app.posts.attempt_outcomes import lose_track
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.models_restored import Restoration
from app.posts.sentences import with_messages
from app.posts.transitions import advance, note, requeue
from app.posts.waits import Halt, wait_for_person
from app.resources import Resources

RESTORED = "restored"
_BATCH = 200
_LATE_DELIVERIES = timedelta(days=3)
"""How long a CMS may go on repeating a delivery: an article this much older than the backup may have come after it."""


async def find_restoration(session: AsyncSession) -> Restoration | None:
    """Find the newest: every post that an older one put at risk is older than it too."""
    query = select(Restoration).order_by(col(Restoration.restored_at).desc()).limit(1)
    return (await session.exec(query)).first()


async def restored_gate(session: AsyncSession, post: Post, article: Article) -> Halt | None:
    """Stop a post that TikTok may have got in the time that a restored backup does not know."""
    restoration = await find_restoration(session)
    if restoration is None or not is_at_risk(post, article, restoration):
        return None
    return wait_for_person(RESTORED, _waiting_detail(restoration))


def is_at_risk(post: Post, article: Article, restoration: Restoration) -> bool:
    """Tell whether TikTok may have the post without our knowing, and nobody has looked yet."""
    if post.cleared_at is not None and post.cleared_at > restoration.restored_at:
        return False
    return post.created_at <= restoration.restored_at or _is_from_the_gap(article, restoration)


def _is_from_the_gap(article: Article, restoration: Restoration) -> bool:
    told_at = article.state_revision or article.revision
    published_at = article.published_at or told_at
    earliest = restoration.backup_at - _LATE_DELIVERIES
    return told_at < restoration.restored_at or earliest <= published_at < restoration.restored_at


async def hold_restored_posts(session: AsyncSession, backup_at: datetime) -> dict[str, int]:
    """Make a freshly restored database safe to run on; tell how many posts became what. Part of the restore."""
    restoration = Restoration(backup_at=backup_at, restored_at=utcnow())
    session.add(restoration)
    await session.flush()
    unconfirmed = await _lose_attempts(session)
    waiting = 0
    for state in (PostState.queued, PostState.retryable):
        for post in await _list(session, state):
            detail = _waiting_detail(restoration)
            waiting += await advance(session, post.id, expected=state, to=PostState.scheduled, why=detail,
                                     state_reason=RESTORED, state_detail=detail)  # fmt: skip
    waiting += await _explain(session, PostState.scheduled, restoration)
    approvals = await _explain(session, PostState.awaiting_approval, restoration)
    asked = await _ask_again(session, restoration)
    return {"waiting": waiting, "awaiting_approval": approvals, "unconfirmed": unconfirmed, "asked_about": asked}


async def _lose_attempts(session: AsyncSession) -> int:
    """An init that was on its way at the time of the backup has long been answered, to a process that is no more."""
    now = utcnow()
    await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.outcome) == AttemptOutcome.sending)
        .values(outcome=AttemptOutcome.unknown, error_code=RESTORED, ended_at=now)
    )
    # Nobody saw who came for the media since the backup, so silence proves nothing.
    await session.exec(
        sa.update(PostAttempt).where(col(PostAttempt.outcome) == AttemptOutcome.unknown).values(is_watch_broken=True)
    )
    query = select(Post.id).where(col(Post.state) == PostState.queued, col(Post.is_sending).is_(True))
    lost = (await session.exec(query)).all()
    for post_id in lost:
        await lose_track(session, post_id, RESTORED)
    return len(lost)


async def _explain(session: AsyncSession, state: PostState, restoration: Restoration) -> int:
    """Posts that wait already wait for a person from now on, whatever it was before."""
    detail = _waiting_detail(restoration)
    posts = [post for post in await _list(session, state) if post.state_reason != RESTORED]
    for post in posts:
        values: dict[str, Any] = {
            "state_reason": RESTORED,
            "state_detail": detail,
            "scheduled_at": None,
            "next_attempt_at": None,
        }
        values |= {"updated_at": utcnow()}
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(**with_messages(values)))
        await note(session, post.id, state, detail)
    return len(posts)


async def _ask_again(session: AsyncSession, restoration: Restoration) -> int:
    """TikTok had accepted these, so it can be asked what became of them. Should one have failed, the gate stops it."""
    why = timeline.restored_and_asked(time=restoration.backup_at)
    posts = await _list(session, PostState.publishing)
    for post in posts:
        await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(next_check_at=utcnow()))
        await note(session, post.id, post.state, why)
    return len(posts)


async def count_restored_posts(session: AsyncSession, *, made_before: datetime | None = None) -> int:
    """Count the posts that `release_restored_posts` would send on."""
    return int((await session.exec(select(sa.func.count()).select_from(Post).where(*_held(made_before)))).one())


async def release_restored_posts(app: Resources, *, made_before: datetime | None = None) -> int:
    """Take a person's word that TikTok has none of the posts that wait since a restore; tell how many went on.

    They pass every other gate as ever: a date in the future, an approval, the account's limits.
    """
    why = timeline.RELEASED_AFTER_RESTORE
    count = 0
    while True:
        async with app.transaction() as session:
            query = select(Post.id).where(*_held(made_before)).order_by(col(Post.is_urgent).desc(), col(Post.id))
            ids = (await session.exec(query.limit(_BATCH))).all()
            for post_id in ids:
                count += await requeue(
                    session, post_id, expected=PostState.scheduled, why=why, failures=0, cleared_at=utcnow()
                )
        if len(ids) < _BATCH:
            return count


def _held(made_before: datetime | None) -> tuple[sa.ColumnElement[bool], ...]:
    held = col(Post.state) == PostState.scheduled, col(Post.state_reason) == RESTORED, col(Post.is_sending).is_(False)
    return held if made_before is None else (*held, col(Post.created_at) < made_before)


async def _list(session: AsyncSession, state: PostState) -> Sequence[Post]:
    return (await session.exec(select(Post).where(col(Post.state) == state).order_by(col(Post.id)))).all()


def _waiting_detail(restoration: Restoration) -> Message:
    return timeline.restored(time=restoration.backup_at)
