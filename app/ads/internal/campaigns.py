"""Operations on campaigns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from app.ads.guard_limits import read_guards
from app.ads.internal.answers import Code, Done, Failure, Refused, failure_of
from app.ads.internal.operations import Limit, Operation, Run
from app.ads.internal.payloads import Payload
from app.ads.internal.shapes import campaign_shape, cut_page, page_shape, status_word, whole_page
from app.ads.internal.spending import budget_limits
from app.ads.values import Flag, Id, Moment, Money, Name, Words, choice, fault, many, whole
from app.messages import ads_values
from app.tiktok_business.campaigns import (
    MOST_IN_STATUS,
    BudgetMode,
    Campaign,
    CampaignCreate,
    CampaignUpdate,
    Objective,
    OperationStatus,
    StatusChanged,
)
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome

_CLOCKS_APART = timedelta(seconds=60)
_DUPLICATE = 40050
# What one campaign of a batch may have wrong, and the others not.
_OF_ONE = {Kind.missing, Kind.parameter, Kind.conflict}
_MOST_IDS = 1000

_OTHER_NAMES = {
    "campaignName": "name",
    "objectiveType": "objective",
    "operationStatus": "status",
    "id": "campaign_id",
    "ids": "campaign_ids",
}
_Switch = choice("ENABLE", "DISABLE", active="ENABLE", paused="DISABLE")
_Status = choice("ENABLE", "DISABLE", "DELETE", active="ENABLE", paused="DISABLE", cancelled="DELETE")
_PRIMARY = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_NOT_DELIVERY", "STATUS_DELIVERY_OK", "STATUS_DISABLE",
            "STATUS_DELETE", "STATUS_TIME_DONE", "STATUS_RF_CLOSED", "STATUS_FROZEN")  # fmt: skip
_Filter = choice(*OperationStatus, *_PRIMARY, active="ENABLE", paused="DISABLE", cancelled="DELETE")


def _read_request_id(value: Any) -> str:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 20 or not 0 < int(text) < 2**63:
        raise fault("must be a whole number of 63 bits, as text")
    return text


class CreateCampaign(Payload):
    """A new campaign. Without a budget only in the mode BUDGET_MODE_INFINITE."""

    synonyms: ClassVar[Mapping[str, str]] = {
        k: v for k, v in _OTHER_NAMES.items() if v in {"name", "objective", "status"}
    }

    advertiser_id: Id
    name: Name
    objective: choice(*Objective)  # type: ignore[valid-type]
    budget_mode: choice(*BudgetMode)  # type: ignore[valid-type]
    budget: Money | None = None
    status: _Switch | None = None  # type: ignore[valid-type]
    request_id: Annotated[str, BeforeValidator(_read_request_id)] | None = None
    budget_optimize_on: Flag | None = None
    campaign_type: choice("REGULAR_CAMPAIGN", "IOS14_CAMPAIGN") | None = None  # type: ignore[valid-type]
    special_industries: many(choice("HOUSING", "EMPLOYMENT", "CREDIT"), 3) | None = None  # type: ignore[valid-type]
    po_number: Words | None = None
    is_search_campaign: Flag | None = None
    virtual_objective_type: choice("SALES") | None = None  # type: ignore[valid-type]
    sales_destination: Words | None = None
    campaign_product_source: Words | None = None
    app_promotion_type: Words | None = None
    app_id: Id | None = None
    is_advanced_dedicated_campaign: Flag | None = None
    disable_skan_campaign: Flag | None = None
    bid_align_type: Words | None = None
    rf_campaign_type: Words | None = None
    rta_id: Words | None = None
    rta_bid_enabled: Flag | None = None
    rta_product_selection_enabled: Flag | None = None
    catalog_enabled: Flag | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        is_infinite = self.budget_mode == BudgetMode.INFINITE
        if is_infinite and self.budget is not None:
            yield "budget", ads_values.NO_BUDGET_HERE
        if not is_infinite and self.budget is None:
            yield "budget", ads_values.value_needed_by(self.budget_mode)


class GetCampaign(Payload):
    synonyms: ClassVar[Mapping[str, str]] = {"id": "campaign_id"}

    advertiser_id: Id
    campaign_id: Id


class UpdateCampaign(Payload):
    """A new name, a new budget, or both. The mode of a budget cannot be changed."""

    synonyms: ClassVar[Mapping[str, str]] = {"id": "campaign_id", "campaignName": "name"}

    advertiser_id: Id
    campaign_id: Id
    name: Name | None = None
    budget: Money | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.name is None and self.budget is None:
            yield "name", "or budget must be given: there is nothing to change"


class UpdateCampaignStatus(Payload):
    synonyms: ClassVar[Mapping[str, str]] = {"id": "campaign_id", "ids": "campaign_ids", "operationStatus": "status"}

    advertiser_id: Id
    campaign_ids: many(Id, _MOST_IDS) | None = None  # type: ignore[valid-type]
    campaign_id: Id | None = None
    status: _Status  # type: ignore[valid-type]

    def faults(self) -> Iterator[tuple[str, str]]:
        if (self.campaign_ids is None) == (self.campaign_id is None):
            yield "campaignIds", ads_values.value_one_of_two("campaignId")

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(self.campaign_ids or [self.campaign_id]))

    def canonical(self) -> dict[str, Any]:
        return {"advertiser_id": self.advertiser_id, "campaign_ids": self.ids, "status": self.status}


class CampaignFilters(Payload):
    synonyms: ClassVar[Mapping[str, str]] = {
        "campaignName": "name", "objectiveType": "objective", "campaignIds": "ids", "primaryStatus": "status",
        "operationStatus": "status", "creationFilterStartTime": "created_after",
        "creationFilterEndTime": "created_before",
    }  # fmt: skip

    name: Name | None = None
    status: _Filter | None = None  # type: ignore[valid-type]
    objective: choice(*Objective) | None = None  # type: ignore[valid-type]
    ids: many(Id, 100) | None = None  # type: ignore[valid-type]
    created_after: Moment | None = None
    created_before: Moment | None = None


class ListCampaigns(Payload):
    """A page of campaigns, the newest first, or all of them. Deleted ones are listed where `status` asks for them."""

    synonyms: ClassVar[Mapping[str, str]] = {"filtering": "filters"}

    advertiser_id: Id
    filters: CampaignFilters | None = None
    page: whole(1, 1_000_000) = 1  # type: ignore[valid-type]
    page_size: whole(1, 1000) = 100  # type: ignore[valid-type]
    all: Flag = False


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
        found = [one async for one in run.client.campaigns.every_campaign(
            given.advertiser_id, filtering={"campaign_name": given.name}
        ) if _is_made(one, given, since)]  # fmt: skip
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


async def _update_status(run: Run, given: UpdateCampaignStatus) -> Done:
    ids, status = given.ids, OperationStatus(given.status)
    found = _Switched()
    for start in range(0, len(ids), MOST_IN_STATUS):
        await _switch(run, given.advertiser_id, ids[start : start + MOST_IN_STATUS], status, found)
    return _sum_up([found.rows[one] for one in ids], found.failures, found.request_id)


@dataclass(slots=True)
class _Switched:
    """What became of each campaign."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    request_id: str | None = None


async def _switch(run: Run, advertiser_id: str, ids: list[str], status: OperationStatus, found: _Switched) -> None:
    """Switch a batch; TikTok refuses all of it for one that is wrong, and then each goes alone."""
    try:
        changed = await run.client.campaigns.update_status(advertiser_id, ids, status)
    except BusinessError as error:
        if len(ids) > 1 and error.meaning.kind in _OF_ONE and error.outcome is Outcome.not_done:
            for one in ids:
                await _switch(run, advertiser_id, [one], status, found)
            return
        failure = failure_of(error, is_keyed=run.key is not None)
        found.failures.append(failure)
        found.rows |= {one: _row(one, None, failure) for one in ids}
    else:
        found.request_id = changed.request_id
        failed = _failed_of(changed)
        found.rows |= {one: _row(one, status, failed.get(one)) for one in ids}
        found.failures += failed.values()


def _failed_of(changed: StatusChanged) -> dict[str, Failure]:
    """Which of a batch could not be switched, by TikTok's word."""
    return {
        one.campaign_id: Failure(Code.INVALID_PARAMETER, one.error_message or "TikTok did not switch it.")
        for one in changed.error_list or []
        if one.campaign_id
    }


def _row(campaign_id: str, status: OperationStatus | None, failure: Failure | None) -> dict[str, Any]:
    told = None if failure is None else {"code": failure.code.value, "message": failure.message}
    word = status if failure is None else None
    return {
        "id": campaign_id,
        "status": status_word(word.value) if word else None,
        "operationStatus": word.value if word else None,
        "error": told,
    }


def _sum_up(rows: list[dict[str, Any]], failures: list[Failure], request_id: str | None) -> Done:
    done = sum(row["error"] is None for row in rows)
    if not failures:
        return Done({"campaigns": rows}, request_id)
    first = next((one for one in failures if one.outcome is Outcome.unknown), failures[0])
    outcome = Outcome.partial if done else first.outcome
    if done and first.outcome is Outcome.unknown:
        first = Failure(Code.OUTCOME_UNKNOWN, first.message, first.help, first.tiktok_code, first.retryable)
    failure = Failure(
        first.code,
        f"{len(rows) - done} of {len(rows)} campaigns could not be switched. {first.message}",
        first.help,
        tiktok_code=first.tiktok_code,
        retryable=any(one.retryable for one in failures),
        retry_after=first.retry_after,
        outcome=outcome,
        request_id=first.request_id or request_id,
    )
    return Done({"campaigns": rows}, failure.request_id, failure)


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
    async for one in campaigns.every_campaign(given.advertiser_id, filtering=filtering):
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
        "UpdateCampaignStatus", "Switch campaigns on or off, or delete them.", UpdateCampaignStatus, _update_status,
        "POST campaign/status/update/", writes=True,
    ),
    Operation("ListCampaigns", "List campaigns, a page or all.", ListCampaigns, _list, "GET campaign/get/"),
)  # fmt: skip
