"""Lending a post for longer while it is boosted, where its owner is connected here: TikTok adds days to its code.

Only the owner's own token can do that, so it is for posts of connected business accounts that allow it. For all others
the newsroom is told that the code ends.
"""

from datetime import datetime, timedelta

import structlog

from app.accounts.business_account import BusinessAccount, open_business
from app.ads.boosts.facts import PostFacts
from app.ads.boosts.lending import lends_by_itself
from app.ads.models import Boost
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience
from app.tiktok_business.spark import LENT_DAYS, MOST_DAYS

log = structlog.get_logger(__name__)

ENDS_WITHIN = timedelta(days=2)
"""So long before its end a code is extended, where its boost goes on after it."""
_PATIENCE = Patience(Priority.sweep, "boost", turn=45.0)


def ends_too_soon(boost: Boost, now: datetime) -> bool:
    """Whether the code ends within two days and before the boost: from then on TikTok shows the ad to nobody."""
    ends = boost.code_ends_at
    if ends is None or boost.is_code_end_told or ends > now + ENDS_WITHIN:
        return False
    return boost.ends_at is None or ends < boost.ends_at


async def extend(app: Resources, boost: Boost, facts: PostFacts) -> datetime | None:
    """Have the code end after the boost; give when it ends now. None where that cannot be done from here."""
    if not lends_by_itself(facts.account):
        return None
    try:
        owner = await open_business(app, facts.account.id, patience=_PATIENCE)
        ends = await _extend(owner, boost)
    except (AppError, BusinessError) as error:
        log.warning("spark_code_not_extended", boost_id=boost.id, error=type(error).__name__)
        return None
    log.info("spark_code_extended", boost_id=boost.id, ends_at=ends)
    return ends


async def _extend(owner: BusinessAccount, boost: Boost) -> datetime | None:
    item_id, spark = boost.item_id, owner.client.spark
    code = await spark.find_code(owner.business_id, item_id)
    if code is None or code.ends_at is None:
        return None
    if boost.code_ends_at is not None and code.ends_at > boost.code_ends_at:
        # Somebody has done it: the owner, or a worker that died before it could write that down.
        return code.ends_at
    until = boost.ends_at or utcnow() + timedelta(days=LENT_DAYS[0])
    missing = max((until - code.ends_at).days + 1, 1)
    days = next((one for one in LENT_DAYS if one >= missing), MOST_DAYS)
    return (await spark.extend(owner.business_id, item_id, days=days)).ends_at
