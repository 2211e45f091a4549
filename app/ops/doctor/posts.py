"""Posts: those that need a person, and those that have waited for too long."""

from collections.abc import AsyncIterator

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.ops.doctor.findings import Finding, ok, warning
from app.ops.metrics.gauges import ages_of_waiting
from app.posts.models import Post, PostState
from app.resources import Resources

_LATE_SECONDS = 600
_DAY = 24 * 3600


async def check_posts(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        unconfirmed = await _count(session, PostState.unconfirmed)
        awaiting = await _count(session, PostState.awaiting_approval)
        late = await _find_late_take_downs(session)
        ages = await ages_of_waiting(session, utcnow())
    if unconfirmed:
        cure = (
            "Evidence is gathered by itself. Or look at the account on TikTok, and say on the post's page what is so."
        )
        yield warning("Posts", f"{unconfirmed} unconfirmed: TikTok's answer was lost", cure)
    else:
        yield ok("Posts", "none is unconfirmed")
    if late:
        first, count = late
        message = f"{count} to be deleted at TikTok, as their articles were withdrawn: the first {_span(first)} ago"
        cure = "Delete each in TikTok's app, or say on its page that it is deleted or may stay."
        yield warning("Take-down", message, cure)
    else:
        yield ok("Take-down", "no withdrawn article's post is past its time")
    if ages["engine"] > _LATE_SECONDS:
        message = f"the oldest that waits for nothing but this service came {_span(ages['engine'])} ago"
        yield warning("Oldest article", message, "See its page: the reason stands there. Then see the worker's log.")
    else:
        yield ok("Oldest article", "none waits for long without a reason")
    if ages["person"] > _DAY:
        what = f", {awaiting} of them for approval" if awaiting else ""
        message = f"posts wait for a person{what}; the oldest came {_span(ages['person'])} ago"
        yield warning("Decisions", message, "Open the posts page: what each waits for stands with it.")


async def _find_late_take_downs(session: AsyncSession) -> tuple[float, int] | None:
    """Tell how many seconds ago the first should have been deleted by a person, and how many there are."""
    now = utcnow()
    query = select(func.min(Post.take_down_by), func.count())
    query = query.where(col(Post.alert).is_not(None), col(Post.take_down_by) <= now)
    first, count = (await session.exec(query)).one()
    return ((now - first).total_seconds(), count) if first else None


async def _count(session: AsyncSession, state: PostState) -> int:
    return (await session.exec(select(func.count()).where(col(Post.state) == state))).one()


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} hours"
