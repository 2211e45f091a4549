"""What a hub tells: that a feed has something new. Nothing of it is believed but that: the feed itself is asked."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.articles.models_feeds import HubState, HubSubscription, SourceFeed
from app.articles.websub.book import find_by_token, secret_place
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.resources import Resources

log = structlog.get_logger(__name__)

POLL = "articles.poll_feeds"
MOST_BYTES = 20 * 1024 * 1024
"""As much as a feed may have: a hub sends the whole of it."""
# Most hubs still sign by SHA-1. It is enough here: whoever forged it would have a feed polled, and nothing else.
_METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")
_SOONEST = timedelta(seconds=10)
"""Between two readings that a hub asks for."""


async def take_ping(app: Resources, token: str, signature: str, body: bytes) -> bool:
    """Take in a hub's call, and tell whether its address is one of ours; a wrong signature is left alone."""
    async with app.read() as session:
        row = await find_by_token(session, token)
    if row is None:
        return False
    if row.state is HubState.leaving or not _is_signed(app, row, signature, body):
        log.warning("hub_call_refused", source_id=row.source_id, state=row.state.value)
        return True
    now = utcnow()
    async with app.transaction() as session:
        # One that is just being polled is polled once more when that has ended: see `pinged_since`.
        await session.exec(sa.update(HubSubscription).where(col(HubSubscription.id) == row.id).values(pinged_at=now))
        feed = await session.get(SourceFeed, row.source_id)
        if feed is not None and feed.lease is None:
            soonest = max(now, (feed.last_poll_at or now - _SOONEST) + _SOONEST)
            is_idle = (col(SourceFeed.source_id) == row.source_id, col(SourceFeed.lease).is_(None))
            await session.exec(sa.update(SourceFeed).where(*is_idle).values(next_poll_at=soonest))
            enqueue(session, POLL)
    return True


def _is_signed(app: Resources, row: HubSubscription, written: str, body: bytes) -> bool:
    found = _SIGNATURE.fullmatch(written.strip())
    try:
        secret = app.keyring.decrypt(row.secret_encrypted, place=secret_place(row.id, "secret_encrypted"))
    except Undecryptable:
        return False
    if found is None:
        return False
    expected = hmac.new(secret.encode(), body, _METHODS[found[1]]).hexdigest()
    return hmac.compare_digest(expected, found[2].lower())


def pinged_since(source_ids: Sequence[str], moment: datetime) -> Any:
    """Name those of these sources whose hub has told of something since then."""
    is_later = (col(HubSubscription.source_id).in_(source_ids), col(HubSubscription.pinged_at) > moment)
    return sa.select(col(HubSubscription.source_id)).where(*is_later)
