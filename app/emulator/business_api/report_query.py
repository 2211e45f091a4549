"""What may be asked of a report, and what of it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.report_metrics import ATTRIBUTES, METRICS
from app.emulator.business_api.report_rows import IDS, PEOPLE, TIMES
from app.emulator.business_api.times import read_day
from app.emulator.world.reading import decode_json

Level = Literal[
    "AUCTION_AD", "AUCTION_ADGROUP", "AUCTION_CAMPAIGN", "AUCTION_ADVERTISER",
    "RESERVATION_AD", "RESERVATION_ADGROUP", "RESERVATION_CAMPAIGN", "RESERVATION_ADVERTISER",
]  # fmt: skip
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "GREATER_EQUAL": lambda one, other: one >= other,
    "GREATER_THAN": lambda one, other: one > other,
    "LOWER_EQUAL": lambda one, other: one <= other,
    "LOWER_THAN": lambda one, other: one < other,
}
_MOST_ADVERTISERS = 5
_MOST_IDS = 20_000


class Filter(msgspec.Struct):
    field_name: str
    filter_type: Literal[
        "IN", "MATCH", "GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN", "BETWEEN", "RANGE"
    ]
    filter_value: str


class Report(msgspec.Struct, kw_only=True):
    report_type: Literal["BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"]
    advertiser_id: str | None = None
    advertiser_ids: list[str] | None = None
    bc_id: str | None = None
    service_type: Literal["AUCTION", "RESERVATION"] = "AUCTION"
    data_level: Level | None = None
    dimensions: list[str]
    metrics: list[str] = msgspec.field(default_factory=lambda: ["spend", "impressions"])
    start_date: str | None = None
    end_date: str | None = None
    query_lifetime: bool = False
    filtering: list[Filter] | None = None
    order_field: str | None = None
    order_type: Literal["ASC", "DESC"] = "DESC"


@dataclass
class Wanted:
    """The filters, read."""

    ids: dict[str, frozenset[str]]
    names: dict[str, str]
    objective_types: frozenset[str]
    countries: frozenset[str]
    metrics: list[tuple[str, Callable[[Decimal], bool]]]
    deleted: bool


def check(asked: Report) -> tuple[date | None, date | None]:
    """Check what goes together, and give the span of days. Raises BusinessError."""
    if len(asked.advertiser_ids or []) > _MOST_ADVERTISERS:
        raise BusinessError(40011, f"advertiser_ids: too many ids, {_MOST_ADVERTISERS} at most")
    if not (asked.advertiser_id or asked.advertiser_ids or asked.bc_id):
        raise refuse("advertiser_id", "advertiser_id, advertiser_ids or bc_id is required")
    if asked.report_type in {"BASIC", "AUDIENCE"} and asked.data_level is None:
        raise refuse("data_level", "it is required with this report_type")
    _check_dimensions(asked)
    for name in asked.metrics:
        if name not in METRICS:
            raise refuse("metrics", f"{name[:60]} is no metric of this report")
    if asked.order_field and asked.order_field not in {*(METRICS - set(ATTRIBUTES)), *asked.dimensions}:
        raise refuse("order_field", "it is a metric or one of the dimensions")
    return _check_span(asked)


def id_of_level(asked: Report) -> str:
    """Name the id that the rows of a data level belong to."""
    level = asked.data_level or "AUCTION_ADVERTISER"
    return f"{level.partition('_')[2].lower()}_id"


def _check_dimensions(asked: Report) -> None:
    given = asked.dimensions
    if not given or len(set(given)) != len(given):
        raise refuse("dimensions", "it names each dimension once, and one at least")
    people = [name for name in given if name in PEOPLE]
    unknown = [name for name in given if name not in {*IDS, *TIMES, *PEOPLE}]
    if unknown:
        raise refuse("dimensions", f"{unknown[0][:60]} is no dimension of this report")
    if sum(name in IDS for name in given) > 1 or sum(name in TIMES for name in given) > 1:
        raise refuse("dimensions", "there is one id and one time at most")
    if any(name in IDS and name != id_of_level(asked) for name in given):
        raise refuse("dimensions", f"the id does not fit data_level: {id_of_level(asked)} does")
    if asked.report_type == "AUDIENCE" and not people:
        raise refuse("dimensions", f"an AUDIENCE report has one of {', '.join(PEOPLE)}")
    if asked.report_type != "AUDIENCE" and set(people) - {"country_code"}:
        raise refuse("dimensions", f"{people[0]} stands in AUDIENCE reports only")


def _check_span(asked: Report) -> tuple[date | None, date | None]:
    by_time = [name for name in asked.dimensions if name in TIMES]
    if asked.query_lifetime:
        if by_time:
            raise refuse("query_lifetime", f"it does not go with {by_time[0]}")
        return None, None
    if not asked.start_date or not asked.end_date:
        raise refuse("start_date", "start_date and end_date are required without query_lifetime")
    first, last = read_day("start_date", asked.start_date), read_day("end_date", asked.end_date)
    longest = {"stat_time_day": 30, "stat_time_hour": 1}.get(by_time[0], 365) if by_time else 365
    if first > last:
        raise refuse("end_date", "it is before start_date")
    if (last - first).days + 1 > longest:
        raise refuse("end_date", f"the span is {longest} days at most with these dimensions")
    return first, last


def read_filters(asked: Report) -> Wanted:
    """Read the filters. Raises BusinessError."""
    wanted = Wanted({}, {}, frozenset(), frozenset(), [], deleted=False)
    for one in asked.filtering or []:
        try:
            value = decode_json(one.filter_value.encode())
        except ValueError:
            value = one.filter_value
        _read_filter(wanted, one, value)
    return wanted


def _read_filter(wanted: Wanted, one: Filter, value: Any) -> None:
    name = one.field_name
    if name in {"campaign_ids", "adgroup_ids", "ad_ids", "country_code", "objective_type"}:
        values = frozenset(map(str, value if isinstance(value, list) else [value]))
        if one.filter_type != "IN" or not values or len(values) > _MOST_IDS:
            raise refuse("filtering", f"{name} goes with IN and a JSON array")
        if name.endswith("_ids"):
            wanted.ids[name.removesuffix("s")] = values
        elif name == "country_code":
            wanted.countries = values
        else:
            wanted.objective_types = values
    elif name in {"campaign_name", "adgroup_name", "ad_name"}:
        wanted.names[name] = str(value)
    elif name in {"campaign_status", "adgroup_status", "ad_status"}:
        values = frozenset(map(str, value if isinstance(value, list) else [value]))
        wanted.deleted = wanted.deleted or bool(values & {"STATUS_ALL", "STATUS_DELETE"})
    elif name in METRICS and name not in ATTRIBUTES:
        wanted.metrics.append((name, _read_bound(one, value)))
    else:
        raise refuse("filtering", f"{name[:60]} cannot be filtered by")


def _read_bound(one: Filter, value: Any) -> Callable[[Decimal], bool]:
    try:
        bounds = [Decimal(str(part)) for part in (value if isinstance(value, list) else [value])]
    except InvalidOperation:
        raise refuse("filtering", "filter_value is a number") from None
    if any(bound.is_nan() for bound in bounds):
        raise refuse("filtering", "filter_value is a number")
    if one.filter_type in _COMPARE and len(bounds) == 1:
        compare = _COMPARE[one.filter_type]
        return lambda number: compare(number, bounds[0])
    if one.filter_type in {"BETWEEN", "RANGE"} and len(bounds) == 2:
        return lambda number: bounds[0] <= number <= bounds[1]
    raise refuse("filtering", f"{one.filter_type} does not go with this filter_value")
