"""The steps that make a boost, each of them once: what is sent, and how it is found again where the answer was lost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.ads.boosts import authorizing
from app.ads.boosts.asking import GOALS
from app.ads.boosts.lease import change, change_in, is_ours
from app.ads.boosts.work import Ended, Later, Work
from app.ads.connections.reach import Reach
from app.ads.desk.errors import AskedTooOften, ConflictAtTikTok, OutcomeUnknown, TikTokAway
from app.ads.leases import LeaseLost
from app.ads.models import Boost, BoostState, BoostStep, StepName, StepState
from app.ads.values import plain_text
from app.errors import AppError
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts
from app.resources import Resources
from app.tiktok_business.adgroups import AdGroupCreate
from app.tiktok_business.ads import AdCreate
from app.tiktok_business.campaigns import BudgetMode, CampaignCreate

log = structlog.get_logger(__name__)

SETTLED_AFTER = timedelta(seconds=20)
"""So long after an ad was asked for TikTok surely shows it, if it was made. No call of ours is under way by then:
whoever made one is dead, or has its answer."""
_LONGEST_TITLE = 80
_MOST_LOOKS = 30
_PLACEMENT = "PLACEMENT_TIKTOK"


def name_of(boost: Boost) -> str:
    """What all three objects are called: nobody else's are, so that each is found again by its name."""
    return f"{plain_text(boost.title, _LONGEST_TITLE)} [Newsreel boost {boost.id}]"


async def prepare(work: Work) -> None:
    """Do what is left of the steps; then the boost is ready, and switched off. Raises Later, Ended, LeaseLost."""
    for step in await read_steps(work.app, work.boost.id):
        if step.state is not StepState.done:
            await _STEPS[step.name](work, step)
    await change(work.app, work.boost, state=BoostState.ready, checks=0, trouble=None)
    mark_failpoint("boost.ready")
    log.info("boost_ready", boost_id=work.boost.id, campaign_id=work.boost.campaign_id)


async def read_steps(app: Resources, boost_id: str) -> Sequence[BoostStep]:
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
                await session.exec(_update(step).values(state=StepState.failed))
            return


async def _authorize(work: Work, step: BoostStep) -> None:
    """Take the post up. The same twice is one authorisation, and it is looked for first: somebody may have done it."""
    found = await authorizing.find(work)
    if found is None and step.tries >= _MOST_LOOKS:
        raise Ended("made_and_lost", ads_boosts.LOST)
    if found is None:
        await _note_sent(work, step)
        try:
            await authorizing.send(work)
        except OutcomeUnknown:
            raise Later from None
        mark_failpoint("boost.authorize.answered")
        found = await authorizing.find(work)
        if found is None:
            raise Later
    values = await authorizing.check(work, found)
    await _note_done(work, step, found.user_info.identity_id or "", **values)


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

    campaign_id = await _once(work, step, find, send)
    await _note_done(work, step, campaign_id, campaign_id=campaign_id)


async def _create_adgroup(work: Work, step: BoostStep) -> None:
    boost, advertiser_id = work.boost, work.boost.advertiser_id

    async def find() -> str | None:
        page = await work.reach.client.adgroups.list_adgroups(
            advertiser_id, filtering={"campaign_ids": [boost.campaign_id]}, page_size=10
        )
        return next((one.adgroup_id for one in page.items if one.adgroup_name == name_of(boost)), None)

    async def send(reach: Reach) -> str:
        return (await reach.client.adgroups.create(_adgroup_of(boost, step))).adgroup_id

    adgroup_id = await _once(work, step, find, send)
    await _note_done(work, step, adgroup_id, adgroup_id=adgroup_id)


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

    ad_id = await _once(work, step, find, send)
    await _note_done(work, step, ad_id, ad_id=ad_id)


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
        "tiktok_item_id": boost.item_id,
        "operation_status": "DISABLE",
    }
    link = {"landing_page_url": boost.landing_page_url, "call_to_action": boost.call_to_action}
    return creative | ({name: value for name, value in link.items() if value} if boost.landing_page_url else {})


async def _once(
    work: Work, step: BoostStep, find: Callable[[], Awaitable[str | None]], send: Callable[[Reach], Awaitable[str]]
) -> str:
    """Have TikTok make one thing, once, and give its id. Raises Later, Ended, LeaseLost, BusinessError."""
    if step.tries:
        if found := await find():
            log.info("boost_found_again", boost_id=work.boost.id, step=step.name.value, id=found)
            return found
        if step.request_id is None and not _is_settled(step.sent_at):
            raise Later(2.0)
        if step.tries >= _MOST_LOOKS:
            raise Ended("made_and_lost", ads_boosts.LOST)
    mark_failpoint(f"boost.{step.name}.asking")
    await _note_sent(work, step)
    mark_failpoint(f"boost.{step.name}.sent")
    payload = {"name": name_of(work.boost), "boost_id": work.boost.id}
    try:
        made = await work.desk.write(f"ads.boost.{step.name}", work.boost.advertiser_id, payload, send)
    except (OutcomeUnknown, ConflictAtTikTok):
        # Perhaps made, or made by an earlier try: it is looked for next.
        raise Later from None
    except (AskedTooOften, TikTokAway) as error:
        await _set_step(work, step, sent_at=None)
        raise Later(getattr(error, "retry_after", None), why=error.message) from None
    except AppError as error:
        await _set_step(work, step, sent_at=None)
        step_name = ads_boosts.STEPS[step.name]
        raise Ended(error.code[:64], ads_boosts.boost_step_refused(step_name, error.message)) from None
    mark_failpoint(f"boost.{step.name}.answered")
    if not made:
        # A success that names nothing: it is looked for.
        raise Later
    return made


def _is_settled(sent_at: datetime | None) -> bool:
    return sent_at is None or utcnow() - sent_at >= SETTLED_AFTER


async def _note_sent(work: Work, step: BoostStep) -> None:
    """Put on disk that TikTok is being asked, in the same moment in which the boost is surely ours."""
    async with work.app.transaction() as session:
        noted = await session.exec(
            _update(step)
            .where(sa.exists().where(*is_ours(work.boost)))
            .values(state=StepState.sending, sent_at=utcnow(), tries=step.tries + 1)
        )
        if noted.rowcount != 1:
            raise LeaseLost
    step.tries += 1


async def _note_done(work: Work, step: BoostStep, result_id: str, **values: Any) -> None:
    """Put on disk what TikTok has made: the step and the boost that goes on with it together."""
    async with work.app.transaction() as session:
        await session.exec(_update(step).values(state=StepState.done, result_id=result_id[:64], finished_at=utcnow()))
        await change_in(session, work.boost, checks=0, trouble=None, **values)
    mark_failpoint(f"boost.{step.name}.done")


async def _set_step(work: Work, step: BoostStep, **values: Any) -> None:
    async with work.app.transaction() as session:
        await session.exec(_update(step).values(**values))


def _update(step: BoostStep) -> sa.Update:
    return sa.update(BoostStep).where(
        col(BoostStep.boost_id) == step.boost_id, col(BoostStep.position) == step.position
    )


def stamp(moment: datetime) -> str:
    """Write a moment of UTC as TikTok does."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_STEPS: Mapping[StepName, Callable[[Work, BoostStep], Awaitable[None]]] = {
    StepName.authorize: _authorize,
    StepName.campaign: _create_campaign,
    StepName.adgroup: _create_adgroup,
    StepName.ad: _create_ad,
}
