"""A person's word on what became of a post: it is on TikTok or not, look once more, I have seen the warning."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.messages import decisions, publishing
from app.posts.attempts import latest_attempt
from app.posts.face.case import Afterwards, Case, Nothing, won
from app.posts.face.links import read_post_link
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.rivals import weigh_events_anew
from app.posts.schemas_decisions import PostResolve
from app.posts.transitions import advance, note
from app.posts.unconfirmed.evidence import look_once_more


async def resolve_post(case: Case, data: PostResolve) -> None:
    """Say whether an unconfirmed post is on TikTok."""
    session, post = case.session, case.post
    is_posted = data.verdict == "posted"
    named = await _named(session, post, str(data.url)) if is_posted and data.url else {}
    await _close_by_person(session, post.id, is_posted=is_posted)
    if is_posted:
        why, to = publishing.said_posted(who=case.by), PostState.published
        values = named
    else:
        why, to = publishing.said_not_posted(who=case.by), PostState.failed
        values = {"state_reason": "not_posted", "state_detail": why, "fail_reason": "not_posted", "fail_help": why}
    won(await advance(session, post.id, expected=PostState.unconfirmed, to=to, why=why, next_check_at=None, **values))


async def _named(session: AsyncSession, post: Post, url: str) -> dict[str, Any]:
    """What a link tells: where the post is, and its public id. Raises Invalid for one of another account."""
    account = await session.get_one(Account, post.account_id)
    link = read_post_link(url, account.username)
    return {"share_url": link.url, "post_ids": post.post_ids or [link.post_id]}


async def _close_by_person(session: AsyncSession, post_id: str, *, is_posted: bool) -> None:
    """Settle the attempt whose answer was lost. It is written before the post: everybody else keeps that order too."""
    attempt = await latest_attempt(session, post_id)
    if attempt is None:
        return
    settled: dict[str, Any] = {"outcome": AttemptOutcome.accepted, "error_code": None} if is_posted else {}
    await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt.id, col(PostAttempt.outcome) == AttemptOutcome.unknown)
        .values(evidence="person", **settled)
    )
    await weigh_events_anew(session, attempt)


async def check_post(case: Case, _: Nothing) -> Afterwards:
    """Look for traces of an unconfirmed post on TikTok now."""
    return partial(look_once_more, case.app, case.post.id, by=case.by)


async def dismiss_alert(case: Case, _: Nothing) -> None:
    """Take the alert off a post that somebody has looked at."""
    post = case.post
    dismissed = await case.session.exec(
        sa.update(Post)
        .where(col(Post.id) == post.id, col(Post.alert) == post.alert)
        .values(alert=None, take_down_by=None, updated_at=utcnow())
    )
    won(dismissed.rowcount == 1)
    await note(case.session, post.id, post.state, decisions.warning_seen(who=case.by))
