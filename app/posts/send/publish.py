"""Publishing one post: prepare, pass the gates, hand it to TikTok once."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.accounts.models import PublishMode
from app.accounts.tokens.access import SealedAccess, find_access, open_access
from app.accounts.tokens.refresh import refresh_account
from app.errors import Conflict, TransientError, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.tracing import span
from app.limits.budgets import CREATOR_INFO, BudgetSpent
from app.media.models import MediaAsset
from app.messages import timeline
from app.posts.attempt_outcomes import apply_halt, settle_attempt
from app.posts.attempts import TooSoon, begin_attempt, is_fresh
from app.posts.cut_off import counted_when_cut_off
from app.posts.gates import privacy_gate
from app.posts.lease import LeaseLost, NotNow, hold
from app.posts.line.turns import find_slot
from app.posts.models import Post, PostState
from app.posts.own_faults import own_fault
from app.posts.plan.approval import ask_again, is_approval_outdated, withdraw_approval
from app.posts.prepare.post import Draft, is_edited_since, prepare, read_draft
from app.posts.send.handover import InitCall, film_gate, hand_over
from app.posts.send.own_turn import OwnTurn, own_turn
from app.posts.send.passing import pass_first_gates, pass_gates, wait_for
from app.posts.send.refusals import judge_refusal
from app.posts.waits import Halt, try_media_again, wait_until
from app.posts.work import Work, read_work
from app.resources import Resources
from app.tiktok.advice import Action
from app.tiktok.init import InitNotSent, InitOutcomeUnknown, InitRefused

log = structlog.get_logger(__name__)

T = TypeVar("T")

_ACCOUNT_BUSY_SECONDS = 1.0
_NO_PLACE = timedelta(seconds=5)
_PAGE_LOOKED_AT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Passed:
    """What the last reading before TikTok is asked gave: a video post's film, or why the post has to wait."""

    work: Work
    film: MediaAsset | Halt | None
    sealed: SealedAccess


@job("posts.publish", timeout=150)
async def publish_post(app: Resources, post_id: str, lease_token: str) -> None:
    """Bring a queued post to TikTok, or to where it must wait. Runs for whoever holds the lease; safe to run twice."""
    try:
        async with counted_when_cut_off(app, post_id, lease_token), hold(app, post_id, lease_token):
            reach("publish.claimed")
            await _publish(app, post_id, lease_token)
    except NotNow:
        await _release(app, post_id, lease_token, next_attempt_at=utcnow() + _NO_PLACE)
    except LeaseLost:
        log.info("lease_lost", post_id=post_id)


async def _publish(app: Resources, post_id: str, holder: str) -> None:
    work, ready = await _look(app, post_id, holder)
    if is_outdated := is_approval_outdated(work.post, work.article, work.account):
        await withdraw_approval(app, work.post, holder)
        work, ready = await _look(app, post_id, holder)
    if work.is_article_awaited and isinstance(ready, Draft):
        await _release(app, post_id, holder, next_attempt_at=utcnow() + _PAGE_LOOKED_AT)
        return
    with span("post.publish", parent=work.post.traceparent, post_id=post_id, account_id=work.account.id):
        halt = ready if isinstance(ready, Halt) else await _watched(work, _make_ready(ready))
        if halt is not None:
            await _halt(app, work, halt, holder)
            return
        reach("publish.prepared")
        async with own_turn(app, work) as turn:
            if turn is not None and (passed := await _pass_in_turn(app, post_id, turn)) is not None:
                await _use_turn(app, holder, passed, is_outdated=is_outdated)
            else:
                await _step_back(app, post_id, holder)


async def _pass_in_turn(app: Resources, post_id: str, turn: OwnTurn) -> _Passed | None:
    """Read the post again once nobody goes before it, and pass the gates; None where others take too long."""
    while True:
        async with app.read() as session:
            work = await read_work(session, post_id)
            if not await turn.stands_behind(session, work):
                film = await _watched(work, pass_gates(app.settings, session, work))
                return _Passed(work, film, await find_access(session, work.account.id))
        if not await turn.give_way():
            return None


async def _use_turn(app: Resources, holder: str, passed: _Passed, *, is_outdated: bool) -> None:
    work, film, sealed = passed.work, passed.film, passed.sealed
    if work.is_account_busy and not isinstance(film, Halt):
        await _step_back(app, work.post.id, holder)
        return
    call = film if isinstance(film, Halt) else await _watched(work, _make_call(app, work, film, sealed))
    if isinstance(call, Halt):
        await _halt(app, work, ask_again(call) if is_outdated else call, holder)
    else:
        await _send(app, call, holder)


async def _watched(work: Work, step: Awaitable[T]) -> T | Halt:
    """Take one step before anything is sent; an error of ours is a failure like others, counted and shown."""
    try:
        return await step
    except (LeaseLost, NotNow):
        raise
    except Exception as error:  # noqa: BLE001 - it is logged there
        return own_fault(error, work.post, "publish_failed")


async def _look(app: Resources, post_id: str, holder: str) -> tuple[Work, Draft | Halt]:
    """Read the post and what preparing it needs, unless it has to wait whatever becomes of its media."""
    async with app.read() as session:
        work = await read_work(session, post_id)
        halt = await _watched(work, pass_first_gates(session, work))
        return work, await _watched(work, read_draft(session, app, work, holder)) if halt is None else halt


async def _make_ready(draft: Draft) -> Halt | None:
    """Make text and media."""
    try:
        return await prepare(draft)
    except Conflict:
        # Another worker makes them at this moment, or did: what it made is found then.
        raise NotNow from None
    except TransientError as error:
        return try_media_again(draft.post.failures, error)


async def _make_call(app: Resources, work: Work, film: MediaAsset | None, sealed: SealedAccess) -> InitCall | Halt:
    """Open the creator's access, and ask what the creator may post now."""
    creator = None
    try:
        access = await open_access(app, work.account, sealed)
        if work.post.mode != PublishMode.inbox:
            creator = await access.call(lambda client, token: client.query_creator_info(token), limit=CREATOR_INFO)
    except BudgetSpent as spent:
        return wait_until(spent.retry_at, "rate_limit_exceeded", timeline.TAKES_ITS_TURN)
    except (VendorError, Conflict) as error:
        return judge_refusal(error, work.post.failures)
    halt = film_gate(film, creator)
    if halt is None and creator is not None:
        halt = privacy_gate(work.post, work.account, creator)
    return halt or InitCall(work, access, creator, film)


async def _halt(app: Resources, work: Work, halt: Halt, holder: str) -> None:
    async with app.transaction() as session:
        if not await is_edited_since(session, work.article):
            await apply_halt(session, work.post.id, work.account.id, halt, failures=work.post.failures, holder=holder)
            return
    await _let_go(app, work.post.id, holder)


async def _send(app: Resources, call: InitCall, holder: str) -> None:
    post = call.work.post
    try:
        attempt = await begin_attempt(app, post, holder)
    except IntegrityError:
        await _step_back(app, post.id, holder)
        return
    except TooSoon as early:
        async with app.read() as session:
            slot = await find_slot(session, call.work.account, post, utcnow())
        await _halt(app, call.work, wait_for(slot or early.slot), holder)
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
