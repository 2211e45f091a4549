"""Taking in what a sweep, or an event, has seen: written down, and told of where it is new."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from app.comments.models import CommentFeed
from app.comments.store import Owner, Seen, store
from app.comments.sync.telling import tell_new


async def take(session: AsyncSession, feed: CommentFeed, seen: Sequence[Seen]) -> None:
    """Write it down and tell of it, in one transaction."""
    told = await store(session, Owner.of(feed), seen)
    await tell_new(session, told.new)
