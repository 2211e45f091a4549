"""Following: ask TikTok where each post stands, every few seconds at first and ever more slowly for two days.

No job sits and waits for a post: each worker's tick claims what is due ten times a second and asks at once about all
of it, so that ten thousand posts cost as many questions and nothing else. While nothing is due a second costs one look.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.tokens.access import MIN_LIFE_SECONDS, CreatorAccess, TokenCache, read_access
from app.accounts.tokens.clients import AccountClient, bearer_client
from app.db import is_away
from app.errors import Conflict, TransientError
from app.jobs import job
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.limits.budgets import STATUS_FETCH, BudgetSpent, slow_down
from app.posts.follow.answers import is_only_progress, leave, take_answer, take_refusal
from app.posts.follow.due import SLOWEST, Poll, Progress, claim, next_due, note_progress
from app.posts.models import Post
from app.resources import Resources
from app.tiktok.errors import AccessTokenInvalid, OAuthRefused, TikTokRateLimited, TikTokRefused
from app.tiktok.models import PublishStatus

log = structlog.get_logger(__name__)

CLAIM_EVERY_SECONDS = 0.1
MOST_AT_ONCE = 800
LARGEST_CLAIM = 500
"""Posts that are claimed by one statement."""
# A tick claims until the next one begins, which a busy machine may start late.
_LONGEST_TICK_SECONDS = 3.0
_ANSWER_SECONDS = 10.0
# A question that could not leave at once is not asked any more: TikTok counts by when it arrives, and our count has
# given its place to another by then.
_STALE_SECONDS = 2.0


class Asking:
    """What a process has in hand while it follows posts.

    `newest` is the tick that alone claims. `progress` is heard and not yet stored: it waits for the next claim's
    transaction, and are heard again if they get lost.
    """

    def __init__(self) -> None:
        self.newest = 0
        self.tokens = TokenCache()
        self.under_way: set[asyncio.Task[None]] = set()
        self.progress: list[Progress] = []

    def take_progress(self) -> list[Progress]:
        taken, self.progress = self.progress, []
        return taken


@job("posts.follow_due", timeout=60)
async def follow_for_a_second(app: Resources) -> None:
    """Ask about what is due, until the next tick takes over. May run on every worker at once, and may be missed."""
    own = app.parts.of(Asking)
    own.newest += 1
    this = own.newest
    due_at = await _next_due(app)
    async with asyncio.TaskGroup() as asking:
        # Slow answers hold up the end of this job, and none of the claims that follow.
        async for _ in beats(CLAIM_EVERY_SECONDS, _LONGEST_TICK_SECONDS):
            if this != own.newest:
                return
            is_due = due_at is not None and due_at <= utcnow()
            if (is_due or own.progress) and not await claim_all(app, asking):
                due_at = await _next_due(app)


async def follow_due_posts(app: Resources) -> None:
    """Ask once about every post whose time has come, and wait for the answers."""
    async with asyncio.TaskGroup() as asking:
        await claim_all(app, asking)
    async with app.transaction() as session:
        await note_progress(session, app.parts.of(Asking).take_progress(), utcnow())


async def beats(
    every: float,
    for_seconds: float,
    *,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[int]:
    """Give a beat at once and then in step; beats that were slept through are left out, not made up for."""
    started_at = clock()
    number = 0
    while number * every < for_seconds:
        yield number
        number = max(number + 1, int((clock() - started_at) / every))
        await sleep(max(0.0, started_at + number * every - clock()))


async def _next_due(app: Resources) -> datetime | None:
    """Look when there is something to claim: what comes to be followed meanwhile, the next tick sees."""
    try:
        async with app.read() as session:
            return await next_due(session)
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("follow_database_away", error=type(error).__name__)
        return None


async def claim_all(app: Resources, asking: asyncio.TaskGroup) -> bool:
    """Claim what is due and begin to ask about it; tell whether there was anything."""
    own, is_full, has_claimed = app.parts.of(Asking), True, False
    while is_full and (room := min(LARGEST_CLAIM, MOST_AT_ONCE - len(own.under_way))) > 0:
        try:
            async with app.transaction() as session:
                await note_progress(session, own.take_progress(), utcnow())
                claimed = await claim(session, app.settings, utcnow(), room=room)
            claimed_at = monotonic()
            if claimed.polls:
                reach("follow.claimed")
            await _open_tokens(app, own.tokens, claimed.polls)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("follow_database_away", error=type(error).__name__)
            return has_claimed
        has_claimed = has_claimed or bool(claimed.polls)
        for poll in claimed.polls:
            task = asking.create_task(follow_claimed(app, poll, claimed_at))
            own.under_way.add(task)
            task.add_done_callback(own.under_way.discard)
        is_full = claimed.is_full
    return has_claimed


async def _open_tokens(app: Resources, tokens: TokenCache, polls: list[Poll]) -> None:
    unknown = {poll.account_id for poll in polls if tokens.find(poll.account_id, poll.token_version) is None}
    if unknown:
        async with app.read() as session:
            await tokens.load(app, session, unknown)


async def follow_claimed(app: Resources, poll: Poll, claimed_at: float) -> None:
    """Ask TikTok about one post that was claimed, unless it was claimed so long ago that another worker may have it."""
    if monotonic() - claimed_at > _STALE_SECONDS:
        return
    try:
        if poll.is_connected:
            await _ask_and_hear(app, poll)
        if poll.is_last:
            await leave(app, poll)
    except Exception as error:
        if is_away(error):
            log.warning("follow_database_away", post_id=poll.post_id, error=type(error).__name__)
        else:
            log.exception("follow_failed", post_id=poll.post_id)


async def _ask_and_hear(app: Resources, poll: Poll) -> None:
    try:
        status = await _ask(app, poll)
    except BudgetSpent as spent:
        await _snooze(app, poll, spent.retry_at)
    except TikTokRateLimited as error:
        async with app.transaction() as session:
            until = await slow_down(session, STATUS_FETCH, poll.account_id, error.retry_after)
            await _wait(session, poll, until)
    except TransientError as error:
        log.info("status_unavailable", post_id=poll.post_id, code=error.code)
    except (Conflict, OAuthRefused) as error:
        # The login is gone. The post may appear all the same, so it stays as it is and is asked about slowly.
        log.info("status_unaskable", post_id=poll.post_id, code=error.code)
        await _snooze(app, poll, utcnow() + SLOWEST)
    except TikTokRefused as error:
        await take_refusal(app, poll, error)
    else:
        reach("follow.answered")
        if is_only_progress(poll, status):
            app.parts.of(Asking).progress.append(Progress(poll, status.status))
        else:
            await take_answer(app, poll, status)


async def _ask(app: Resources, poll: Poll) -> PublishStatus:
    tokens = app.parts.of(Asking).tokens
    token, version = tokens.find(poll.account_id, poll.token_version), poll.token_version
    expires_at = poll.token_expires_at
    if token is None or expires_at is None or expires_at < utcnow() + timedelta(seconds=MIN_LIFE_SECONDS):
        access = await read_access(app, poll.account_id)
        token, version = access.token, access.version
    try:
        return await _fetch(bearer_client(app, poll.account_kind, poll.open_id), token, poll)
    except AccessTokenInvalid:
        access = CreatorAccess(app, poll.account_id, token, version, poll.account_kind, poll.open_id)
        return await access.call_again(lambda client, token: _fetch(client, token, poll), limit=STATUS_FETCH)


async def _fetch(client: AccountClient, token: str, poll: Poll) -> PublishStatus:
    return await client.fetch_publish_status(token, poll.publish_id)


async def _snooze(app: Resources, poll: Poll, until: datetime) -> None:
    async with app.transaction() as session:
        await _wait(session, poll, until)


async def _wait(session: AsyncSession, poll: Poll, until: datetime) -> None:
    as_claimed = (col(Post.id) == poll.post_id, col(Post.state) == poll.state, col(Post.next_check_at) < until)
    await session.exec(sa.update(Post).where(*as_claimed).values(next_check_at=until))
