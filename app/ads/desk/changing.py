"""Changes: what is there is looked at first, for the guards, and so that nothing of Upgraded Smart+ is touched."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.ads.connections.reach import Reach
from app.ads.desk.ad_inputs import CreativeChange
from app.ads.desk.adgroup_inputs import AdGroupChange, least_budget_of
from app.ads.desk.campaign_inputs import LEAST_BUDGET, CampaignChange
from app.ads.desk.errors import InvalidInput, ObjectNotFound, SmartPlusReadOnly
from app.ads.desk.inputs import DeskInput, least_budget
from app.ads.desk.kinds import ADGROUPS, ADS, CAMPAIGNS, ObjectKind
from app.ads.desk.listing import find_object
from app.ads.desk.writing import Desk
from app.ads.guard_limits import read_guards
from app.ads.internal.operations import Limit
from app.ads.internal.spending import budget_limits
from app.messages import ads_values
from app.tiktok_business.adgroups import AdGroupUpdate
from app.tiktok_business.ads import AdUpdate
from app.tiktok_business.campaigns import BudgetMode, CampaignUpdate
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.fields import read_amount


async def update_campaign(desk: Desk, advertiser_id: str, campaign_id: str, body: object) -> dict[str, Any]:
    """Change a campaign; give it as it is afterwards. Raises InvalidInput, ObjectNotFound, SmartPlusReadOnly, …"""
    given = CampaignChange.read(body)

    async def work(reach: Reach, _before: Mapping[str, Any]) -> None:
        change = CampaignUpdate(advertiser_id=advertiser_id, campaign_id=campaign_id, **given.sent())
        await reach.client.campaigns.update(change)

    return await _change(desk, CAMPAIGNS, advertiser_id, campaign_id, given, work)


async def update_adgroup(desk: Desk, advertiser_id: str, adgroup_id: str, body: object) -> dict[str, Any]:
    """Change an ad group. Raises the same."""
    given = AdGroupChange.read(body)

    async def work(reach: Reach, _before: Mapping[str, Any]) -> None:
        change = AdGroupUpdate(advertiser_id=advertiser_id, adgroup_id=adgroup_id, **given.sent())
        await reach.client.adgroups.update(change)

    return await _change(desk, ADGROUPS, advertiser_id, adgroup_id, given, work)


async def update_ad(desk: Desk, advertiser_id: str, ad_id: str, body: object) -> dict[str, Any]:
    """Change an ad; what is not given stays as it is. Raises the same."""
    given = CreativeChange.read(body)

    async def work(reach: Reach, before: Mapping[str, Any]) -> None:
        creative = {"ad_id": ad_id, **given.sent()}
        change = AdUpdate(
            advertiser_id=advertiser_id, adgroup_id=str(before["adgroup_id"]), creatives=[creative], patch_update=True
        )
        await reach.client.ads.update(change)

    return await _change(desk, ADS, advertiser_id, ad_id, given, work)


async def _change(
    desk: Desk, kind: ObjectKind, advertiser_id: str, object_id: str, given: DeskInput, work: Any
) -> dict[str, Any]:
    before: dict[str, Any] = {}

    async def prepare(reach: Reach) -> Sequence[Limit]:
        found = await find_object(reach, kind, object_id)
        if found is None:
            raise ObjectNotFound
        if found.is_smart_plus:
            raise SmartPlusReadOnly
        before.update(found.shown)
        budget: Decimal | None = getattr(given, "budget", None)
        return () if budget is None else await _look_at_budget(desk, kind, reach, before, given, budget)

    async def change(reach: Reach) -> dict[str, Any]:
        await work(reach, before)
        try:
            after = await find_object(reach, kind, object_id)
        except BusinessError:
            after = None
        # It is changed, and only the look at it failed: tell what is known.
        return after.shown if after else before | given.sent()

    payload = {kind.id_field: object_id, **given.sent()}
    return await desk.write(f"ads.{kind.plural}.update", advertiser_id, payload, change, prepare)


async def _look_at_budget(
    desk: Desk, kind: ObjectKind, reach: Reach, before: Mapping[str, Any], given: DeskInput, budget: Decimal
) -> Sequence[Limit]:
    mode = str(before.get("budget_mode") or "")
    if mode == BudgetMode.INFINITE:
        raise InvalidInput({"budget": ads_values.MODE_STAYS})
    least = LEAST_BUDGET
    if kind is ADGROUPS:
        merged = {**before, **given.sent()}
        least = least_budget_of(mode, merged.get("schedule_start_time"), merged.get("schedule_end_time"))
    if why := least_budget(budget, least, reach.currency):
        raise InvalidInput({"budget": why})
    guards = await read_guards(desk.app, reach.advertiser_id)
    return budget_limits(guards, mode, budget, before=read_amount(before.get("budget")))
