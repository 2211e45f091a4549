"""One sweep of an ad account: its ads and blocked words now and then, and each ad group that is due."""

from datetime import timedelta

from app.ads.connections.reach import Reach, note_refused, reach_advertiser
from app.comments.blocked_words import read_words
from app.comments.models import CommentFeed, CommentSweep
from app.comments.sync.ads import list_ads_anew
from app.comments.sync.due_places import SWEEP, is_due, visit_due
from app.comments.sync.places import Visit
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.errors import BusinessError

ADS_EVERY, WORDS_EVERY = timedelta(minutes=5), timedelta(hours=1)


async def sweep_ad_account(app: Resources, feed: CommentFeed) -> None:
    """Read what is due. Raises BusinessError, and what reaching the ad account raises."""
    reach = await reach_advertiser(app, feed.owner_id, patience=SWEEP)
    try:
        await _sweep(app, feed, reach)
    except BusinessError as error:
        await note_refused(app, reach, error)
        raise


async def _sweep(app: Resources, feed: CommentFeed, reach: Reach) -> None:
    now = utcnow()
    if is_due(feed.places_at, ADS_EVERY, now):
        await list_ads_anew(app, feed, reach)
    if is_due(feed.words_at, WORDS_EVERY, now):
        feed.words = await read_words(app, feed, reach)

    async def visit(sweep: CommentSweep) -> None:
        await Visit(app, feed, reach, sweep).sweep_place()

    await visit_due(app, feed, visit)
