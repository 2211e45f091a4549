"""The steps that make a boost, each of them once: what is sent, and how it is found again where the answer was lost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlmodel import col, select

from app.ads.boosts import authorizing, lending
from app.ads.boosts.asking import GOALS
from app.ads.boosts.facts import read_facts
from app.ads.boosts.lease import change
from app.ads.boosts.once import MOST_LOOKS, name_of, note_done, note_sent, once, update_of
from app.ads.boosts.work import Ended, Later, Work
from app.ads.connections.reach import Reach
from app.ads.desk.errors import OutcomeUnknown
from app.ads.models import Boost, BoostState, BoostStep, StepName, StepState
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts
from app.resources import Resources
from app.tiktok_business.adgroups import AdGroupCreate
from app.tiktok_business.ads import AdCreate
from app.tiktok_business.campaigns import BudgetMode, CampaignCreate

log = structlog.get_logger(__name__)

_PLACEMENT = "PLACEMENT_TIKTOK"


async def prepare(work: Work) -> None:
    """Do what is left of the steps; then the boost is ready, and switched off. Raises Later, Ended, LeaseLost."""
    for step in await read_steps(work.app, work.boost.id):
        if step.state is not StepState.done:
            await _STEPS[step.name](work, step)
    await change(work.app, work.boost, state=BoostState.ready, checks=0, trouble=None)
    mark_failpoint("boost.ready")
    log.info("boost_ready", boost_id=work.boost.id, campaign_id=work.boost.campaign_id)


async def read_steps(app: Resources, boost_id: str) -> Sequence[BoostStep]:
    """Read a boost's steps in their order."""
    async with app.read() as session:
        query = select(BoostStep).where(BoostStep.boost_id == boost_id).order_by(col(BoostStep.position))
        return (await session.exec(query)).all()


async def mark_failed(app: Resources, boost: Boost) -> None:
    """Note at which step a boost failed: the first that is not done."""
    if boost.state is not BoostState.preparing:
        return
    for step in await read_steps(app, boost.id):
        if step.state is not StepState.done:
            async with app.transaction() as session:
                await session.exec(update_of(step).values(state=StepState.failed))
            return


async def _authorize(work: Work, step: BoostStep) -> None:
    """Take the post up. The same twice is one authorisation, and it is looked for first: somebody may have done it.

    Without a code it is lent by its account itself: by its link to the ad account, else by a code that it makes.
    """
    if work.boost.code_encrypted is None:
        linked = await lending.find_linked(work.reach, work.boost.item_id, await _username_of(work))
        if linked is not None:
            await note_done(work, step, linked.identity_id, **lending.values_of(linked))
            return
        await lending.have_code_made(work, step)
    found = await authorizing.find(work)
    if found is None and step.tries >= MOST_LOOKS:
        raise Ended("made_and_lost", ads_boosts.LOST)
    if found is None:
        await note_sent(work, step)
        try:
            await authorizing.send(work)
        except OutcomeUnknown:
            raise Later from None
        mark_failpoint("boost.authorize.answered")
        found = await authorizing.find(work)
        if found is None:
            raise Later
    values = await authorizing.check(work, found)
    await note_done(work, step, found.user_info.identity_id or "", **values)


async def _username_of(work: Work) -> str:
    async with work.app.read() as session:
        return (await read_facts(session, work.boost.post_id)).account.username


async def _create_campaign(work: Work, step: BoostStep) -> None:
    boost, advertiser_id = work.boost, work.boost.advertiser_id

    async def find() -> str | None:
        listed = work.reach.client.campaigns.list_campaigns
        page = await listed(advertiser_id, filtering={"campaign_name": name_of(boost)}, page_size=10)
        return next((one.campaign_id for one in page.items if one.campaign_name == name_of(boost)), None)

    async def send(reach: Reach) -> str:
        new = CampaignCreate(
            advertiser_id=advertiser_id,
            campaign_name=name_of(boost),
            objective_type=boost.objective_type,
            # The ad group has the budget: a campaign's would have to be more than 50.
            budget_mode=BudgetMode.INFINITE,
            operation_status="DISABLE",
            request_id=step.request_id,
        )
        return (await reach.client.campaigns.create(new)).campaign_id

    campaign_id = await once(work, step, find, send)
    await note_done(work, step, campaign_id, campaign_id=campaign_id)


async def _create_adgroup(work: Work, step: BoostStep) -> None:
    boost, advertiser_id = work.boost, work.boost.advertiser_id

    async def find() -> str | None:
        page = await work.reach.client.adgroups.list_adgroups(
            advertiser_id, filtering={"campaign_ids": [boost.campaign_id]}, page_size=10
        )
        return next((one.adgroup_id for one in page.items if one.adgroup_name == name_of(boost)), None)

    async def send(reach: Reach) -> str:
        return (await reach.client.adgroups.create(_adgroup_of(boost, step))).adgroup_id

    adgroup_id = await once(work, step, find, send)
    await note_done(work, step, adgroup_id, adgroup_id=adgroup_id)


def _adgroup_of(boost: Boost, step: BoostStep) -> AdGroupCreate:
    goal, starts = GOALS[boost.objective_type], utcnow() + timedelta(minutes=1)
    more = {"promotion_type": "WEBSITE"} if boost.objective_type == "TRAFFIC" else {}
    return AdGroupCreate(
        advertiser_id=boost.advertiser_id,
        campaign_id=boost.campaign_id or "",
        adgroup_name=name_of(boost),
        budget_mode=BudgetMode.DAY,
        budget=Decimal(boost.budget),
        operation_status="DISABLE",
        request_id=step.request_id,
        **{
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": [_PLACEMENT],
            "location_ids": boost.location_ids,
            # The end moves when it is started; until then nothing is spent.
            "schedule_type": "SCHEDULE_START_END",
            "schedule_start_time": stamp(starts),
            "schedule_end_time": stamp(starts + timedelta(days=boost.days)),
            "optimization_goal": goal.optimization_goal,
            "billing_event": goal.billing_event,
            "bid_type": "BID_TYPE_NO_BID",
            "pacing": "PACING_MODE_SMOOTH",
            **more,
        },
    )


async def _create_ad(work: Work, step: BoostStep) -> None:
    boost = work.boost

    async def find() -> str | None:
        return next(iter(await find_ads(work)), None)

    async def send(reach: Reach) -> str:
        made = await reach.client.ads.create(
            AdCreate(
                advertiser_id=boost.advertiser_id, adgroup_id=boost.adgroup_id or "", creatives=[_creative_of(boost)]
            )
        )
        return next(iter(made.ad_ids), "")

    ad_id = await once(work, step, find, send)
    await note_done(work, step, ad_id, ad_id=ad_id)


async def find_ads(work: Work) -> Sequence[str]:
    """Find this boost's ads in its ad group, the oldest first. More than one there is only where TikTok was late."""
    filtering = {"adgroup_ids": [work.boost.adgroup_id]}
    page = await work.reach.client.ads.list_ads(work.boost.advertiser_id, filtering=filtering, page_size=100)
    ours = [one for one in page.items if one.ad_name == name_of(work.boost)]
    return [one.ad_id for one in sorted(ours, key=lambda one: (one.create_time, one.ad_id))]


def _creative_of(boost: Boost) -> dict[str, Any]:
    creative: dict[str, Any] = {
        "ad_name": name_of(boost),
        "ad_format": "SINGLE_VIDEO" if boost.is_video else "CAROUSEL_ADS",
        "identity_type": boost.identity_type,
        "identity_id": boost.identity_id,
        **({"identity_authorized_bc_id": boost.identity_bc_id} if boost.identity_bc_id else {}),
        "tiktok_item_id": boost.item_id,
        "operation_status": "DISABLE",
    }
    link = {"landing_page_url": boost.landing_page_url, "call_to_action": boost.call_to_action}
    return creative | ({name: value for name, value in link.items() if value} if boost.landing_page_url else {})


def stamp(moment: datetime) -> str:
    """Write a moment of UTC as TikTok does."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_STEPS: Mapping[StepName, Callable[[Work, BoostStep], Awaitable[None]]] = {
    StepName.authorize: _authorize,
    StepName.campaign: _create_campaign,
    StepName.adgroup: _create_adgroup,
    StepName.ad: _create_ad,
}
