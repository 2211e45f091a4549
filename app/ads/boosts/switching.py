"""Switching a boost on, once a person wants it, and off. The campaign is the last on and the first off."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from app.ads.boosts.lease import change
from app.ads.boosts.steps import find_ads, stamp
from app.ads.boosts.work import Work
from app.ads.connections.reach import Reach
from app.ads.desk.errors import MissingAtTikTok, RefusedByTikTok
from app.ads.models import BoostState
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.tiktok_business.adgroups import AdGroupUpdate
from app.tiktok_business.campaigns import OperationStatus

log = structlog.get_logger(__name__)


async def switch_on(work: Work) -> None:
    """Let it spend. Raises what `Desk.write` raises, BusinessError, LeaseLost."""
    boost = work.boost
    now = utcnow()
    ends_at = boost.ends_at or now + timedelta(days=boost.days)
    # Where TikTok showed an ad too late another one was made: one is enough, and it is this one.
    surplus = [ad_id for ad_id in await find_ads(work) if ad_id != boost.ad_id]

    async def tell(reach: Reach) -> None:
        client, advertiser_id = reach.client, boost.advertiser_id
        if surplus:
            await client.ads.update_status(advertiser_id, surplus, OperationStatus.DELETE)
        await client.adgroups.update(_span_of(advertiser_id, boost.adgroup_id or "", stamp(ends_at)))
        await client.ads.update_status(advertiser_id, _ids(boost.ad_id), OperationStatus.ENABLE)
        await client.adgroups.update_status(advertiser_id, _ids(boost.adgroup_id), OperationStatus.ENABLE)
        # Nothing is spent before this one; whoever wants it stopped meanwhile is heard here.
        await change(work.app, boost, ends_at=ends_at)
        mark_failpoint("boost.starting")
        await client.campaigns.update_status(advertiser_id, _ids(boost.campaign_id), OperationStatus.ENABLE)

    await work.desk.write("ads.boost.start", boost.advertiser_id, {"boost_id": boost.id}, tell)
    mark_failpoint("boost.started")
    await change(
        work.app, boost, state=BoostState.running, started_at=boost.started_at or now, checks=0, trouble=None,
        reason=None, detail=None, stopped_at=None, next_at=utcnow() + timedelta(seconds=20),
    )  # fmt: skip
    log.info("boost_started", boost_id=boost.id, campaign_id=boost.campaign_id)


def _span_of(advertiser_id: str, adgroup_id: str, ends_at: str) -> AdGroupUpdate:
    return AdGroupUpdate(advertiser_id=advertiser_id, adgroup_id=adgroup_id, schedule_end_time=ends_at)


async def switch_off(work: Work) -> None:
    """Let it spend no more; what was not made yet needs no switching. Raises the same."""
    boost = work.boost

    async def tell(reach: Reach) -> None:
        client, advertiser_id = reach.client, boost.advertiser_id
        for ids, switch in (
            (_ids(boost.campaign_id), client.campaigns.update_status),
            (_ids(boost.adgroup_id), client.adgroups.update_status),
            (_ids(boost.ad_id), client.ads.update_status),
        ):
            if ids:
                await switch(advertiser_id, ids, OperationStatus.DISABLE)
                mark_failpoint("boost.stopping")

    try:
        await work.desk.write("ads.boost.stop", boost.advertiser_id, {"boost_id": boost.id}, tell)
    except (RefusedByTikTok, MissingAtTikTok):
        if not await _is_off(work):
            raise
    over = boost.ends_at is not None and utcnow() >= boost.ends_at
    state = BoostState.ended if over else BoostState.stopped
    await change(work.app, boost, state=state, open_key=None, checks=0, trouble=None, stopped_at=utcnow())
    log.info("boost_stopped", boost_id=boost.id, reason=boost.reason)


async def _is_off(work: Work) -> bool:
    """Tell whether the campaign cannot spend, because somebody has switched it off or deleted it elsewhere."""
    found = await work.reach.client.campaigns.find_campaign(work.boost.advertiser_id, work.boost.campaign_id or "")
    return found is None or found.operation_status in {"DISABLE", "DELETE"}


def _ids(one: str | None) -> Sequence[str]:
    return [one] if one else []
