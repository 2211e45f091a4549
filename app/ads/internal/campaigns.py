"""Operations on campaigns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.ads.guard_limits import read_guards
from app.ads.internal.answers import Code, Done, Failure, Refused
from app.ads.internal.campaign_payloads import (
    CampaignFilters,
    CreateCampaign,
    GetCampaign,
    ListCampaigns,
    UpdateCampaign,
    UpdateCampaignStatus,
)
from app.ads.internal.campaign_switching import switch_campaigns
from app.ads.internal.operations import Limit, Operation, Run
from app.ads.internal.shapes import campaign_shape, cut_page, page_shape, whole_page
from app.ads.internal.spending import budget_limits
from app.tiktok_business.campaigns import (
    Campaign,
    CampaignCreate,
    CampaignUpdate,
)
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.family import every

_CLOCKS_APART = timedelta(seconds=60)
_DUPLICATE = 40050


async def _create(run: Run, given: CreateCampaign) -> Done:
    new = CampaignCreate(
        advertiser_id=given.advertiser_id,
        campaign_name=given.name,
        objective_type=given.objective,
        operation_status=given.status,
        request_id=given.request_id or run.request_id,
        **given.model_dump(exclude={"advertiser_id", "name", "objective", "status", "request_id"}, exclude_none=True),
    )
    try:
        made = await run.client.campaigns.create(new)
    except BusinessError as error:
        made = await _find_made(run, given, error)
    return Done({"campaign": campaign_shape(made, given.advertiser_id)}, made.request_id)


async def _find_made(run: Run, given: CreateCampaign, error: BusinessError) -> Campaign:
    """Look for a campaign of which an earlier try was perhaps accepted; raise the error where it is not there."""
    was_tried = run.is_again or error.tries > 1
    is_lost = error.outcome is Outcome.unknown
    if not is_lost and not (error.tiktok_code == _DUPLICATE and was_tried):
        raise error
    since = run.began_at - _CLOCKS_APART
    try:
        rows = every(run.client.campaigns.list_campaigns, given.advertiser_id, filtering={"campaign_name": given.name})
        found = [one async for one in rows if _is_made(one, given, since)]
    except BusinessError:
        error.outcome = Outcome.unknown
        raise error from None
    if len(found) == 1:
        return found[0]
    if found:
        error.outcome = Outcome.unknown
    elif error.tiktok_code == _DUPLICATE:
        # It is there under this name or request id, and is older than this write: none of ours.
        error.outcome = Outcome.not_done
    raise error


def _is_made(campaign: Campaign, given: CreateCampaign, since: datetime) -> bool:
    try:
        made_at = datetime.strptime(campaign.create_time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return (
        campaign.campaign_name == given.name
        and campaign.objective_type == given.objective
        and made_at >= since.replace(microsecond=0)
    )


async def _guard_create(run: Run, given: CreateCampaign) -> Sequence[Limit]:
    guards = await read_guards(run.app, given.advertiser_id)
    return budget_limits(guards, given.budget_mode, given.budget)


async def _get(run: Run, given: GetCampaign) -> Done:
    found = await run.client.campaigns.find_campaign(given.advertiser_id, given.campaign_id)
    if found is None:
        raise Refused(_no_campaign(given.campaign_id))
    return Done({"campaign": campaign_shape(found, given.advertiser_id)})


def _no_campaign(campaign_id: str) -> Failure:
    cure = "Look whether the id is right, and whether it is this advertiser's."
    return Failure(Code.NOT_FOUND, f"This advertiser has no campaign {campaign_id}.", cure)


async def _update(run: Run, given: UpdateCampaign) -> Done:
    change = CampaignUpdate(
        advertiser_id=given.advertiser_id,
        campaign_id=given.campaign_id,
        campaign_name=given.name,
        budget=given.budget,
    )
    done = await run.client.campaigns.update(change)
    try:
        found = await run.client.campaigns.find_campaign(given.advertiser_id, given.campaign_id)
    except BusinessError:
        found = None
    if found is None:
        # It is changed, and only the look at it failed: tell what is known.
        found = Campaign(campaign_id=given.campaign_id, campaign_name=given.name or "", budget=given.budget)
    return Done({"campaign": campaign_shape(found, given.advertiser_id)}, done.request_id)


async def _guard_update(run: Run, given: UpdateCampaign) -> Sequence[Limit]:
    if given.budget is None:
        return ()
    found = await run.client.campaigns.find_campaign(given.advertiser_id, given.campaign_id)
    if found is None:
        raise Refused(_no_campaign(given.campaign_id))
    guards = await read_guards(run.app, given.advertiser_id)
    return budget_limits(guards, found.budget_mode, given.budget, before=found.budget)


async def _list(run: Run, given: ListCampaigns) -> Done:
    filters = given.filters or CampaignFilters()
    switched = filters.status if filters.status in {"ENABLE", "DISABLE"} else None
    filtering = _filtering(filters)
    campaigns = run.client.campaigns
    if not given.all and switched is None:
        page = await campaigns.list_campaigns(
            given.advertiser_id, filtering=filtering, page=given.page, page_size=given.page_size
        )
        shown = [campaign_shape(one, given.advertiser_id) for one in page.items]
        told = page_shape(page.page_info, given.page, given.page_size, len(shown))
        return Done({"campaigns": shown, "page": told}, page.request_id)
    # TikTok cannot filter by the switch, and a list that grows while it is read shows a campaign twice.
    found: dict[str, Campaign] = {}
    async for one in every(campaigns.list_campaigns, given.advertiser_id, filtering=filtering):
        if switched is None or (one.operation_status == switched and not one.secondary_status.endswith("_DELETE")):
            found.setdefault(one.campaign_id, one)
    shapes: Sequence[Any] = [campaign_shape(one, given.advertiser_id) for one in found.values()]
    told = whole_page(shapes)
    if not given.all:
        shapes, told = cut_page(shapes, given.page, given.page_size)
    return Done({"campaigns": shapes, "page": told})


def _filtering(filters: CampaignFilters) -> dict[str, Any] | None:
    primary = {"DELETE": "STATUS_DELETE", "ENABLE": None, "DISABLE": None}.get(filters.status or "", filters.status)
    made = {
        "campaign_name": filters.name,
        "primary_status": primary,
        "objective_type": filters.objective,
        "campaign_ids": filters.ids,
        "creation_filter_start_time": filters.created_after,
        "creation_filter_end_time": filters.created_before,
    }
    return {name: value for name, value in made.items() if value is not None} or None


OPERATIONS = (
    Operation(
        "CreateCampaign", "Make a campaign.", CreateCampaign, _create, "POST campaign/create/",
        writes=True, guard=_guard_create,
    ),
    Operation("GetCampaign", "Give one campaign.", GetCampaign, _get, "GET campaign/get/"),
    Operation(
        "UpdateCampaign", "Change the name or the budget of a campaign.", UpdateCampaign, _update,
        "POST campaign/update/", writes=True, guard=_guard_update,
    ),
    Operation(
        "UpdateCampaignStatus", "Switch campaigns on or off, or delete them.", UpdateCampaignStatus, switch_campaigns,
        "POST campaign/status/update/", writes=True,
    ),
    Operation("ListCampaigns", "List campaigns, a page or all.", ListCampaigns, _list, "GET campaign/get/"),
)  # fmt: skip
