"""Sweeps: new comments are fetched, and replies whose answer was lost are looked for."""

from app.jobs import job
from app.resources import Resources


@job("comments.sync", timeout=900)
async def sync_comments(app: Resources, feed_id: str) -> None:
    """Sweep one account. One worker at a time; safe to run twice."""
    from app.comments.sync.run import sync_feed

    await sync_feed(app, feed_id)


@job("comments.sync_due", timeout=30)
async def wake_feeds(app: Resources) -> None:
    """Wake workers for accounts that are due. A missed run costs its interval."""
    from app.comments.sync.feeds import wake_due

    await wake_due(app)


@job("comments.find_feeds", timeout=60)
async def find_feeds(app: Resources) -> None:
    """Know each ad account that is within reach now. A missed run costs five minutes."""
    from app.comments.sync.feeds import note_feeds

    await note_feeds(app)


@job("comments.tiktok_event", timeout=120)
async def weigh_event(app: Resources, event_id: str) -> None:
    """Look at the comment of which TikTok has told something; safe to run twice."""
    from app.comments.sync.events import weigh

    await weigh(app, event_id)


@job("comments.settle_replies", timeout=300)
async def settle_replies(app: Resources) -> None:
    """Look in their threads for replies whose answer was lost. One that is not found is looked for again."""
    from app.comments.act.settling import settle_lost

    await settle_lost(app)


@job("comments.sweep", timeout=600)
async def sweep(app: Resources) -> None:
    """Forget who answered what long ago, and comments that are older than they are kept."""
    from app.comments.act.handling import forget_viewers
    from app.comments.retention import forget_old

    await forget_viewers(app)
    await forget_old(app)
