"""Asking TikTok how the things are over which a watch is."""

from collections.abc import Mapping, Sized
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.ads.connections.reach import Reach
from app.ads.desk.kinds import ADGROUPS, ADS, CAMPAIGNS, ObjectKind
from app.ads.figures.service_types import AUCTION, RESERVATION, is_without_reservations
from app.ads.models import AdsWatch, WatchKind, WatchLevel, WatchPeriod
from app.ads.money.service import find_balance
from app.ads.watches.sights import Sight, View, review_of
from app.errors import AppError, Conflict
from app.kit import exact_json
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.messages import ads_watches as said
from app.resources import Resources
from app.tiktok_business.errors import BusinessRefused
from app.tiktok_business.family import every, walk
from app.tiktok_business.reports import ReportQuery, make_filter

MOST_OBJECTS = 5_000
_KINDS: Mapping[WatchLevel, ObjectKind] = {
    WatchLevel.campaign: CAMPAIGNS, WatchLevel.adgroup: ADGROUPS, WatchLevel.ad: ADS,
}  # fmt: skip


async def view(app: Resources, watch: AdsWatch, reach: Reach) -> View:
    """Look once. Raises BusinessError, and AppError where there is nothing to be seen."""
    if watch.kind is WatchKind.balance:
        return await _view_balance(app, watch, reach)
    if watch.kind is WatchKind.spend:
        return await _view_spending(watch, reach)
    if watch.level is WatchLevel.advertiser:
        found = await reach.client.advertisers.get_info([watch.advertiser_id])
        return View([Sight(one.advertiser_id, one.name, one.status) for one in found])
    return await _view_objects(watch, reach, _KINDS[watch.level])


async def _view_objects(watch: AdsWatch, reach: Reach, kind: ObjectKind) -> View:
    filtering = {kind.ids_field: watch.object_ids} if watch.object_ids else None
    sights: list[Sight] = []
    async for page in walk(lambda number: kind.list_page(reach.client, reach.advertiser_id, filtering, number, 1000)):
        sights += [sight for one in page.items if (sight := _sight(watch, kind, one))]
        _check_count(sights)
    if len(sights) == len(watch.object_ids) > 0 or not reach.client.address.has(f"smart_plus/{kind.level}/get/"):
        return View(sights)
    asked = {kind.smart_ids: watch.object_ids} if watch.object_ids else None
    try:
        async for one in every(reach.client.smart_plus.list_objects, kind.level, reach.advertiser_id, filtering=asked):
            if sight := _sight(watch, kind, one):
                sights.append(sight)
                _check_count(sights)
    except BusinessRefused:
        # Of Upgraded Smart+ nothing is told to everybody: what is not seen now may be there all the same.
        return View(sights, is_whole=False)
    return View(sights)


def _check_count(sights: Sized) -> None:
    if len(sights) > MOST_OBJECTS:
        raise Conflict(said.TOO_MANY_OBJECTS, code="watch_too_wide")


def _sight(watch: AdsWatch, kind: ObjectKind, one: Any) -> Sight | None:
    object_id = getattr(one, kind.id_field)
    # The sandbox tells no secondary status.
    secondary = one.secondary_status
    value = review_of(secondary) if watch.kind is WatchKind.review else secondary or one.operation_status
    if not object_id or not value:
        return None
    return Sight(object_id, getattr(one, kind.name_field) or object_id, value[:128])


async def _view_spending(watch: AdsWatch, reach: Reach) -> View:
    """Add up what was bought by auction and what was reserved: TikTok reports each apart."""
    day = _today(reach, utcnow())
    found = await _read_spending(watch, reach, AUCTION, day)
    try:
        reserved = await _read_spending(watch, reach, RESERVATION, day)
    except BusinessRefused as refused:
        if not is_without_reservations(refused):
            raise
        reserved = {}
    for object_id, one in reserved.items():
        before = found.get(object_id)
        found[object_id] = (
            one if before is None else replace(one, value=f"{Decimal(before.value) + Decimal(one.value):f}")
        )
    _check_count(found)
    return View(list(found.values()), day=day, currency=reach.currency)


async def _read_spending(watch: AdsWatch, reach: Reach, service: str, day: str) -> dict[str, Sight]:
    id_field, name_field = f"{watch.level}_id", f"{watch.level}_name"
    is_day = watch.period is WatchPeriod.day
    query = ReportQuery(
        advertiser_id=watch.advertiser_id,
        service_type=service,
        data_level=f"{service}_{watch.level.upper()}",
        dimensions=[id_field],
        metrics=["spend"] if watch.level is WatchLevel.advertiser else ["spend", name_field],
        start_date=day if is_day else None,
        end_date=day if is_day else None,
        query_lifetime=None if is_day else True,
        filtering=[make_filter(f"{id_field}s", "IN", exact_json.write(watch.object_ids).decode())]
        if watch.object_ids
        else None,
    )
    found: dict[str, Sight] = {}
    async for page in reach.client.reports.every_page(query):
        for row in page.items:
            object_id, spent = row.dimensions.get(id_field, ""), _amount(row.metrics.get("spend"))
            if object_id and spent is not None:
                name = row.metrics.get(name_field) or (reach.advertiser.name if reach.advertiser else "") or object_id
                found[object_id] = Sight(object_id, name, f"{spent:f}")
        _check_count(found)
    return found


async def _view_balance(app: Resources, watch: AdsWatch, reach: Reach) -> View:
    found = await find_balance(app, reach)
    if found.account_balance is None:
        raise AppError(said.NO_FIGURE)
    name = found.advertiser_name or watch.advertiser_id
    currency = found.currency or reach.currency
    return View([Sight(watch.advertiser_id, name, f"{found.account_balance:f}")], currency=currency)


def _today(reach: Reach, now: datetime) -> str:
    """Today by the ad account's clock; by UTC where its zone is not known."""
    try:
        zone = zone_of(reach.advertiser.timezone if reach.advertiser and reach.advertiser.timezone else "UTC")
    except ValueError:
        zone = zone_of("UTC")
    return now.astimezone(zone).date().isoformat()


def _amount(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text or "")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
