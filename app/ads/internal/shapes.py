"""TikTok's objects as the gateway knows them."""

import re
from collections.abc import Sequence
from typing import Any

from app.tiktok_business.campaigns import Campaign
from app.tiktok_business.fields import PageInfo

_STATUS = {"ENABLE": "active", "DISABLE": "paused", "DELETE": "cancelled"}
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})")


def status_word(operation_status: str, secondary_status: str = "") -> str | None:
    """The gateway's word for a status; None where TikTok has a new one."""
    if secondary_status.endswith("_STATUS_DELETE"):
        return "cancelled"
    return _STATUS.get(operation_status)


def moment(text: str) -> str | None:
    """Write TikTok's UTC time as RFC 3339; what has another form is given as it came."""
    found = _TIME.fullmatch(text)
    return f"{found[1]}T{found[2]}Z" if found else text or None


def campaign_shape(campaign: Campaign, advertiser_id: str) -> dict[str, Any]:
    """Write a campaign in the words of the contract with the gateway."""
    return {
        "id": campaign.campaign_id,
        "advertiserId": campaign.advertiser_id or advertiser_id,
        "name": campaign.campaign_name,
        "objective": campaign.objective_type or None,
        "budgetMode": campaign.budget_mode or None,
        "budget": campaign.budget,
        "status": status_word(campaign.operation_status, campaign.secondary_status),
        "operationStatus": campaign.operation_status or None,
        "secondaryStatus": campaign.secondary_status or None,
        "createTime": moment(campaign.create_time),
        "modifyTime": moment(campaign.modify_time),
        "raw": campaign.raw,
    }


def page_shape(info: PageInfo, page: int, size: int, shown: int) -> dict[str, int]:
    """Where a list stands, by TikTok's count, or by ours where it gave none."""
    total = info.total_number if info.total_number is not None else shown
    pages = info.total_page if info.total_page is not None else -(-total // size)
    return {"page": info.page or page, "pageSize": info.page_size or size, "totalNumber": total, "totalPage": pages}


def whole_page(items: Sequence[Any]) -> dict[str, int]:
    """Where a list stands that is given whole."""
    return {"page": 1, "pageSize": len(items), "totalNumber": len(items), "totalPage": 1 if items else 0}


def cut_page(items: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], dict[str, int]]:
    """Cut one page out of a list that we have whole."""
    start = (page - 1) * size
    total = len(items)
    told = {"page": page, "pageSize": size, "totalNumber": total, "totalPage": -(-total // size)}
    return items[start : start + size], told
