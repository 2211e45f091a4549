"""What an editor may set of a feed, how a feed may fare, and what may become of an item."""

from enum import StrEnum

from app.articles.models_feeds import SourceFeed

POLL_MINUTES = 5
MAX_AGE_HOURS = 24
MOST_POLL_MINUTES = 1440
MOST_MAX_AGE_HOURS = 8760


class FeedState(StrEnum):
    """`waiting`: it was not read yet. `working`: its last poll succeeded. `failing`: it did not."""

    waiting = "waiting"
    working = "working"
    failing = "failing"


class Verdict(StrEnum):
    """What would become of an item.

    `new`: it would be taken. `known`: it has been seen, or a webhook has told of it. `too_old`: older than the source's
    articles may be. `baseline`: it stood in the feed before it was first read, and is no news.
    """

    new = "new"
    known = "known"
    too_old = "too_old"
    baseline = "baseline"


def state_of(feed: SourceFeed) -> FeedState:
    """Tell how a feed fares."""
    if feed.failures:
        return FeedState.failing
    return FeedState.working if feed.last_success_at else FeedState.waiting
