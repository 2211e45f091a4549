"""Carrying out what TikTok said about a post: the one place that writes it.

A verdict may have been long under way. So it counts only for the post as it was when it was read: in that state, and
with that `publish_id`.
"""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.tokens.reconnect import mark_reconnect
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import publishing
from app.outbox.emit import is_heard
from app.outbox.models import EventType
from app.posts.adoption import warn
from app.posts.line.holding import hold_account
from app.posts.models import Post, PostAttempt, PostState
from app.posts.news import announce_heard
from app.posts.transitions import advance, note
from app.posts.verdict import Effect, Move, Standing, Verdict, decide
from app.resources import Resources
from app.tiktok.catalogue import explain_fail_reason

log = structlog.get_logger(__name__)


async def hear(app: Resources, post: Post, verdict: Verdict) -> Effect:
    """Let a verdict count, in a transaction of its own."""
    async with app.transaction() as session:
        return await settle(session, post, verdict)


async def settle(session: AsyncSession, post: Post, verdict: Verdict) -> Effect:
    """Let a verdict count for the post as it was read, and tell how."""
    if verdict.standing is Standing.failed:
        # An attempt is locked before its post is, as everywhere.
        await session.exec(select(PostAttempt.id).where(*_named_by(post)).with_for_update())
    if verdict.standing is Standing.unknown:
        log.warning("unknown_status", post_id=post.id, status=verdict.status)
    move = decide(verdict, post, utcnow())
    if verdict.status and verdict.status != post.tiktok_status:
        await _remember(session, post, tiktok_status=verdict.status[:64])
    if verdict.asks_to_reconnect:
        await mark_reconnect(session, post.account_id, verdict.reason or "")
    if move.to is None:
        await _stay(session, post, verdict, move)
        return move.effect
    values = dict(move.values)
    if verdict.standing is Standing.failed:
        await _free_place(session, post, verdict)
        values |= await _hold(session, post, verdict, move)
    await advance(session, post.id, expected=post.state, to=move.to, why=move.why, log_id=verdict.log_id,
                  where=_as_read(post), **values)  # fmt: skip
    return move.effect


async def _stay(session: AsyncSession, post: Post, verdict: Verdict, move: Move) -> None:
    """Write what a verdict adds to a post that stays where it is."""
    if move.warns:
        await warn(session, post, post.attempt if verdict.attempt is None else verdict.attempt)
    if move.post_ids:
        await _add_post_ids(session, post, verdict, move)
    elif move.note is not None:
        await note(session, post.id, post.state, move.note, log_id=verdict.log_id)
    values = dict(move.values)
    if link := values.pop("share_url", None):
        await note_link(session, post, link)
    if values:
        await _remember(session, post, **values)


async def note_link(session: AsyncSession, post: Post, link: str) -> None:
    """Keep the public address of a post that is out, and tell whoever waits for it, the first time."""
    is_news = col(Post.share_url).is_distinct_from(link)
    named = sa.update(Post).where(col(Post.id) == post.id, *_as_read(post), is_news)
    heard = await session.exec(
        named.values(share_url=link, updated_at=utcnow()).returning(is_heard(EventType.post_link_known))
    )
    found = heard.first()
    if found is not None and found[0] and post.share_url is None:
        await announce_heard(session, post.id, EventType.post_link_known, publishing.NAMED)


async def _add_post_ids(session: AsyncSession, post: Post, verdict: Verdict, move: Move) -> None:
    """A draft may be posted more than once, and webhook and poll may name different ones: none is forgotten."""
    query = select(Post.post_ids).where(col(Post.id) == post.id, *_as_read(post)).with_for_update()
    known = (await session.exec(query)).first()
    more = [] if known is None else [post_id for post_id in move.post_ids if post_id not in known]
    if more:
        await _remember(session, post, post_ids=[*(known or ()), *more], next_check_at=None)
        await note(session, post.id, post.state, move.note or publishing.NAMED, log_id=verdict.log_id)


async def _free_place(session: AsyncSession, post: Post, verdict: Verdict) -> None:
    """What TikTok says has failed counts against none of its caps any more: no draft waits, no post is there."""
    if post.publish_id is not None:
        await session.exec(sa.update(PostAttempt).where(*_named_by(post)).values(error_code=_reason(verdict)[:128]))


async def _hold(session: AsyncSession, post: Post, verdict: Verdict, move: Move) -> dict[str, Any]:
    """Do to the account what a failure asks for; give the post's columns where it waits."""
    if move.halt is None:
        return {}
    halt = await hold_account(session, post.id, post.account_id, move.halt)
    if halt.reconnect:
        await _ask_to_reconnect(session, post, _reason(verdict))
    if move.to is PostState.failed:
        return {}
    if halt.moves_others:
        enqueue(session, "posts.keep_line", post.account_id)
    return halt.columns()


def _reason(verdict: Verdict) -> str:
    return verdict.reason or explain_fail_reason(None).code


async def _ask_to_reconnect(session: AsyncSession, post: Post, reason: str) -> None:
    """The creator took the permission back, unless it was given anew since TikTok got this post."""
    given_before = post.publishing_since or post.created_at
    await mark_reconnect(session, post.account_id, reason, given_before=given_before)


async def _remember(session: AsyncSession, post: Post, **values: Any) -> None:
    unmoved = (col(Post.id) == post.id, col(Post.state) == post.state, *_as_read(post))
    await session.exec(sa.update(Post).where(*unmoved).values(updated_at=utcnow(), **values))


def _named_by(post: Post) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(PostAttempt.post_id) == post.id, col(PostAttempt.publish_id) == post.publish_id)


def _as_read(post: Post) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Post.publish_id).is_not_distinct_from(post.publish_id),)
