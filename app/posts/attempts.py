"""Attempts: one row per call of init, on disk before the call leaves, settled by its answer."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind, AccountSettings, AccountState
from app.articles.models import Article, ArticleState
from app.kit.clock import utcnow
from app.media.holds import holds_back
from app.media.service import grant_media, keep_media, list_fetches, revoke_media
from app.posts.gates import goes_by_upload, is_uploaded_film
from app.posts.line.ladder import Slot
from app.posts.line.pacing import next_slot
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.resources import Resources

log = structlog.get_logger(__name__)
SEND_WITHIN = timedelta(seconds=15)
"""After an attempt is on disk; its init leaves then or never."""
# TikTok's word that it has failed stands there as an error.
_HAS_ACCEPTED = sa.and_(col(PostAttempt.outcome) == AttemptOutcome.accepted, col(PostAttempt.error_code).is_(None))


class TooSoon(Exception):
    """Other posts of the account have taken the place that was free a moment ago."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(slot.reason)
        self.slot = slot


async def begin_attempt(app: Resources, post: Post, holder: str) -> PostAttempt | None:
    """Write the attempt and commit. None where it must not leave: post, lease, article, account
    or what TikTok fetches changed meanwhile.

    The partial unique index allows one attempt under way per account; where another post has it, IntegrityError is
    raised. Whoever gets past it is alone, so that TikTok's limits can be counted truly. Raises TooSoon.
    """
    async with app.transaction() as session:
        number = post.attempt + 1
        if not await _claim(app, session, post, holder):
            return None
        await keep_media(session, post.id)
        account = await session.get_one(Account, post.account_id)
        attempt = PostAttempt(
            post_id=post.id,
            account_id=post.account_id,
            number=number,
            media_token=await grant_media(session, post.id),
            by_upload=goes_by_upload(app.settings, post, account),
        )
        session.add(attempt)
        await session.flush()
        slot = await next_slot(session, account, utcnow(), besides=attempt.id)
        if slot is not None:
            raise TooSoon(slot)
    return attempt


async def _claim(app: Resources, session: AsyncSession, post: Post, holder: str) -> bool:
    unchanged = sa.exists().where(
        col(Article.id) == post.article_id,
        col(Article.version) == post.prepared_version,
        col(Article.state) == ArticleState.published,
    )
    may_fetch = sa.not_(holds_back(col(Account.kind), post.id))
    if is_uploaded_film(app.settings, post):
        may_fetch = sa.or_(col(Account.kind) == AccountKind.creator, may_fetch)
    is_usable = sa.exists().where(
        col(Account.id) == post.account_id,
        col(Account.state) == AccountState.connected,
        col(AccountSettings.account_id) == col(Account.id),
        col(AccountSettings.enabled).is_(True),
        may_fetch,
    )
    claimed = await session.exec(
        sa.update(Post)
        .where(
            col(Post.id) == post.id,
            col(Post.state) == PostState.queued,
            col(Post.lease_token) == holder,
            col(Post.attempt) == post.attempt,
            col(Post.is_sending).is_(False),
            unchanged,
            is_usable,
        )
        .values(is_sending=True, attempt=post.attempt + 1, updated_at=utcnow())
    )
    return claimed.rowcount == 1


def is_fresh(attempt: PostAttempt) -> bool:
    """Tell whether init may still leave. A worker that stood still may have been given up, and its post sent anew."""
    return utcnow() - attempt.started_at < SEND_WITHIN


async def fence_off_lost(session: AsyncSession, post_id: str) -> None:
    """Before a post is sent anew: take away the media of its attempts whose answers were lost.

    Whatever TikTok may still make of one of them then fails there for want of its pictures, and does not stand beside
    the new one.
    """
    lost = select(PostAttempt.media_token).where(
        PostAttempt.post_id == post_id, col(PostAttempt.outcome) == AttemptOutcome.unknown
    )
    await revoke_media(session, (await session.exec(lost)).all())


async def find_accepted(session: AsyncSession, post_id: str) -> int | None:
    """Find the last attempt that TikTok has taken, and has not said to have failed: by its number.

    Also one whose answer was lost, if TikTok came for its media.
    """
    query = select(PostAttempt).where(
        PostAttempt.post_id == post_id,
        sa.or_(col(PostAttempt.outcome) == AttemptOutcome.unknown, _HAS_ACCEPTED),
    )
    attempts = (await session.exec(query)).all()
    lost = [one.media_token for one in attempts if one.outcome is AttemptOutcome.unknown]
    fetched = {fetch.token for fetch in await list_fetches(session, lost)} if lost else set()
    taken = [one.number for one in attempts if one.outcome is not AttemptOutcome.unknown or one.media_token in fetched]
    return max(taken, default=None)


async def latest_attempt(session: AsyncSession, post_id: str) -> PostAttempt | None:
    """Find a post's last attempt."""
    query = select(PostAttempt).where(PostAttempt.post_id == post_id).order_by(col(PostAttempt.number).desc())
    return (await session.exec(query.limit(1))).first()


async def was_perhaps_sent(session: AsyncSession, post_id: str) -> bool:
    """Tell whether TikTok may have the post: an attempt was accepted and has not failed, or its answer was lost."""
    query = select(PostAttempt.id).where(
        PostAttempt.post_id == post_id,
        sa.or_(
            col(PostAttempt.outcome).in_((AttemptOutcome.sending, AttemptOutcome.unknown)),
            _HAS_ACCEPTED,
        ),
    )
    return (await session.exec(query.limit(1))).first() is not None
