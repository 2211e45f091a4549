"""The inbox of comments: whose cannot be fetched, and whose have not been fetched when they were due."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlmodel import select

from app.accounts.models import Account
from app.ads.models import Advertiser
from app.comments.models import CommentFeed, CommentSource
from app.comments.sync.first_reading import FirstReading, read_first_reading
from app.kit.clock import rfc3339, utcnow
from app.messages.message import read_whole
from app.ops.doctor.findings import Finding, ok, warning
from app.resources import Resources

_LATE = timedelta(minutes=10)
"""Many times what lies between two sweeps, and longer than one that fetches much."""
_MOST_TOLD = 10
_SUBJECT = "Comments"
_WORKER = "Look whether a worker runs: newsreel worker, or the finding about it above."


async def check_comments(app: Resources) -> AsyncIterator[Finding]:
    """Tell whose comments cannot be fetched, or are behind; nothing is called."""
    now = utcnow()
    async with app.read() as session:
        feeds = (await session.exec(select(CommentFeed).where(CommentFeed.mode == app.business.mode))).all()
        names = dict((await session.exec(select(Advertiser.advertiser_id, Advertiser.name))).all())
        names |= dict((await session.exec(select(Account.id, Account.display_name))).all())
    failing = [feed for feed in feeds if feed.trouble is not None]
    late = [feed for feed in feeds if feed.trouble is None and _is_late(feed, now - _LATE)]
    for feed in failing[:_MOST_TOLD]:
        since = f" since {rfc3339(feed.failing_since)}" if feed.failing_since else ""
        told = read_whole(feed.trouble or {})
        cure = "Mend what it names: the manual's page Comments tells how. They are fetched again by themselves."
        yield warning(_name(feed, names), f"cannot be fetched{since}: {told}", cure)
    for feed in late[:_MOST_TOLD]:
        last = f"; the last time was {rfc3339(feed.swept_at)}" if feed.swept_at else ""
        yield warning(_name(feed, names), f"were due at {rfc3339(feed.next_at)} and were not fetched{last}", _WORKER)
    reading = _first(app, await read_first_reading(app))
    ads = sum(feed.source is CommentSource.ad for feed in feeds)
    told_of = f"of {ads} ad accounts and {len(feeds) - ads} business accounts"
    yield ok(
        _SUBJECT,
        f"{told_of}; {len(failing)} cannot be fetched, and {len(late)} are late{reading}",
    )


def _first(app: Resources, reading: FirstReading) -> str:
    """Say what the first reading still takes."""
    if not reading.left:
        return ""
    about = f"{reading.minutes} minutes of the tier {app.settings.business_tier} at least, the newest first"
    return f"; {reading.left} posts and ad groups are still read for the first time: {about}"


def _is_late(feed: CommentFeed, before: datetime) -> bool:
    is_worked_on = feed.lease_until is not None and feed.lease_until > before + _LATE
    return feed.next_at < before and not is_worked_on


def _name(feed: CommentFeed, names: dict[str, str]) -> str:
    where = "under ads of" if feed.source is CommentSource.ad else "under posts of"
    return f"{_SUBJECT} {where} {names.get(feed.owner_id) or feed.owner_id}"
