"""How far comments are read for the first time: under each post, and in each ad group."""

from dataclasses import dataclass

from sqlmodel import col, func, select

from app.ads.access import mode_of
from app.comments.models import CommentFeed, CommentSweep
from app.limits.business import TIERS
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class FirstReading:
    """Of `places`, posts and ad groups, `left` are still to be read: that takes so many `minutes` at least."""

    places: int
    left: int
    minutes: int

    @property
    def done(self) -> int:
        return self.places - self.left


async def read_first_reading(app: Resources) -> FirstReading:
    """Count them: each takes one call, and more where many have commented. What cannot be read now is left out."""
    is_left = func.count().filter(col(CommentSweep.back_to).is_(None))
    query = (
        select(func.count(), is_left)
        .select_from(CommentSweep)
        .join(CommentFeed, col(CommentFeed.id) == col(CommentSweep.feed_id))
        .where(
            CommentFeed.mode == mode_of(app), col(CommentFeed.failing_since).is_(None),
            col(CommentSweep.refusal).is_(None),
        )
    )  # fmt: skip
    async with app.read() as session:
        places, left = (await session.exec(query)).one()
    _, most, _ = TIERS[app.settings.business_tier]
    return FirstReading(places, left, -(-left // most))
