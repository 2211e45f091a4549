"""Whose event is it: TikTok speaks of a `publish_id`, and the init that would have told us it may have lost its answer.

An account has at most one init under way, so an event with an id that nobody knows belongs to an attempt of the account
whose answer was lost. There may be several of those, and then only other traces tell which one it is. Where they do not
tell, nobody gets the event: a wrong claim would hide a post that may be there twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import PublishMode
from app.media.service import list_fetches
from app.messages import publishing
from app.posts.adoption import adopt
from app.posts.models import AttemptOutcome, Post, PostAttempt
from app.posts.restored import find_restoration
from app.tiktok.webhooks import EventKind
from app.webhooks.models import WebhookEvent

CLOCK_SKEW = timedelta(seconds=30)
"""How far TikTok's clock may be behind ours; its times are whole seconds besides.

Generous, because that costs nothing: an event of an earlier attempt bears an id that is known, or that attempt is a
rival here as well.
"""
_AFTER_FETCH = "_check_failed"
"""How the reasons end that TikTok gives once it has looked at the media."""
_LONGEST = timedelta(hours=72)
"""An event this much later than an init is about something else: TikTok gives its verdict within two days."""


async def find_attempt(session: AsyncSession, account_id: str, publish_id: str) -> PostAttempt | None:
    """Find the attempt of this account that TikTok calls so. If its answer was lost, that settles it."""
    query = select(PostAttempt).where(
        col(PostAttempt.publish_id) == publish_id, col(PostAttempt.account_id) == account_id
    )
    # Locked before its post is, as everywhere.
    newest = query.order_by(col(PostAttempt.started_at).desc()).limit(1).with_for_update()
    attempt = (await session.exec(newest)).first()
    if attempt is not None and attempt.outcome is AttemptOutcome.unknown:
        await adopt(session, attempt, publish_id, evidence="webhook", why=publishing.BY_MESSAGE)
    return attempt


class InitUnderWay(Exception):
    """An init of the account is under way: its answer may be about to name the id that an event bears."""


async def claim_event(session: AsyncSession, event: WebhookEvent, account_id: str) -> PostAttempt | None:
    """Find the attempt that an event with an unknown `publish_id` belongs to, and adopt its post.

    Raises InitUnderWay where that cannot be told yet.
    """
    if not event.publish_id:
        return None
    occurred_at = event.occurred_at or event.received_at
    candidates = await _list_candidates(session, account_id, occurred_at)
    # Whoever held one of them until now may have written this very id, be it of an answer or of another event.
    known = await find_attempt(session, account_id, event.publish_id)
    if known is not None:
        return known
    if any(attempt.outcome is AttemptOutcome.sending for attempt, _ in candidates):
        raise InitUnderWay
    chosen = await _choose(session, event, occurred_at, candidates)
    if chosen is None:
        return None
    if not await adopt(session, chosen, event.publish_id, evidence="webhook", why=publishing.BY_MESSAGE):
        return None
    await session.refresh(chosen)
    return chosen


async def _list_candidates(
    session: AsyncSession, account_id: str, occurred_at: datetime
) -> Sequence[tuple[PostAttempt, Post]]:
    accepted_by_other_proof = sa.and_(
        col(PostAttempt.outcome) == AttemptOutcome.accepted, col(PostAttempt.publish_id).is_(None)
    )
    is_one = [
        col(PostAttempt.account_id) == account_id,
        col(PostAttempt.started_at) <= occurred_at + CLOCK_SKEW,
        col(PostAttempt.started_at) >= occurred_at - _LONGEST,
        # An upload that was given up never gets its bytes, and TikTok has nothing to tell about it.
        col(PostAttempt.evidence).is_distinct_from("no_upload"),
        sa.or_(col(PostAttempt.outcome).in_((AttemptOutcome.sending, AttemptOutcome.unknown)), accepted_by_other_proof),
    ]
    restoration = await find_restoration(session)
    if restoration is not None and occurred_at > restoration.backup_at:
        # The id may be that of an attempt which a restored backup does not know.
        is_one.append(col(PostAttempt.started_at) > restoration.restored_at)
    oldest_first = col(PostAttempt.started_at)
    # Locked before they are read, so that of two events which are weighed at once the second knows what the first has
    # settled: who waits for a lock sees the row anew, and the post beside it as it was before the wait.
    await session.exec(select(PostAttempt.id).where(*is_one).order_by(oldest_first).with_for_update())
    pairs = select(PostAttempt, Post).join(Post, col(Post.id) == col(PostAttempt.post_id)).where(*is_one)
    return (await session.exec(pairs.order_by(oldest_first).execution_options(populate_existing=True))).all()


async def _choose(
    session: AsyncSession, event: WebhookEvent, occurred_at: datetime, candidates: Sequence[tuple[PostAttempt, Post]]
) -> PostAttempt | None:
    """Choose the one that alone fits: by the public id, by the kind of post, by whose media TikTok had come for."""
    if event.post_id is not None:
        named = [attempt for attempt, post in candidates if event.post_id in post.post_ids]
        if named:
            return named[0] if len(named) == 1 else None
        # A post that is known in public under another id is another post.
        candidates = [(attempt, post) for attempt, post in candidates if not post.post_ids]
    if event.kind == EventKind.inbox_delivered:
        candidates = [(attempt, post) for attempt, post in candidates if post.mode == PublishMode.inbox]
    rivals = [attempt for attempt, _ in candidates]
    if len(rivals) > 1 and _tells_of_media(event):
        fetches = await list_fetches(session, [attempt.media_token for attempt in rivals])
        fetched = {fetch.token for fetch in fetches if fetch.at <= occurred_at + CLOCK_SKEW}
        rivals = [attempt for attempt in rivals if attempt.media_token in fetched]
    return rivals[0] if len(rivals) == 1 else None


def _tells_of_media(event: WebhookEvent) -> bool:
    """Tell whether TikTok had the media of the post it speaks of.

    It says of some that it could not fetch them. Such an event is not that of the one post whose media it did fetch:
    that one would be sent again, and be there twice.
    """
    return event.kind != EventKind.publish_failed or (event.reason or "").endswith(_AFTER_FETCH)
