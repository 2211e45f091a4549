"""How often posts are read, and listed, so that all sweeps together leave TikTok's limits to others too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, func, select

from app.ads.access import mode_of
from app.comments.models import CommentFeed, CommentSource, CommentSweep
from app.comments.sync.feeds import EVERY
from app.kit.clock import utcnow
from app.limits.business import TIERS
from app.resources import Resources

SHARE, LIST_SHARE = 0.5, 0.1
"""Of the app's calls in a minute, for comments and for lists of posts: reports and boosts have sweeps as well."""
SELDOMEST_LIST = timedelta(minutes=5)
POSTS_OF_A_PAGE = 20
_BUSY, _STILL = timedelta(hours=6), timedelta(hours=24)
_BUSY_TURNS, _TURNS, _STILL_TURNS = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Pace:
    """`turn`: how long a busy post waits for its next reading, where that is longer than between two sweeps.

    `listing`: how long a business account's posts wait to be listed again, for TikTok's count of their comments.
    """

    turn: timedelta
    listing: timedelta

    def wait_of(self, age: timedelta) -> timedelta:
        """Tell how long a post waits where nothing has happened for so long; zero: until the next sweep."""
        turns = _BUSY_TURNS if age < _BUSY else _TURNS if age < _STILL else _STILL_TURNS
        wait = self.turn * turns
        return wait if wait > EVERY else timedelta(0)


async def read_pace(app: Resources) -> Pace:
    """Set the pace by how many posts and ad groups there are that are not quiet.

    Ad groups are read each time, whatever this says: TikTok has no events about their comments, and no count.
    """
    is_ours = (CommentFeed.mode == mode_of(app), CommentFeed.source == CommentSource.organic)
    async with app.read() as session:
        lively, each_turn = (await session.exec(_count_lively(app, utcnow()))).one()
        accounts = (await session.exec(select(func.count()).select_from(CommentFeed).where(*is_ours))).one()
    _, most, _ = TIERS[app.settings.business_tier]
    pages = accounts + (lively or 0) / POSTS_OF_A_PAGE
    listing = timedelta(minutes=pages / (most * LIST_SHARE))
    return Pace(timedelta(minutes=(each_turn or 0.0) / (most * SHARE)), min(max(EVERY, listing), SELDOMEST_LIST))


def _count_lively(app: Resources, now: datetime) -> Any:
    """Count lively posts, and how many readings all take in one turn."""
    sweep, is_post = CommentSweep, col(CommentFeed.source) == CommentSource.organic

    def is_since(moment: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(col(sweep.begins_on) > moment, col(sweep.newest_at) > moment)

    readings = sa.case(
        (sa.or_(sa.not_(is_post), is_since(now - _BUSY)), 1.0 / _BUSY_TURNS),
        (is_since(now - _STILL), 1.0 / _TURNS),
        else_=1.0 / _STILL_TURNS,
    )
    return (
        select(func.sum(sa.case((is_post, 1), else_=0)), func.sum(readings))
        .select_from(sweep)
        .join(CommentFeed, col(CommentFeed.id) == col(sweep.feed_id))
        .where(CommentFeed.mode == mode_of(app), col(sweep.is_quiet).is_(False), col(sweep.refusal).is_(None))
    )
