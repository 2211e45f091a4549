"""Creates: switched off unless they say ENABLE, and looked for where TikTok's answer was lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.ads.connections.reach import Reach
from app.ads.desk.ad_inputs import read_ads
from app.ads.desk.adgroup_inputs import AdGroupInput, least_budget_of, read_moment
from app.ads.desk.campaign_inputs import LEAST_BUDGET, CampaignInput
from app.ads.desk.errors import InvalidInput
from app.ads.desk.inputs import least_budget
from app.ads.desk.kinds import ADGROUPS, CAMPAIGNS, ObjectKind
from app.ads.desk.listing import list_all
from app.ads.desk.writing import Desk
from app.ads.guard_limits import read_guards
from app.ads.internal.keys import request_id_of
from app.ads.internal.operations import Limit
from app.ads.internal.spending import budget_limits
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.tiktok_business.adgroups import AdGroupCreate
from app.tiktok_business.ads import AdCreate
from app.tiktok_business.campaigns import CampaignCreate
from app.tiktok_business.errors import BusinessError, Outcome

_CLOCKS_APART = timedelta(seconds=60)
_DUPLICATE = 40050


async def create_campaign(desk: Desk, advertiser_id: str, body: object) -> dict[str, Any]:
    """Make a campaign. Raises InvalidInput, and what `Desk.write` raises."""
    given = CampaignInput.read(body)

    async def prepare(reach: Reach) -> Sequence[Limit]:
        _check_least(given.budget, LEAST_BUDGET, reach)
        return budget_limits(await read_guards(desk.app, advertiser_id), given.budget_mode or "", given.budget)

    async def work(reach: Reach) -> dict[str, Any]:
        new = CampaignCreate(advertiser_id=advertiser_id, request_id=request_id_of(new_id()), **given.sent())
        began_at = utcnow()
        try:
            return CAMPAIGNS.show(await reach.client.campaigns.create(new))
        except BusinessError as error:
            same = {"campaign_name": new.campaign_name, "objective_type": new.objective_type}
            return await _find_made(reach, CAMPAIGNS, same, {"campaign_name": new.campaign_name}, began_at, error)

    return await desk.write("ads.campaigns.create", advertiser_id, given.sent(), work, prepare)


async def create_adgroup(desk: Desk, advertiser_id: str, body: object) -> dict[str, Any]:
    """Make an ad group. Raises the same."""
    given = AdGroupInput.read(body)

    async def prepare(reach: Reach) -> Sequence[Limit]:
        least = least_budget_of(given.budget_mode or "", given.schedule_start_time, given.schedule_end_time)
        _check_least(given.budget, least, reach)
        return budget_limits(await read_guards(desk.app, advertiser_id), given.budget_mode or "", given.budget)

    async def work(reach: Reach) -> dict[str, Any]:
        new = AdGroupCreate(advertiser_id=advertiser_id, request_id=request_id_of(new_id()), **given.sent())
        began_at = utcnow()
        try:
            return ADGROUPS.show(await reach.client.adgroups.create(new))
        except BusinessError as error:
            same = {"adgroup_name": new.adgroup_name, "campaign_id": new.campaign_id}
            asked = {"campaign_ids": [new.campaign_id], "adgroup_name": new.adgroup_name}
            return await _find_made(reach, ADGROUPS, same, asked, began_at, error)

    return await desk.write("ads.adgroups.create", advertiser_id, given.sent(), work, prepare)


async def create_ads(desk: Desk, advertiser_id: str, body: object) -> dict[str, Any]:
    """Make ads. TikTok has no key against doubles here: a lost answer stays unknown. Raises the same."""
    adgroup_id, creatives = read_ads(body)
    sent = [one.sent() for one in creatives]

    async def work(reach: Reach) -> dict[str, Any]:
        made = await reach.client.ads.create(
            AdCreate(advertiser_id=advertiser_id, adgroup_id=adgroup_id, creatives=sent)
        )
        return {"ad_ids": made.ad_ids, "creatives": [one | {"smart_plus": False} for one in made.creatives]}

    payload = {"adgroup_id": adgroup_id, "creatives": sent}
    return await desk.write("ads.ads.create", advertiser_id, payload, work)


def _check_least(budget: Any, least: int, reach: Reach) -> None:
    if why := least_budget(budget, least, reach.currency):
        raise InvalidInput({"budget": why})


async def _find_made(
    reach: Reach,
    kind: ObjectKind,
    same: Mapping[str, Any],
    filtering: Mapping[str, Any],
    began_at: datetime,
    error: BusinessError,
) -> dict[str, Any]:
    """Look for what an earlier try has perhaps made; raise the error where exactly one such is not there."""
    is_lost = error.outcome is Outcome.unknown
    if not is_lost and not (error.tiktok_code == _DUPLICATE and error.tries > 1):
        raise error
    since = (began_at - _CLOCKS_APART).replace(microsecond=0)
    try:
        rows = await list_all(reach, kind, filtering)
    except BusinessError:
        error.outcome = Outcome.unknown
        raise error from None
    found = [one for one in rows if _is_same(one, same) and _is_since(one, since)]
    if len(found) == 1:
        return kind.show(found[0])
    if found or error.tries > 1:
        # Rows may lag behind: that none is there proves nothing.
        error.outcome = Outcome.unknown
    raise error


def _is_same(one: Any, same: Mapping[str, Any]) -> bool:
    return all(getattr(one, name) == value for name, value in same.items())


def _is_since(one: Any, since: datetime) -> bool:
    made_at = read_moment(one.create_time)
    return made_at is not None and made_at >= since
