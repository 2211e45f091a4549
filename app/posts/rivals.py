"""Rivals: several attempts of one account whose answers were lost, any of which an event of TikTok's may be about."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.posts.models import PostAttempt
from app.webhooks.inbox import reopen_unclaimed


async def weigh_events_anew(session: AsyncSession, attempt: PostAttempt) -> None:
    """More is known of this attempt now: let the sweep weigh the events again that it was a rival for.

    In the transaction that writes what is known: whoever was settled by the list, or by a person, looks for traces no
    more, and nobody else would come back to them.
    """
    await reopen_unclaimed(session, select(Account.open_id).where(col(Account.id) == attempt.account_id))
