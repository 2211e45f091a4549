"""Listing and finding objects: the ordinary ones first, then those of Upgraded Smart+, which are marked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ads.connections.reach import Reach, note_refused, reach_advertiser
from app.ads.desk.errors import InvalidInput, ObjectNotFound, desk_error
from app.ads.desk.kinds import ADS, ObjectKind
from app.ads.values import read_id
from app.errors import BadRequest
from app.messages import ads, ads_values, refusals
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, BusinessRefused
from app.tiktok_business.family import walk
from app.tiktok_business.sending import Patience
from app.tiktok_business.smart_plus import LARGEST_PAGE

PATIENCE = Patience(caller="ads desk", turn=12.0)
MOST_AT_ONCE = 200
_CURSOR = re.compile(r"([ms])\.([1-9][0-9]{0,6})\.([1-9][0-9]{0,2})")
_LISTS = {"buying_types", "campaign_system_origins", "billing_events"}
_MOST_IDS = 100
_DELETED = "STATUS_DELETE"


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """A page of TikTok's objects. `notice` says where something is missing."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    notice: Message | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One object as TikTok has it."""

    shown: dict[str, Any]
    is_smart_plus: bool


async def list_objects(
    app: Resources,
    kind: ObjectKind,
    advertiser_id: str,
    given: Mapping[str, list[str]],
    *,
    limit: int,
    cursor: str | None = None,
) -> ObjectPage:
    """List a page. `given` are filters under TikTok's names. Raises InvalidInput, before anything is called."""
    filtering, place = _read_filters(kind, given), _read_cursor(cursor, limit)
    reach = await reach_advertiser(app, advertiser_id, patience=PATIENCE)
    try:
        return await _read_page(reach, kind, filtering, *place)
    except BusinessError as error:
        await note_refused(app, reach, error)
        raise desk_error(error) from error


async def get_object(app: Resources, kind: ObjectKind, advertiser_id: str, object_id: str) -> dict[str, Any]:
    """Give one object, also a deleted one. Raises ObjectNotFound."""
    reach = await reach_advertiser(app, advertiser_id, patience=PATIENCE)
    try:
        found = await find_object(reach, kind, object_id)
    except BusinessError as error:
        await note_refused(app, reach, error)
        raise desk_error(error) from error
    if found is None:
        raise ObjectNotFound
    return found.shown


async def find_object(reach: Reach, kind: ObjectKind, object_id: str) -> Found | None:
    """Look for one object: among the ordinary ones, the deleted ones, and those of Upgraded Smart+."""
    for more in ({}, {"primary_status": _DELETED}):
        filtering = {kind.ids_field: [object_id], **more}
        page = await kind.list_page(reach.client, reach.advertiser_id, filtering, 1, 10)
        for one in page.items:
            if getattr(one, kind.id_field) == object_id:
                return Found(kind.show(one), is_smart_plus=False)
    if not reach.client.address.has(f"smart_plus/{kind.level}/get/"):
        return None
    asked = {kind.smart_ids: [object_id]}
    try:
        smart = await reach.client.smart_plus.list_objects(kind.level, reach.advertiser_id, filtering=asked)
    except BusinessRefused:
        return None
    for one in smart.items:
        if getattr(one, kind.id_field) == object_id:
            return Found(kind.show(one, is_smart_plus=True), is_smart_plus=True)
    return None


async def _read_page(
    reach: Reach, kind: ObjectKind, filtering: dict[str, Any], family: str, number: int, limit: int
) -> ObjectPage:
    items: list[dict[str, Any]] = []
    if family == "m":
        page = await kind.list_page(reach.client, reach.advertiser_id, filtering or None, number, limit)
        items = [kind.show(one) for one in page.items]
        if not page.is_last:
            return ObjectPage(items, f"m.{number + 1}.{limit}")
        number = 1
    return await _add_smart_plus(reach, kind, filtering, items, number, limit)


async def _add_smart_plus(
    reach: Reach, kind: ObjectKind, filtering: dict[str, Any], items: list[dict[str, Any]], number: int, limit: int
) -> ObjectPage:
    """Add those of Upgraded Smart+; where they do not fit on the page they begin the next."""
    if not reach.client.address.has(f"smart_plus/{kind.level}/get/"):
        return ObjectPage(items, None)
    size = min(limit, LARGEST_PAGE)
    asked = {name: value for name, value in _for_smart_plus(kind, filtering).items() if name in kind.smart_filters}
    try:
        page = await reach.client.smart_plus.list_objects(
            kind.level, reach.advertiser_id, filtering=asked or None, page=number, page_size=size
        )
    except BusinessRefused as error:
        return ObjectPage(items, None, ads.smart_plus_not_told(said=error.said))
    shown = [kind.show(one, is_smart_plus=True) for one in page.items if _is_named(kind, filtering, one)]
    if items and len(items) + len(shown) > limit:
        return ObjectPage(items, f"s.1.{limit}")
    return ObjectPage(items + shown, None if page.is_last else f"s.{number + 1}.{limit}")


def _for_smart_plus(kind: ObjectKind, filtering: dict[str, Any]) -> dict[str, Any]:
    if kind is ADS and "ad_ids" in filtering:
        return {**filtering, kind.smart_ids: filtering["ad_ids"]}
    return filtering


def _is_named(kind: ObjectKind, filtering: dict[str, Any], one: Any) -> bool:
    wanted = filtering.get(kind.name_field, "")
    return wanted.lower() in getattr(one, kind.name_field, "").lower()


def _read_filters(kind: ObjectKind, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Read filters; ids may be repeated, or stand with commas between them."""
    filtering: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, values in given.items():
        listed = f"{name}s" if f"{name}s" in kind.filters and name.endswith("_id") else name
        if listed not in kind.filters:
            faults[name[:64]] = ads_values.value_no_filter(", ".join(sorted(kind.filters)))
        elif listed.endswith("_ids"):
            _read_ids(listed, values, filtering, faults)
        elif listed in _LISTS:
            filtering[listed] = [part for value in values for part in value.split(",") if part]
        elif len(values) > 1 or not 0 < len(values[0]) <= 512:
            faults[name] = ads_values.FILTER_ONCE
        else:
            filtering[listed] = values[0]
    if faults:
        raise InvalidInput(faults)
    return filtering


def _read_ids(name: str, values: list[str], filtering: dict[str, Any], faults: dict[str, str]) -> None:
    parts = [part for value in values for part in value.split(",") if part]
    try:
        filtering[name] = list(dict.fromkeys(read_id(part) for part in parts))
    except ValueError:
        faults[name] = ads_values.ID_DIGITS
        return
    if not 0 < len(filtering[name]) <= _MOST_IDS:
        faults[name] = ads_values.value_ids_up_to(str(_MOST_IDS))


def _read_cursor(cursor: str | None, limit: int) -> tuple[str, int, int]:
    if cursor is None:
        return "m", 1, limit
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[3]) > MOST_AT_ONCE:
        raise BadRequest(refusals.BAD_CURSOR)
    return found[1], int(found[2]), int(found[3])


async def list_all(reach: Reach, kind: ObjectKind, filtering: Mapping[str, Any]) -> list[Any]:
    """Give all ordinary objects that a filter lets through."""
    found: list[Any] = []
    async for page in walk(lambda number: kind.list_page(reach.client, reach.advertiser_id, filtering, number, 1000)):
        found += page.items
    return found
