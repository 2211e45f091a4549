"""How often posts are read, so that all sweeps together leave TikTok's limits to others too."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.access import mode_of
from app.comments.models import CommentFeed, CommentSweep
from app.comments.sync.feeds import EVERY
from app.limits.business import TIERS
from app.resources import Resources

SHARE = 0.5
"""Of the app's calls in a minute: reports, figures and boosts have their sweeps as well."""


async def read_pace(app: Resources) -> timedelta:
    """Tell how long a lively post waits from one reading to the next, by how many lively posts and ad groups there are.

    Ad groups are read each time, whatever this says: TikTok has no events about their comments.
    """
    query = (
        select(sa.func.count())
        .select_from(CommentSweep)
        .join(CommentFeed, col(CommentFeed.id) == col(CommentSweep.feed_id))
        .where(
            CommentFeed.mode == mode_of(app), col(CommentSweep.is_quiet).is_(False), col(CommentSweep.refusal).is_(None)
        )
    )
    async with app.read() as session:
        lively = (await session.exec(query)).one()
    _, most, _ = TIERS[app.settings.business_tier]
    return max(EVERY, timedelta(minutes=lively / (most * SHARE)))
