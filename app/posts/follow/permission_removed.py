"""The creator took the permission back: the account is disconnected, and its posts stop where they are."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.connect.disconnect import note_removal
from app.accounts.models import Account
from app.kit.clock import utcnow
from app.messages import timeline
from app.messages.message import Message
from app.posts.models import Post, PostState
from app.posts.sentences import with_messages
from app.posts.transitions import advance, note

REASON = "account_disconnected"
_WAITING = (PostState.scheduled, PostState.queued, PostState.retryable, PostState.awaiting_approval)
_CAUSES = {
    "1": timeline.PERMISSION_TAKEN_BACK,
    "2": timeline.ACCOUNT_DELETED,
    "3": timeline.ACCOUNT_AGE,
    "4": timeline.ACCOUNT_BANNED,
    "5": timeline.PERMISSION_ENDED_BY_APP,
}


async def stop_posts(session: AsyncSession, account: Account, reason: str | None, occurred_at: datetime) -> str:
    """Disconnect the account and stop what waits for it; tell what was done, as an event's outcome."""
    if not await note_removal(session, account, reason, occurred_at):
        return "outdated"
    detail = _CAUSES.get(reason or "", timeline.PERMISSION_ENDED)
    query = select(Post).where(col(Post.account_id) == account.id, col(Post.state).in_(_WAITING))
    for post in (await session.exec(query)).all():
        await _stop(session, post, detail)
    return "disconnected"


async def _stop(session: AsyncSession, post: Post, detail: Message) -> None:
    """One that a worker is handing over right now is let be: TikTok's answer decides about it."""
    if post.is_sending:
        return
    values = {"state_reason": REASON, "state_detail": detail}
    if post.state in {PostState.queued, PostState.retryable}:
        await advance(session, post.id, expected=post.state, to=PostState.scheduled, why=detail,
                      where=(col(Post.is_sending).is_(False),), **values)  # fmt: skip
        return
    if post.state is PostState.scheduled:
        # It waits already. From now on for the account, whatever it was before.
        await session.exec(
            sa.update(Post)
            .where(col(Post.id) == post.id, col(Post.state) == post.state)
            .values(scheduled_at=None, next_attempt_at=None, updated_at=utcnow(), **with_messages(values))
        )
    await note(session, post.id, post.state, detail)
