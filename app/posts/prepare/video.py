"""The job that makes an article's video ready: minutes of fetching and converting, beside all that must be quick."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.accounts.update import query_creator_info
from app.errors import AppError, Conflict, TransientError
from app.jobs import job
from app.kit.clock import utcnow
from app.kit.tracing import span
from app.media.preparing import PreparedMedia, drop_media, prepare_video
from app.media.problems import MediaProblem
from app.media.videos.gather import Step as VideoStep
from app.media.videos.kinds import MAX_SECONDS
from app.messages import post_media
from app.messages.kinds import Facts
from app.posts.attempt_outcomes import apply_halt
from app.posts.cut_off import counted_when_cut_off
from app.posts.lease import LeaseLost, NotNow, come_back, hold, pass_on
from app.posts.models import PostKind
from app.posts.own_faults import own_fault
from app.posts.prepare.missing_media import ask_about_film, judge_film, patience_of
from app.posts.prepare.post import Draft, is_edited_since, prepare_pictures, read_draft, text_gate
from app.posts.transitions import note
from app.posts.waits import Halt, try_media_again
from app.posts.work import read_work
from app.resources import Resources

log = structlog.get_logger(__name__)

AT_ONCE_PER_WORKER = 2
"""Films that are converted; each takes a core."""
_NO_PLACE = timedelta(seconds=15)


class _Slots:
    """How many films a worker prepares at a time."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE_PER_WORKER)


# Longer than the longest download and conversion together. A job that died with its worker is not waited for so long:
# its lease ends, and a sweep hands the post out again.
@job("posts.prepare_video", timeout=3300)
async def prepare_video_post(app: Resources, post_id: str, lease_token: str) -> None:
    """Fetch and convert a queued post's video, then wake the worker that sends it. Safe to run twice."""
    try:
        async with counted_when_cut_off(app, post_id, lease_token), hold(app, post_id, lease_token) as lease:
            slot = app.parts.of(_Slots).places
            try:
                if slot.locked():
                    raise NotNow  # a job that waited here would keep a place from quick ones
                async with slot:
                    await lease.work(_prepare(app, post_id, lease_token))
            except NotNow:
                await come_back(app, post_id, lease_token, _NO_PLACE)
    except LeaseLost:
        log.info("lease_lost", post_id=post_id)


async def _prepare(app: Resources, post_id: str, holder: str) -> None:
    async with app.read() as session:
        draft = await read_draft(session, app, await read_work(session, post_id), holder)
    post = draft.post
    with span("post.prepare_video", parent=post.traceparent, post_id=post_id, account_id=post.account_id):
        halt = await _make_ready(draft)
    async with app.transaction() as session:
        if halt is None or await is_edited_since(session, draft.article):
            await pass_on(session, post_id, holder, "posts.publish")
        else:
            await apply_halt(session, post_id, post.account_id, halt, failures=post.failures, holder=holder)


async def _make_ready(draft: Draft) -> Halt | None:
    try:
        return await _prepare_film(draft) if draft.article.video_url else await prepare_pictures(draft)
    except (LeaseLost, NotNow):
        raise
    except Conflict:
        # Another worker makes them at this moment, or did: what it made is found then.
        raise NotNow from None
    except TransientError as error:
        return try_media_again(draft.post.failures, error)
    except Exception as error:  # noqa: BLE001 - it is logged there
        return own_fault(error, draft.post, "prepare_video_failed")


async def _prepare_film(draft: Draft) -> Halt | None:
    async def settle(session: AsyncSession, media: PreparedMedia) -> None:
        await draft.settle(session, PostKind.video, media)
        await note(session, draft.post.id, draft.post.state, post_media.FILM_READY)

    media = await prepare_video(
        draft.app,
        draft.post.id,
        draft.article.video_url or "",
        most_seconds=await most_seconds(draft.app, draft.account),
        on_step=_Teller(draft),
        settle=settle,
        uploaded=draft.uploads.get(draft.article.video_url or ""),
    )
    if media.assets:
        return text_gate(draft, PostKind.video)
    problem, now = media.problems[0], utcnow()
    patience = patience_of(draft.app.settings, draft.post, draft.article, draft.account, now)
    halt = judge_film(problem, patience, now)
    if halt is None:
        return await _do_without(draft, problem)
    await _name(draft, problem, missing_since=patience.since)
    return halt


class _Teller:
    """Tells the timeline how a conversion goes on."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def __call__(self, step: VideoStep, facts: str) -> None:
        if step is VideoStep.converting:
            await self._draft.note(post_media.converting(facts=Facts(facts)))
        else:
            await self._draft.note(post_media.HALF_CONVERTED)


async def _do_without(draft: Draft, problem: MediaProblem) -> Halt | None:
    """Post the article's pictures in place of a film that cannot be posted, so that the news is out; else ask a person.

    A card with the headline does not stand in for it: who sent a film wanted to show something.
    """
    if draft.article.images:
        halt = await prepare_pictures(draft, instead_of=[problem])
        if halt is None:
            why = post_media.pictures_instead(cause=problem.message)
            await draft.note(why)
            return None
        return ask_about_film(problem) if halt.reason == "needs_image" else halt
    await _name(draft, problem)
    return ask_about_film(problem)


async def _name(draft: Draft, problem: MediaProblem, *, missing_since: datetime | None = None) -> None:
    async with draft.app.transaction() as session:
        await drop_media(session, draft.post.id)
        await draft.store(session, media_problems=[problem.line], media_count=0, media_missing_since=missing_since)


async def most_seconds(app: Resources, account: Account) -> float:
    """Ask how long a film this creator may post. Where TikTok does not say, its answer before the init decides."""
    if account.settings.mode is PublishMode.inbox or "video.publish" not in account.scopes:
        return MAX_SECONDS
    try:
        creator = await query_creator_info(app, account.id)
    except AppError as error:
        log.info("creator_not_asked", account_id=account.id, code=error.code)
        return MAX_SECONDS
    return min(creator.max_video_post_duration_sec or MAX_SECONDS, MAX_SECONDS)
