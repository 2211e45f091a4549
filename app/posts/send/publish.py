"""Publishing one post: prepare, pass the gates, hand it to TikTok once."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.accounts.models import Account, PublishMode
from app.accounts.service import access_token, call_with_token, refresh_account, tiktok_client
from app.articles.models import Article
from app.db import takes_no_writes
from app.errors import Conflict, TransientError, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.tracing import span
from app.limits.budgets import CREATOR_INFO, BudgetSpent
from app.posts.attempts import TooSoon, apply_halt, begin_attempt, is_fresh, settle_attempt
from app.posts.cut_off import counted_when_cut_off
from app.posts.gates import account_gate, article_gate, needs_approval, privacy_gate, readiness_gate
from app.posts.lease import LeaseLost, NotNow, hold
from app.posts.line.ladder import Slot
from app.posts.line.pacing import is_sending, turn_of
from app.posts.line.turns import find_slot
from app.posts.models import Post, PostState
from app.posts.plan.approval import ask_again, is_approval_outdated, withdraw_approval
from app.posts.prepare.post import is_edited_since, prepare
from app.posts.restored import restored_gate
from app.posts.send.handover import Call, Work, film_gate, hand_over, read_film
from app.posts.send.refusals import judge_refusal
from app.posts.waits import Halt, embargo, try_again, try_media_again, wait_until
from app.resources import Resources
from app.tiktok.advice import Action
from app.tiktok.init import InitNotSent, InitOutcomeUnknown, InitRefused

log = structlog.get_logger(__name__)

T = TypeVar("T")

_ACCOUNT_BUSY_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
"""For other posts of the account that ask TikTok before this one; then it steps back, and its job ends in time."""
_NO_PLACE = timedelta(seconds=5)
_PREPARED_AHEAD = timedelta(minutes=2)
"""A post whose slot is further away is not prepared yet: its article may still change, its pictures only take space."""
_ASKED_OFTEN = "TikTok answers only so many questions about this account a minute; the post takes its turn."
_OUR_FAULT = "An error of this service's own: its log tells more. Nothing was sent to TikTok."


@job("posts.publish", timeout=150)
async def publish_post(app: Resources, post_id: str, lease_token: str) -> None:
    """Bring a queued post to TikTok, or to where it must wait. Runs for whoever holds the lease; safe to run twice."""
    try:
        async with counted_when_cut_off(app, post_id, lease_token), hold(app, post_id, lease_token):
            reach("publish.claimed")
            work = await _read(app, post_id)
            with span("post.publish", parent=work.post.traceparent, post_id=post_id, account_id=work.account.id):
                await _publish(app, work, lease_token)
    except NotNow:
        await _release(app, post_id, lease_token, next_attempt_at=utcnow() + _NO_PLACE)
    except LeaseLost:
        log.info("lease_lost", post_id=post_id)


async def _publish(app: Resources, work: Work, holder: str) -> None:
    post_id = work.post.id
    is_outdated = is_approval_outdated(work.post, work.article, work.account)
    if is_outdated:
        await withdraw_approval(app, work.post, holder)
        work = await _read(app, post_id)
    halt = await _watched(work, _make_ready(app, work, holder))
    if halt is not None:
        await _halt(app, work, halt, holder)
        return
    reach("publish.prepared")
    if needs_approval(work.post, work.account):
        # It stops before TikTok is asked anything: many that are made ready together need not take turns for that.
        await _take_turn(app, post_id, holder, is_outdated=is_outdated)
        return
    turn = turn_of(work.account.id)
    try:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            await turn.acquire()
    except TimeoutError:
        await _step_back(app, post_id, holder)
        return
    try:
        await _take_turn(app, post_id, holder, is_outdated=is_outdated)
    finally:
        turn.release()


async def _take_turn(app: Resources, post_id: str, holder: str, *, is_outdated: bool) -> None:
    work = await _read(app, post_id)
    call = await _watched(work, _make_call(app, work))
    if call is None:
        await _step_back(app, post_id, holder)
    elif isinstance(call, Halt):
        await _halt(app, work, ask_again(call) if is_outdated else call, holder)
    else:
        await _send(app, call, holder)


async def _watched(work: Work, step: Awaitable[T]) -> T | Halt:
    """Take one step before anything is sent; an error of ours is a failure like others, counted and shown."""
    try:
        return await step
    except (LeaseLost, NotNow):
        raise
    except Exception as error:
        if takes_no_writes(error):
            raise NotNow from error  # the database's disk is full: no failure of the post's
        # Without this the post would be handed out again and again, and nobody would see it.
        log.exception("publish_failed", post_id=work.post.id)
        return try_again(work.post.failures, "internal_error", _OUR_FAULT)


async def _make_ready(app: Resources, work: Work, holder: str) -> Halt | None:
    """Pass the gates that need nothing of TikTok, and make text and media."""
    halt = article_gate(work.post, work.article) or await _restored_gate(app, work) or account_gate(work.account)
    halt = halt or (None if work.post.is_forced else embargo(work.article.published_at, utcnow()))
    halt = halt or await _leaves_soon_gate(app, work)
    if halt is not None:
        return halt
    try:
        return await prepare(app, work.post, work.article, work.account, holder)
    except Conflict:
        # Another worker makes them at this moment, or did: what it made is found then.
        raise NotNow from None
    except TransientError as error:
        return try_media_again(work.post.failures, error)


async def _restored_gate(app: Resources, work: Work) -> Halt | None:
    async with app.read() as session:
        return await restored_gate(session, work.post, work.article)


async def _leaves_soon_gate(app: Resources, work: Work) -> Halt | None:
    """Stop a post that cannot leave for a while, unless a person is to look at it meanwhile."""
    if needs_approval(work.post, work.account):
        return None
    slot = await _find_slot(app, work)
    return None if slot is None or slot.at <= utcnow() + _PREPARED_AHEAD else _wait_for(slot)


async def _make_call(app: Resources, work: Work) -> Call | Halt | None:
    """Pass the other gates, cheap ones first, and get everything that init needs. None: another init is under way."""
    halt = account_gate(work.account) or readiness_gate(work.post, work.account) or await _pace_gate(app, work)
    if halt is not None:
        return halt
    async with app.read() as session:
        if await is_sending(session, work.account.id):
            return None
    try:
        creator = None
        if work.post.mode != PublishMode.inbox:
            creator = await call_with_token(
                app,
                work.account.id,
                lambda client, token: client.query_creator_info(token),
                limit=CREATOR_INFO,
            )
        film = await read_film(app, work.post)
        call = Call(work, creator, await tiktok_client(app), await access_token(app, work.account.id), film)
    except BudgetSpent as spent:
        return wait_until(spent.retry_at, "rate_limit_exceeded", _ASKED_OFTEN)
    except (VendorError, Conflict) as error:
        return judge_refusal(error, work.post.failures)
    halt = film_gate(film, creator)
    if halt is None and creator is not None:
        halt = privacy_gate(work.post, work.account, creator)
    return halt or call


async def _halt(app: Resources, work: Work, halt: Halt, holder: str) -> None:
    async with app.transaction() as session:
        if not await is_edited_since(session, work.article):
            await apply_halt(session, work.post.id, work.account.id, halt, failures=work.post.failures, holder=holder)
            return
    await _let_go(app, work.post.id, holder)


async def _read(app: Resources, post_id: str) -> Work:
    async with app.read() as session:
        post = await session.get_one(Post, post_id)
        article = await session.get_one(Article, post.article_id)
        return Work(post, article, await session.get_one(Account, post.account_id))


async def _pace_gate(app: Resources, work: Work) -> Halt | None:
    slot = await _find_slot(app, work)
    return None if slot is None else _wait_for(slot)


async def _find_slot(app: Resources, work: Work) -> Slot | None:
    async with app.read() as session:
        return await find_slot(session, work.account, work.post, utcnow())


def _wait_for(slot: Slot) -> Halt:
    return wait_until(slot.at, slot.reason, slot.detail, moves_others=slot.is_before_others)


async def _send(app: Resources, call: Call, holder: str) -> None:
    post = call.work.post
    try:
        attempt = await begin_attempt(app, post, holder)
    except IntegrityError:
        await _step_back(app, post.id, holder)
        return
    except TooSoon as early:
        slot = await _find_slot(app, call.work)
        await _halt(app, call.work, _wait_for(slot or early.slot), holder)
        return
    if attempt is None:
        await _let_go(app, post.id, holder)
        return
    reach("publish.attempt_written")
    outcome = await hand_over(app, call, attempt) if is_fresh(attempt) else InitNotSent("stood_still")
    reach("publish.answered")
    log.info(
        "init",
        post_id=post.id,
        attempt=attempt.number,
        outcome=type(outcome).__name__,
        cause=outcome.cause if isinstance(outcome, (InitNotSent, InitOutcomeUnknown)) else None,
    )
    await settle_attempt(
        app, attempt, outcome, failures=post.failures, first_check_seconds=app.settings.follow_interval_seconds
    )
    reach("publish.settled")
    if isinstance(outcome, InitRefused) and outcome.advice.action is Action.refresh_token:
        await _refresh(app, post.account_id)


async def _refresh(app: Resources, account_id: str) -> None:
    try:
        await refresh_account(app, account_id)
    except (VendorError, Conflict) as error:
        log.warning("refresh_after_init_failed", account_id=account_id, code=error.code)


async def _step_back(app: Resources, post_id: str, holder: str) -> None:
    """Another post of the account has its init under way: come back in a moment. Costs nothing."""
    await _release(app, post_id, holder, next_attempt_at=utcnow() + timedelta(seconds=_ACCOUNT_BUSY_SECONDS))


async def _let_go(app: Resources, post_id: str, holder: str) -> None:
    """The article or the post changed while it was being prepared: begin again."""
    await _release(app, post_id, holder, next_attempt_at=utcnow(), media_missing_since=None)


async def _release(app: Resources, post_id: str, holder: str, **values: object) -> None:
    async with app.transaction() as session:
        await session.exec(
            sa.update(Post)
            .where(
                col(Post.id) == post_id,
                col(Post.state) == PostState.queued,
                col(Post.lease_token) == holder,
                # The same job may run twice at once, and the other run may be sending.
                col(Post.is_sending).is_(False),
            )
            .values(lease_token=None, lease_until=None, **values)
        )
