"""Operations on a business center: its advertisers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from app.ads.internal.answers import LOOK_HELP, Code, Done, Failure, Refused
from app.ads.internal.gaps import find_gap
from app.ads.internal.operations import Limit, Operation, Run
from app.ads.internal.payloads import Payload
from app.ads.internal.shapes import page_shape, whole_page
from app.ads.values import (
    AdvertiserName,
    Country,
    Currency,
    Flag,
    Id,
    Line,
    Link,
    Words,
    Zone,
    choice,
    fault,
    many,
    whole,
)
from app.kit.clock import rfc3339, utcnow
from app.tiktok_business.centers import LARGEST_PAGE, Asset, NewAdvertiser
from app.tiktok_business.errors import Outcome
from app.tiktok_business.family import every

_GROUPS = {
    "advertiser_info": {"name": "name", "currency": "currency", "timezone": "timezone", "type": "type"},
    "customer_info": {"company": "company", "industry": "industry", "registered_area": "registered_area"},
    "qualification_info": {
        "promotion_link": "promotion_link",
        "license_no": "license_no",
        "license_image_id": "license_image_id",
        "qualification_image_ids": "qualification_image_ids",
        "qualification_id": "qualification_id",
    },
    "contact_info": {"contact_name": "name", "contact_email": "email", "contact_number": "number"},
}


def _read_mail(value: Any) -> str:
    if not isinstance(value, str) or not 3 <= len(value) <= 254 or "@" not in value.strip("@") or " " in value:
        raise fault("must be an address of mail")
    return value


class Nothing(Payload):
    """No properties."""


class CreateAdvertiser(Payload):
    """A new ad account of a business center."""

    synonyms: ClassVar[Mapping[str, str]] = {"contactPhone": "contact_number", "advertiserName": "name"}

    name: AdvertiserName
    currency: Currency
    timezone: Zone
    company: Words
    industry: Id
    registered_area: Country
    type: choice("AUCTION", "RESERVATION") | None = None  # type: ignore[valid-type]
    promotion_link: Link | None = None
    license_no: Words | None = None
    license_image_id: Words | None = None
    qualification_image_ids: many(Words, 20) | None = None  # type: ignore[valid-type]
    qualification_id: Words | None = None
    contact_name: Words | None = None
    contact_email: Annotated[str, BeforeValidator(_read_mail)] | None = None
    contact_number: Words | None = None
    billing_info: dict[str, Any] | None = None
    billing_group_info: dict[str, Any] | None = None
    tied_to_billing_group: Flag | None = None


class AdvertiserFilters(Payload):
    keyword: Line | None = None


class ListAdvertisers(Payload):
    """The ad accounts of a business center, a page or all."""

    synonyms: ClassVar[Mapping[str, str]] = {"bcId": "business_center_id", "filtering": "filters"}

    business_center_id: Id | None = None
    filters: AdvertiserFilters | None = None
    page: whole(1, 1_000_000) = 1  # type: ignore[valid-type]
    page_size: whole(1, LARGEST_PAGE) = LARGEST_PAGE  # type: ignore[valid-type]
    all: Flag = False


async def _ping(run: Run, _given: Nothing) -> Done:
    mode = "emulated" if run.app.business.is_emulated else "real"
    version = run.app.settings.business_api_version
    return Done({"status": "ok", "mode": mode, "apiVersion": version, "time": rfc3339(utcnow())})


async def _create(run: Run, given: CreateAdvertiser) -> Done:
    values = given.model_dump(exclude_none=True)
    groups = {
        group: {theirs: values[ours] for ours, theirs in names.items() if ours in values}
        for group, names in _GROUPS.items()
    }
    rest = {
        name: values[name] for name in ("billing_info", "billing_group_info", "tied_to_billing_group") if name in values
    }
    new = NewAdvertiser(bc_id=run.center, **{name: group for name, group in groups.items() if group}, **rest)
    made = await run.client.centers.create_advertiser(new)
    return Done({"advertiser": {"id": made.advertiser_id, "name": given.name}}, made.request_id)


async def _settle(run: Run, given: CreateAdvertiser) -> Done:
    """Look for an ad account of that name which was made since. Raises Refused where it is not certain."""
    assets = [one async for one in every(run.client.centers.list_assets, run.center, keyword=given.name)]
    named = [one.asset_id for one in assets if one.asset_name == given.name]
    since = int(run.began_at.timestamp()) - 60
    info = await run.client.advertisers.get_info(named) if named else []
    found = [one for one in info if one.name == given.name and (one.create_time or 0) >= since]
    if len(found) != 1:
        message = f"{len(found)} advertisers of this name have been made since: nobody can say which is this one."
        raise Refused(
            Failure(Code.OUTCOME_UNKNOWN, message, LOOK_HELP, retryable=True, retry_after=15, outcome=Outcome.unknown)
        )
    return Done({"advertiser": {"id": found[0].advertiser_id, "name": given.name}})


async def _guard_create(run: Run, given: CreateAdvertiser) -> Sequence[Limit]:
    """Guard against a key that a restored backup has forgotten: an ad account of this name may have been its."""
    gap = await find_gap(run.app)
    if gap is None:
        return ()
    assets = [one async for one in every(run.client.centers.list_assets, run.center, keyword=given.name)]
    named = [one.asset_id for one in assets if one.asset_name == given.name]
    since, until = int(gap.since.timestamp()) - 60, int(gap.until.timestamp()) + 60
    info = await run.client.advertisers.get_info(named) if named else []
    found = [one for one in info if one.name == given.name and since <= (one.create_time or 0) <= until]
    if not found:
        return ()
    why = (
        f"RESTORED_BACKUP: a backup of {rfc3339(gap.since)} was brought back, and from the time that it does not know"
        f" TikTok has an ad account of this name, {found[0].advertiser_id}: this may be the same, sent again."
    )
    return [Limit("RESTORED_BACKUP", Decimal(len(found)), Decimal(0), "name", "ad accounts", why)]


async def _list(run: Run, given: ListAdvertisers) -> Done:
    center = given.business_center_id or run.center
    keyword = given.filters.keyword if given.filters else None
    request_id: str | None = None
    if given.all:
        by_id = {one.asset_id: one async for one in every(run.client.centers.list_assets, center, keyword=keyword)}
        shown = await _described(run, list(by_id.values()))
        told = whole_page(shown)
    else:
        page = await run.client.centers.list_assets(center, keyword=keyword, page=given.page, page_size=given.page_size)
        shown = await _described(run, page.items)
        told = page_shape(page.page_info, given.page, given.page_size, len(shown))
        request_id = page.request_id
    return Done({"advertisers": shown, "page": told}, request_id)


async def _described(run: Run, assets: list[Asset]) -> list[dict[str, Any]]:
    info = {one.advertiser_id: one for one in await run.client.advertisers.get_info([one.asset_id for one in assets])}
    rows = []
    for asset in assets:
        one = info.get(asset.asset_id)
        rows.append(
            {
                "id": asset.asset_id,
                "name": one.name if one and one.name else asset.asset_name,
                "status": one.status or None if one else None,
                "currency": one.currency or None if one else None,
                "timezone": one.timezone or None if one else None,
            }
        )
    return rows


OPERATIONS = (
    Operation("Ping", "Tell that this is alive.", Nothing, _ping),
    Operation("TestPing", "Tell that this is alive.", Nothing, _ping),
    Operation(
        "CreateAdvertiser", "Make an ad account in a business center.", CreateAdvertiser, _create,
        "POST bc/advertiser/create/", writes=True, guard=_guard_create, settle=_settle,
    ),
    Operation(
        "ListAdvertisers", "List the ad accounts of a business center.", ListAdvertisers, _list, "GET bc/asset/get/",
    ),
)  # fmt: skip
