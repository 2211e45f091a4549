"""An upload whose init lost its answer: without the address for its bytes it can never become a post.

TikTok names that address in the answer alone; a post whose bytes do not come within the hour is dead [open-api.md 2.3,
2.7]. So nothing needs to be waited for but the answer itself, which may be late. All that it costs is a place in
TikTok's counts: the line counts lost attempts too.
"""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.messages import publishing
from app.posts.attempts import fence_off_lost
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.transitions import advance, requeue
from app.posts.unconfirmed.traces import Case
from app.resources import Resources

log = structlog.get_logger(__name__)

NO_UPLOAD = "no_upload"
_MOST_RESENDS = 2
_GRACE = timedelta(seconds=60)
"""TikTok may be in trouble just now; an attempt whose answer can still come is given up no sooner either."""


def is_lost_upload(case: Case) -> bool:
    """Tell whether the bytes of this attempt can never reach TikTok. After a restore nobody knows what they did."""
    attempt = case.attempt
    return (
        attempt is not None
        and attempt.by_upload
        and attempt.outcome is AttemptOutcome.unknown
        and attempt.upload_url_encrypted is None
        and attempt.evidence is None
        and not attempt.is_watch_broken
    )


async def settle_lost_upload(app: Resources, case: Case) -> None:
    """Send the post anew, in time; after two more lost answers a person looks at it."""
    attempt = case.attempt
    if attempt is None or utcnow() < attempt.started_at + _GRACE:
        return
    async with app.transaction() as session:
        if not await _give_up(session, attempt):
            return
        count = await _count_given_up(session, attempt.post_id)
        same = (col(Post.attempt) == attempt.number,)
        if count > _MOST_RESENDS:
            await advance(
                session,
                attempt.post_id,
                expected=PostState.unconfirmed,
                to=PostState.failed,
                why=publishing.ADDRESS_GIVEN_UP,
                where=same,
                state_reason="upload_failed",
                state_detail=publishing.ADDRESS_GIVEN_UP,
                fail_reason="upload_failed",
                fail_help=publishing.ADDRESS_GIVEN_UP,
                next_check_at=None,
            )
            return
        why = publishing.upload_address_lost(count, _MOST_RESENDS)
        await requeue(session, attempt.post_id, expected=PostState.unconfirmed, why=why, where=same, next_check_at=None)
        await fence_off_lost(session, attempt.post_id)
        log.warning("resent_after_lost_upload", post_id=attempt.post_id, attempt=attempt.number)


async def _give_up(session: AsyncSession, attempt: PostAttempt) -> bool:
    """Close the upload for good: an answer that comes now finds it ended, and its address is not used."""
    closed = await session.exec(
        sa.update(PostAttempt)
        .where(
            col(PostAttempt.id) == attempt.id,
            col(PostAttempt.outcome) == AttemptOutcome.unknown,
            col(PostAttempt.upload_url_encrypted).is_(None),
            col(PostAttempt.evidence).is_(None),
        )
        .values(evidence=NO_UPLOAD, upload_ended_at=utcnow())
    )
    if closed.rowcount != 1:
        return False
    await weigh_events_anew(session, attempt)
    return True


async def _count_given_up(session: AsyncSession, post_id: str) -> int:
    query = select(func.count()).where(col(PostAttempt.post_id) == post_id, col(PostAttempt.evidence) == NO_UPLOAD)
    return (await session.exec(query)).one()
