"""Publishing one post: prepare, pass the gates, hand it to TikTok once."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.accounts.errors import AccountDisconnected, AccountNeedsReconnect
from app.accounts.models import Account, PublishMode
from app.accounts.service import access_token, call_with_token, refresh_account, tiktok_client
from app.articles.models import Article
from app.errors import AppError, Conflict, TransientError, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.posts.attempts import TooSoon, apply_halt, begin_attempt, settle_attempt
from app.posts.gates import account_gate, article_gate, privacy_gate, readiness_gate
from app.posts.handover import Call, Work, hand_over
from app.posts.lease import LeaseLost, hold
from app.posts.models import Post, PostState
from app.posts.pacing import Slot, next_slot, turn_of
from app.posts.prepare import prepare
from app.posts.waits import Halt, embargo, heed, try_again, wait_for_person, wait_for_set_up, wait_until
from app.resources import Resources
from app.tiktok.advice import Action
from app.tiktok.errors import OAuthRefused, TikTokHoldsBack, TikTokRefused
from app.tiktok.init import InitRefused

log = structlog.get_logger(__name__)

T = TypeVar("T")

_ACCOUNT_BUSY_SECONDS = 1.0
_OUR_FAULT = "An error of this service's own: its log tells more. Nothing was sent to TikTok."
_GONE: dict[type[AppError], str] = {
    AccountNeedsReconnect: "account_reconnect",
    AccountDisconnected: "account_disconnected",
}


@job("posts.publish", timeout=150)
async def publish_post(app: Resources, post_id: str, lease_token: str) -> None:
    """Bring a queued post to TikTok, or to where it must wait. Runs for whoever holds the lease; safe to run twice."""
    try:
        async with hold(app, post_id, lease_token):
            await _publish(app, post_id, lease_token)
    except LeaseLost:
        log.info("lease_lost", post_id=post_id)


async def _publish(app: Resources, post_id: str, holder: str) -> None:
    work = await _read(app, post_id)
    halt = await _watched(work, _make_ready(app, work, holder))
    if halt is not None:
        await _halt(app, work, halt, holder)
        return
    async with turn_of(work.account.id):
        work = await _read(app, post_id)
        call = await _watched(work, _make_call(app, work))
        if isinstance(call, Halt):
            await _halt(app, work, call, holder)
        else:
            await _send(app, call, holder)


async def _watched(work: Work, step: Awaitable[T]) -> T | Halt:
    """Take one step before anything is sent; an error of ours is a failure like others, counted and shown."""
    try:
        return await step
    except LeaseLost:
        raise
    except Exception:
        # Without this the post would be handed out again and again, and nobody would see it.
        log.exception("publish_failed", post_id=work.post.id)
        return try_again(work.post.failures, "internal_error", _OUR_FAULT)


async def _make_ready(app: Resources, work: Work, holder: str) -> Halt | None:
    """Pass the gates that need nothing of TikTok, and make text and media."""
    halt = article_gate(work.post, work.article) or account_gate(work.account)
    halt = halt or (None if work.post.is_forced else embargo(work.article.published_at, utcnow()))
    if halt is not None:
        return halt
    try:
        return await prepare(app, work.post, work.article, work.account, holder)
    except Conflict:
        raise LeaseLost from None
    except TransientError as error:
        return try_again(work.post.failures, error.code, error.message)


async def _make_call(app: Resources, work: Work) -> Call | Halt:
    """Pass the other gates, cheap ones first, and get everything that init needs."""
    halt = account_gate(work.account) or readiness_gate(work.post, work.account) or await _pace_gate(app, work.account)
    if halt is not None:
        return halt
    try:
        creator = None
        if work.post.mode != PublishMode.inbox:
            creator = await call_with_token(
                app, work.account.id, lambda client, token: client.query_creator_info(token)
            )
        call = Call(work, creator, await tiktok_client(app), await access_token(app, work.account.id))
    except (VendorError, Conflict) as error:
        return _refused_before_init(error, work.post.failures)
    halt = None if creator is None else privacy_gate(work.post, work.account, creator)
    return halt or call


async def _halt(app: Resources, work: Work, halt: Halt, holder: str) -> None:
    async with app.transaction() as session:
        await apply_halt(session, work.post.id, work.account.id, halt, failures=work.post.failures, holder=holder)


async def _read(app: Resources, post_id: str) -> Work:
    async with app.read() as session:
        post = await session.get_one(Post, post_id)
        article = await session.get_one(Article, post.article_id)
        return Work(post, article, await session.get_one(Account, post.account_id))


async def _pace_gate(app: Resources, account: Account) -> Halt | None:
    async with app.read() as session:
        slot = await next_slot(session, account, utcnow())
    return None if slot is None else _wait_for(slot)


def _wait_for(slot: Slot) -> Halt:
    return wait_until(slot.at, slot.reason, slot.detail)


def _refused_before_init(error: AppError, failures: int) -> Halt:
    """Judge a refusal of creator_info or of the token: nothing of the post has been sent."""
    if type(error) in _GONE:
        return wait_for_person(_GONE[type(error)], error.message)
    if isinstance(error, TikTokHoldsBack):
        return heed(error.advice, failures=failures, log_id=error.log_id, retry_after=error.retry_after)
    if isinstance(error, TikTokRefused) and not isinstance(error, OAuthRefused):
        return heed(error.advice, failures=failures, log_id=error.log_id, retry_after=None, said=error.detail)
    if isinstance(error, TransientError):
        detail = "TikTok did not say what the creator may post now. It is asked again."
        return try_again(failures, error.code, detail, log_id=error.log_id, after=error.retry_after)
    return wait_for_set_up(error.code, error.message)


async def _send(app: Resources, call: Call, holder: str) -> None:
    post = call.work.post
    try:
        attempt = await begin_attempt(app, post, holder)
    except IntegrityError:
        await _step_back(app, post.id, holder)
        return
    except TooSoon as early:
        await _halt(app, call.work, _wait_for(early.slot), holder)
        return
    if attempt is None:
        await _let_go(app, post.id, holder)
        return
    outcome = await hand_over(app, call, attempt)
    log.info("init", post_id=post.id, attempt=attempt.number, outcome=type(outcome).__name__)
    await settle_attempt(
        app, attempt, outcome, failures=post.failures, first_check_seconds=app.settings.follow_interval_seconds
    )
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
    await _release(app, post_id, holder, next_attempt_at=utcnow())


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
