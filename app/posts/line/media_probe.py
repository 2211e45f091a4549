"""While TikTok refuses our address: one post asks now and then whether it is verified, and the first that is taken
lets all the others go."""

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind, AccountSettings, AccountState
from app.kit.clock import utcnow
from app.media.holds import find_hold, follow_address, lift_hold, list_holds, media_prefix, reserve_probe
from app.media.models import MediaHold
from app.messages import timeline
from app.posts.gates import UNPROVEN, goes_by_upload
from app.posts.line.fairness import UNTIMED, few_of_each
from app.posts.line.media_hold import client_key_of
from app.posts.line.pacing import read_ladder
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.transitions import requeue
from app.resources import Resources

log = structlog.get_logger(__name__)

_STOPPED = frozenset({PostState.scheduled, PostState.awaiting_approval, PostState.cancelled})
"""A probe that is here was stopped before TikTok was asked: another one goes in its place."""


async def look_after_holds(app: Resources, session: AsyncSession, now: datetime) -> None:
    """Lift the holds under which TikTok has taken something, and let a probe go under those where one is due."""
    for hold in await list_holds(session):
        if await _is_taken(session, hold):
            if await lift_hold(session, hold):
                log.info("media_hold_lifted", portal=hold.portal, prefix=hold.prefix)
        elif not await _follow_address(app, session, hold) and await _is_due(session, hold, now):
            await _probe(session, hold, now)


async def let_ask(app: Resources, session: AsyncSession, post: Post) -> None:
    """A person wants this post to go now: where posts are held, it asks for them all, unless one just does."""
    account = await session.get_one(Account, post.account_id)
    hold = await find_hold(session, account.kind)
    if hold is None or goes_by_upload(app.settings, post, account):
        return
    if hold.probe_at <= utcnow() or await _state_of_probe(session, hold) is not PostState.queued:
        await reserve_probe(session, hold, post.id, is_asked=True)


async def _is_taken(session: AsyncSession, hold: MediaHold) -> bool:
    """Tell whether TikTok accepted an attempt that left after the last refusal, whoever brought its word."""
    taken = sa.exists().where(
        col(PostAttempt.account_id) == col(Account.id),
        col(PostAttempt.started_at) > hold.refused_at,
        col(PostAttempt.outcome) == AttemptOutcome.accepted,
        col(PostAttempt.by_upload).is_(False),
    )
    query = select(Account.id).where(Account.kind == AccountKind(hold.portal), taken).limit(1)
    return (await session.exec(query)).first() is not None


async def _follow_address(app: Resources, session: AsyncSession, hold: MediaHold) -> bool:
    client_key = await client_key_of(app, session, AccountKind(hold.portal))
    return await follow_address(session, hold, prefix=media_prefix(app.settings), client_key=client_key)


async def _is_due(session: AsyncSession, hold: MediaHold, now: datetime) -> bool:
    return hold.probe_at <= now or await _state_of_probe(session, hold) in _STOPPED


async def _state_of_probe(session: AsyncSession, hold: MediaHold) -> PostState | None:
    if hold.probe_post_id is None:
        return None
    found = (await session.exec(select(Post.state).where(Post.id == hold.probe_post_id))).first()
    return None if found is None else PostState(found)


async def _probe(session: AsyncSession, hold: MediaHold, now: datetime) -> None:
    post_id = await _find_next(session, hold, now)
    if post_id is not None and await reserve_probe(session, hold, post_id):
        await requeue(
            session,
            post_id,
            expected=PostState.scheduled,
            why=timeline.ASKS_FOR_PROOF,
            where=(col(Post.state_reason) == UNPROVEN,),
        )


async def _find_next(session: AsyncSession, hold: MediaHold, now: datetime) -> str | None:
    """Find the held post that goes first of all whose account may send now."""
    order = (col(Post.is_urgent).desc(), col(Post.id))
    first = await few_of_each(session, UNTIMED, col(Post.state_reason) == UNPROVEN, order=order, each=1)
    query = (
        select(Post.id, Account)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(AccountSettings, col(AccountSettings.account_id) == col(Account.id))
        .where(
            col(Post.id).in_(first),
            Account.kind == AccountKind(hold.portal),
            Account.state == AccountState.connected,
            col(AccountSettings.enabled).is_(True),
        )
        .order_by(*order)
    )
    for post_id, account in (await session.exec(query)).all():
        if (await read_ladder(session, account, now)).count_free():
            return post_id
    return None
