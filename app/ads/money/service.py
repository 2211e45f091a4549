"""What an ad account has, and what moved on it: TikTok's own figures, as of now."""

from collections.abc import Mapping
from typing import Any

from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.faults import refuse
from app.ads.internal.payloads import InvalidPayload, SnakePayload
from app.ads.refusals import told_in_our_words
from app.ads.values import Day, whole
from app.errors import Conflict, NotFound
from app.kit.clock import rfc3339, utcnow
from app.messages import ads_reports
from app.resources import Resources
from app.tiktok_business.centers import AdvertiserBalance
from app.tiktok_business.family import walk

_BALANCES, _TRANSACTIONS = "advertiser/balance/get/", "bc/account/transaction/get/"
_NUMBERS = frozenset({"page", "page_size"})


class TransactionParameters(SnakePayload):
    """Which transactions are wanted."""

    start_date: Day | None = None
    end_date: Day | None = None
    page: whole(1, 100_000) = 1  # type: ignore[valid-type]
    page_size: whole(1, 50) = 50  # type: ignore[valid-type]


async def read_balance(app: Resources, advertiser_id: str) -> dict[str, Any]:
    """Give TikTok's own object of this account's money. Raises NotFound, Conflict."""
    reached = await reach_advertiser(app, advertiser_id)
    async with told_in_our_words(app, reached):
        found = await find_balance(app, reached)
    return {**found.raw, "as_of": rfc3339(utcnow())}


async def find_balance(app: Resources, reached: Reach) -> AdvertiserBalance:
    """Find this account's money among that of its business center. Raises NotFound, Conflict, BusinessError."""
    center_id = _center_of(app, reached, _BALANCES)
    async for page in walk(lambda number: reached.client.centers.list_balances(center_id, page=number)):
        for one in page.items:
            if one.advertiser_id == reached.advertiser_id:
                return one
    raise NotFound(ads_reports.NOT_AT_TIKTOK)


async def list_transactions(app: Resources, advertiser_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Give a page of what moved on this account."""
    asked = _read(query)
    reached = await reach_advertiser(app, advertiser_id)
    filtering: dict[str, Any] = {"account_ids": [advertiser_id]}
    filtering |= {"start_time": f"{asked.start_date} 00:00:00"} if asked.start_date else {}
    filtering |= {"end_time": f"{asked.end_date} 23:59:59"} if asked.end_date else {}
    async with told_in_our_words(app, reached):
        center_id = _center_of(app, reached, _TRANSACTIONS)
        found = await reached.client.centers.list_account_transactions(
            center_id, filtering=filtering, page=asked.page, page_size=asked.page_size
        )
    return {
        "items": [one.raw for one in found.items],
        "next_cursor": None if found.is_last else str(asked.page + 1),
        "as_of": rfc3339(utcnow()),
    }


def _center_of(app: Resources, reached: Reach, endpoint: str) -> str:
    """The business center that knows of this account's money."""
    if not reached.client.address.has(endpoint):
        raise Conflict(ads_reports.NOT_IN_SANDBOX, code="not_in_sandbox")
    center_id = (reached.advertiser.bc_id if reached.advertiser else None) or app.business.center_id
    if not center_id:
        raise Conflict(ads_reports.NO_CENTER, code="not_configured")
    return center_id


def _read(query: Mapping[str, str]) -> TransactionParameters:
    given = {name: int(text) if name in _NUMBERS and text.isdigit() and text.isascii() and len(text) < 9 else text
             for name, text in query.items()}  # fmt: skip
    try:
        return TransactionParameters.read(given)
    except InvalidPayload as error:
        refuse(error.faults)
