"""One sweep of an ad account, or of a business account, and what is noted of it."""

from datetime import timedelta

import structlog

from app.ads.desk.errors import desk_error
from app.comments.models import CommentFeed, CommentSource
from app.comments.sync.ad_account import sweep_ad_account
from app.comments.sync.business_account import sweep_business_account
from app.comments.sync.feeds import claim, release
from app.errors import AppError
from app.messages import comments as said
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, BusinessThrottled

log = structlog.get_logger(__name__)

_CROWDED = 60.0
"""Seconds; who waits longer for a turn waits for a pause that TikTok has ordered."""
_OF_ALL = frozenset({None, 40016, 40100, 61000})
"""Codes that speak of all calls of the app; others are about one ad account, which is asked again after a while."""
SWEEPS = {CommentSource.ad: sweep_ad_account, CommentSource.organic: sweep_business_account}


async def sync_feed(app: Resources, feed_id: str) -> None:
    """Sweep once, if it is due. Safe to run twice, and wherever it is cut off: what was read is kept."""
    feed = await claim(app, feed_id)
    if feed is None:
        return
    try:
        await SWEEPS[feed.source](app, feed)
    except BusinessError as error:
        if _is_crowding(error):
            # That is nobody's trouble, and what is left goes first next time.
            await release(app, feed, after=timedelta(seconds=error.retry_after or 0.0))
            return
        after = timedelta(seconds=error.retry_after) if error.retry_after else None
        await _fail(app, feed, _trouble_of(error), after)
    except AppError as error:
        await _fail(app, feed, error.message)
    else:
        await release(app, feed)


def _is_crowding(error: BusinessError) -> bool:
    """Tell whether too many called at the same moment: others were before it in our own line, or a second was too full.

    It is over as soon as the others are gone. Ten minutes' rest, as after a failure, left whole accounts unread for one
    call that had come some hundredths of a second too early.
    """
    is_of_all = isinstance(error, BusinessThrottled) and error.tiktok_code in _OF_ALL
    return is_of_all and (error.retry_after or 0.0) < _CROWDED


def _trouble_of(error: BusinessError) -> Message:
    """Say in our words what TikTok's, which come in English and may be a path and a method, mean for the comments."""
    if error.said and error.meaning.kind is Kind.permission:
        return said.comments_not_allowed(error.said)
    if error.said and error.meaning.kind is Kind.throttled:
        return said.comments_throttled(error.said)
    return desk_error(error).message


async def _fail(app: Resources, feed: CommentFeed, why: Message, after: timedelta | None = None) -> None:
    await release(app, feed, why, after=after)
    log.warning("comments_sync_failed", owner_id=feed.owner_id, why=str(why))
