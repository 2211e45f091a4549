"""What becomes of TikTok's answers about a post: most say nothing new, and then nothing is written."""

import asyncio

import structlog

from app.accounts.tokens.access import call_with_token
from app.errors import Conflict, VendorError
from app.kit.tracing import span
from app.limits.budgets import VIDEO_LIST
from app.posts.attempts import latest_attempt
from app.posts.follow.due import Poll
from app.posts.follow.event_owner import CLOCK_SKEW
from app.posts.follow.public_link import find_link, may_list
from app.posts.follow.public_list import look_for
from app.posts.models import Post, PostState
from app.posts.verdict import SILENCE, Verdict
from app.posts.verdict_writer import hear, settle
from app.resources import Resources
from app.tiktok.errors import TikTokRefused
from app.tiktok.models import PublishPhase, PublishStatus

log = structlog.get_logger(__name__)

_STORED_AT_ONCE = 6


class _Turns:
    """Lets few answers at a time into the database, so that claims need not queue behind hundreds of them."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(_STORED_AT_ONCE)


def is_only_progress(poll: Poll, status: PublishStatus) -> bool:
    """Tell whether an answer is only another word for the same: TikTok is still at it."""
    return status.phase is PublishPhase.processing and status.status != poll.tiktok_status


async def take_answer(app: Resources, poll: Poll, status: PublishStatus) -> None:
    """Store what TikTok said, where it is news, and look for the public post where the verdict is in."""
    is_named = status.phase is PublishPhase.complete and bool(status.post_ids)
    is_nameless = status.phase is PublishPhase.complete and not status.post_ids and poll.state is PostState.published
    if not is_nameless and _is_old(poll, status):
        return
    post = await _find_as_asked(app, poll)
    if post is None:
        return
    if not (is_nameless and _is_old(poll, status)):
        with span("post.poll", parent=post.traceparent, post_id=post.id, said=status.status, log_id=status.log_id):
            await hear(app, post, Verdict.by_status(status))
    if is_named and post.share_url is None:
        await find_link(app, post, status.post_ids)
    elif is_nameless and not post.post_ids:
        await _look_in_list(app, post)


async def take_refusal(app: Resources, poll: Poll, error: TikTokRefused) -> None:
    """TikTok refuses to speak about this post."""
    async with app.parts.of(_Turns).places:
        post = await _find_as_asked(app, poll)
        if post is not None:
            await hear(app, post, Verdict.by_refusal(error))


async def leave(app: Resources, poll: Poll) -> None:
    """Two days are over: stop asking, unless what was just heard has settled the post."""
    async with app.parts.of(_Turns).places:
        post = await _find_as_asked(app, poll)
        if post is not None and post.next_check_at is not None:
            await hear(app, post, SILENCE)


def _is_old(poll: Poll, status: PublishStatus) -> bool:
    """Tell whether an answer says again what the row says already."""
    if status.status != poll.tiktok_status:
        return False
    if status.phase is PublishPhase.in_inbox:
        return poll.state is PostState.sent_to_inbox
    if status.phase is PublishPhase.complete:
        return poll.state is PostState.published and not status.post_ids
    return status.phase in {PublishPhase.processing, PublishPhase.unknown}


async def _find_as_asked(app: Resources, poll: Poll) -> Post | None:
    """Read the post, unless it is no longer the one about which TikTok was asked."""
    async with app.read() as session:
        post = await session.get(Post, poll.post_id)
    is_as_asked = post is not None and post.state is poll.state and post.publish_id == poll.publish_id
    return post if is_as_asked else None


async def _look_in_list(app: Resources, post: Post) -> None:
    """TikTok has published the post and does not name it: perhaps its list of public posts does."""
    if not await may_list(app, post.account_id):
        return
    try:
        page = await call_with_token(
            app, post.account_id, lambda client, token: client.list_videos(token), limit=VIDEO_LIST
        )
    except (VendorError, Conflict) as error:
        log.info("list_unavailable", post_id=post.id, code=error.code)
        return
    async with app.read() as session:
        attempt = await latest_attempt(session, post.id)
        since = (post.created_at if attempt is None else attempt.started_at) - CLOCK_SKEW
        found = (await look_for(session, post, page.videos, since=since)).video
    if found is None:
        return
    async with app.transaction() as session:
        await settle(session, post, Verdict.by_list(found, log_id=page.log_id))
