"""Evidence: what became of a post whose answer was lost is found out from traces, never by sending it again on a guess.

In this order: a `publish_id` that a contradictory answer mentioned, TikTok's webhooks, its requests for the attempt's
own media, the account's list of posts. Only a whole pull window in which we were there and nobody came is a no.
"""

import asyncio
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.config import Settings
from app.jobs import job
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.media.reach import is_serving
from app.messages import publishing
from app.posts.adoption import WITHOUT_ID
from app.posts.models import Post, PostState
from app.posts.transitions import note
from app.posts.unconfirmed.lost_upload import is_lost_upload, settle_lost_upload
from app.posts.unconfirmed.no_trace import judge_silence, keep_watch
from app.posts.unconfirmed.traces import Case, ask_status, hear_events, read_case, read_list, see_fetches
from app.resources import Resources

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = timedelta(hours=48)
_BATCH = 100
_AT_ONCE = 20
_CLAIMED_FOR = timedelta(seconds=60)
"""A claim by a worker that dies costs this much."""
_SLOWER = ((timedelta(minutes=10), timedelta(seconds=15)), (timedelta(hours=2), timedelta(seconds=60)))
_SLOWEST = timedelta(minutes=10)
_FAST = timedelta(minutes=1)


@job("posts.gather_evidence", timeout=60)
async def gather_evidence(app: Resources) -> None:
    """Look for traces of every unconfirmed post whose time has come. May be missed, and may run twice at once."""
    due = await _claim(app, utcnow())
    if not due:
        return
    serving = await is_serving(app)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def check(post_id: str) -> None:
        async with gate:
            reach("evidence.gathered")
            try:
                await check_post(app, post_id, serving=serving)
            except Exception:
                log.exception("evidence_failed", post_id=post_id)

    await asyncio.gather(*(check(post_id) for post_id in due))


async def look_once_more(app: Resources, post_id: str, *, by: str) -> None:
    """Look for traces now, because a person wants it: also where it was given up long ago."""
    async with app.transaction() as session:
        await note(session, post_id, PostState.unconfirmed, publishing.look_asked(who=by))
    before = await read_case(app, post_id)
    await check_post(app, post_id, serving=await is_serving(app))
    after = await read_case(app, post_id)
    if before is not None and after is not None and before.post.state_reason == after.post.state_reason:
        async with app.transaction() as session:
            await note(session, post_id, PostState.unconfirmed, publishing.NOTHING_NEW)


async def check_post(app: Resources, post_id: str, *, serving: bool) -> None:
    """Look for traces of one post, the surest first, and say when to look again."""
    case = await read_case(app, post_id)
    if case is not None and is_lost_upload(case):
        await settle_lost_upload(app, case)
        await _schedule(app, case)
        return
    for look in (ask_status, hear_events, see_fetches):
        case = await read_case(app, post_id)
        if case is None or await look(app, case):
            return
    case = await read_case(app, post_id)
    if case is None:
        return
    reading = await read_list(app, case)
    if reading.is_settled:
        return
    await keep_watch(app, case, serving=serving)
    if reading.is_complete:
        await judge_silence(app, case, serving=serving)
    await _schedule(app, case)


async def _claim(app: Resources, now: datetime) -> list[str]:
    async with app.transaction() as session:
        query = (
            select(Post)
            .where(col(Post.next_check_at) <= now, col(Post.state) == PostState.unconfirmed)
            .order_by(col(Post.next_check_at))
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        posts = (await session.exec(query)).all()
        for post in posts:
            post.next_check_at = now + _CLAIMED_FOR
            session.add(post)
        return [post.id for post in posts]


async def _schedule(app: Resources, case: Case) -> None:
    """Look again later, and ever more rarely. A post that TikTok surely has waits in the same way for its number."""
    now = utcnow()
    age = now - case.since
    pause = None if age >= GIVE_UP_AFTER else interval_for(age, app.settings)
    async with app.transaction() as session:
        moved = await session.exec(
            sa.update(Post)
            .where(col(Post.id) == case.post.id, col(Post.state) == PostState.unconfirmed)
            .values(next_check_at=None if pause is None else now + pause)
        )
        was_looking = case.post.next_check_at is not None
        if moved.rowcount == 1 and pause is None and was_looking and case.post.state_reason != WITHOUT_ID:
            await note(session, case.post.id, case.post.state, publishing.NO_LONGER_LOOKED_FOR)


def interval_for(age: timedelta, settings: Settings) -> timedelta:
    """Tell how long to wait before the next look; the end of the pull window is not slept through."""
    interval = _SLOWEST
    if age < _FAST:
        interval = timedelta(seconds=settings.follow_interval_seconds)
    else:
        interval = next((pause for younger_than, pause in _SLOWER if age < younger_than), _SLOWEST)
    left = timedelta(seconds=settings.pull_window_seconds) - age
    return min(interval, left) if left > timedelta(0) else interval
