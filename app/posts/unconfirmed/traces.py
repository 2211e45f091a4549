"""The traces that an accepted post leaves, each looked for on its own."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState, PublishMode
from app.accounts.tokens.access import call_with_token
from app.errors import Conflict, VendorError
from app.kit.clock import utcnow
from app.limits.budgets import STATUS_FETCH, VIDEO_LIST
from app.media.service import list_fetches
from app.messages import publishing
from app.posts.adoption import accept_without_id, adopt
from app.posts.attempts import latest_attempt
from app.posts.follow.event_owner import CLOCK_SKEW
from app.posts.follow.public_list import look_for
from app.posts.follow.tiktok_events import handle_event
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.transitions import advance
from app.posts.verdict import Effect, Verdict
from app.posts.verdict_writer import hear, settle
from app.resources import Resources
from app.tiktok.display import LIST_SCOPE
from app.tiktok.errors import TikTokRefused
from app.tiktok.models import PublishPhase, PublishStatus, VideoItem, VideoPage
from app.webhooks.inbox import list_unclaimed

log = structlog.get_logger(__name__)

_NOT_HIS = frozenset({"invalid_publish_id", "token_not_authorized_for_specified_publish_id"})
# A word that we do not know is no verdict.
_AT_IT = frozenset({PublishPhase.processing, PublishPhase.unknown})


@dataclass(frozen=True, slots=True)
class Case:
    """An unconfirmed post, as it is now, with its last attempt."""

    post: Post
    account: Account
    attempt: PostAttempt | None

    @property
    def since(self) -> datetime:
        """When TikTok may have got the post."""
        return self.post.created_at if self.attempt is None else self.attempt.started_at


@dataclass(frozen=True, slots=True)
class Reading:
    """What the account's list told: with `is_complete`, also that there is nothing."""

    is_settled: bool = False
    is_complete: bool = True


async def read_case(app: Resources, post_id: str) -> Case | None:
    """Read a post anew; None where it is no longer unconfirmed."""
    async with app.read() as session:
        post = await session.get(Post, post_id)
        if post is None or post.state is not PostState.unconfirmed:
            return None
        account = await session.get_one(Account, post.account_id)
        return Case(post, account, await latest_attempt(session, post_id))


async def ask_status(app: Resources, case: Case) -> bool:
    """Ask about the `publish_id`, where one is known or was mentioned; tell whether that settled the post."""
    post, attempt = case.post, case.attempt
    mentioned = attempt.publish_id if attempt is not None and attempt.outcome is AttemptOutcome.unknown else None
    publish_id = post.publish_id or mentioned
    if publish_id is None:
        return False
    try:
        status = await call_with_token(
            app,
            post.account_id,
            lambda client, token: client.fetch_publish_status(token, publish_id),
            limit=STATUS_FETCH,
        )
    except TikTokRefused as error:
        if post.publish_id is None and attempt is not None and error.advice.code in _NOT_HIS:
            await _disbelieve(app, attempt)
        return False
    except (VendorError, Conflict) as error:
        log.info("evidence_unaskable", post_id=post.id, code=error.code)
        return False
    if not status.status:
        return False
    if post.publish_id is None and attempt is not None:
        async with app.transaction() as session:
            await adopt(session, attempt, publish_id, evidence="answer", why=publishing.BY_STATUS, log_id=status.log_id)
            post = await session.get_one(Post, post.id, populate_existing=True)
    return await _apply(app, post, status)


async def _apply(app: Resources, post: Post, status: PublishStatus) -> bool:
    await hear(app, post, Verdict.by_status(status))
    if post.state is not PostState.unconfirmed or status.phase not in _AT_IT:
        return True
    now = utcnow()
    async with app.transaction() as session:
        # Two days more: somebody wanted to know.
        return await advance(
            session,
            post.id,
            expected=PostState.unconfirmed,
            to=PostState.publishing,
            why=publishing.STILL_AT_IT,
            log_id=status.log_id,
            publishing_since=now,
            next_check_at=now,
        )


async def _disbelieve(app: Resources, attempt: PostAttempt) -> None:
    async with app.transaction() as session:
        await session.exec(
            sa.update(PostAttempt)
            .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.unknown)
            .values(publish_id=None)
        )


async def hear_events(app: Resources, case: Case) -> bool:
    """Weigh the account's unclaimed events once more: this attempt may be the one that they are about."""
    if case.attempt is None:
        return False
    async with app.read() as session:
        since = case.attempt.started_at - CLOCK_SKEW
        event_ids = await list_unclaimed(session, case.account.open_id, since=since)
    for event_id in event_ids:
        await handle_event(app, event_id)
    return bool(event_ids) and await read_case(app, case.post.id) is None


async def see_fetches(app: Resources, case: Case) -> bool:
    """Look for TikTok's requests for this attempt's own media. They prove that it has the post, but name no id."""
    attempt = case.attempt
    if attempt is None or attempt.outcome is not AttemptOutcome.unknown:
        return False
    async with app.read() as session:
        fetches = await list_fetches(session, [attempt.media_token])
    if fetches:
        async with app.transaction() as session:
            await accept_without_id(session, attempt)
    return False


async def read_list(app: Resources, case: Case) -> Reading:
    """Look for the post in the account's public list, where that may be read. Drafts do not stand there."""
    is_readable = case.account.state is AccountState.connected and LIST_SCOPE in case.account.scopes
    if case.attempt is None or not is_readable or case.post.mode == PublishMode.inbox:
        return Reading()
    try:
        page = await call_with_token(
            app, case.post.account_id, lambda client, token: client.list_videos(token), limit=VIDEO_LIST
        )
    except (TikTokRefused, Conflict) as error:
        log.info("list_refused", post_id=case.post.id, code=error.code)
        return Reading()
    except VendorError as error:
        log.info("list_unavailable", post_id=case.post.id, code=error.code)
        return Reading(is_complete=False)
    since = case.attempt.started_at - CLOCK_SKEW
    async with app.transaction() as session:
        sighting = await look_for(session, case.post, page.videos, since=since)
        if sighting.video is None:
            return Reading(is_complete=not sighting.is_doubtful and _reaches_back(page, since))
        return Reading(is_settled=await settle_by_list(session, case.attempt, sighting.video))


def _reaches_back(page: VideoPage, since: datetime) -> bool:
    """Tell whether a page of the list, newest first, has all that came after `since`."""
    return not page.has_more or any((video.create_time or 0) < since.timestamp() for video in page.videos)


async def settle_by_list(session: AsyncSession, attempt: PostAttempt, found: VideoItem) -> bool:
    """The attempt's post stands in the account's list: it is published. Tells whether the post was still open."""
    await session.exec(
        sa.update(PostAttempt)
        .where(
            col(PostAttempt.id) == attempt.id,
            col(PostAttempt.outcome).in_((AttemptOutcome.unknown, AttemptOutcome.accepted)),
        )
        .values(outcome=AttemptOutcome.accepted, evidence=attempt.evidence or "list", error_code=None)
    )
    await weigh_events_anew(session, attempt)
    post = await session.get_one(Post, attempt.post_id, populate_existing=True)
    was_open = post.state is PostState.unconfirmed
    effect = await settle(session, post, Verdict.by_list(found, attempt=attempt.number))
    return was_open and effect is Effect.heard
