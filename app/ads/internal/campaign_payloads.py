"""What the gateway sends about campaigns."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from app.ads.campaign_fields import CampaignFields
from app.ads.internal.payloads import Payload
from app.ads.values import Flag, Id, Moment, Money, Name, choice, fault, many, whole
from app.messages import ads_values
from app.tiktok_business.campaigns import BudgetMode, Objective, OperationStatus

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
_PRIMARY = ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_NOT_DELIVERY", "STATUS_DELIVERY_OK",
            "STATUS_DELIVERY_PARTIAL", "STATUS_DISABLE", "STATUS_DELETE", "STATUS_TIME_DONE", "STATUS_RF_CLOSED",
            "STATUS_FROZEN")  # fmt: skip
_Filter = choice(*OperationStatus, *_PRIMARY, active="ENABLE", paused="DISABLE", cancelled="DELETE")


def _read_request_id(value: Any) -> str:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 20 or not 0 < int(text) < 2**63:
        raise fault("must be a whole number of 63 bits, as text")
    return text


class CreateCampaign(CampaignFields, Payload):
    """A new campaign. Without a budget only in the mode BUDGET_MODE_INFINITE."""

    synonyms: ClassVar[Mapping[str, str]] = {
        k: v for k, v in _OTHER_NAMES.items() if v in {"name", "objective", "status"}
    }

    advertiser_id: Id
    name: Name
    objective: choice(*Objective)  # type: ignore[valid-type]
    budget_mode: choice(*BudgetMode)  # type: ignore[valid-type]
    status: _Switch | None = None  # type: ignore[valid-type]
    request_id: Annotated[str, BeforeValidator(_read_request_id)] | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        yield from self.faults_of_budget(self.budget_mode)

    def canonical(self) -> dict[str, Any]:
        # Stored keys are compared by it, to the letter: the order is that of the first version.
        given, first = super().canonical(), ("advertiser_id", "name", "objective", "budget_mode", "budget", "status")
        return {name: given[name] for name in (*first, "request_id", *given) if name in given}


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
