"""The rows of a report: facts added up by the dimensions that were asked for."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from app.emulator.business_api.book import Book
from app.emulator.business_api.facts import hours_of, in_hour, make_measures
from app.emulator.business_api.store import MEASURES

IDS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")
TIMES = ("stat_time_day", "stat_time_hour")
# Values of what TikTok knows about people, with their weights in hundredths.
_PEOPLE: dict[str, tuple[tuple[str, int], ...]] = {
    "country_code": (("KZ", 62), ("RU", 27), ("UZ", 11)),
    "platform": (("ANDROID", 68), ("IPHONE", 29), ("IPAD", 3)),
    "age": (
        ("AGE_13_17", 4), ("AGE_18_24", 31), ("AGE_25_34", 33), ("AGE_35_44", 17), ("AGE_45_54", 9), ("AGE_55_100", 6),
    ),
    "gender": (("FEMALE", 53), ("MALE", 45), ("NONE", 2)),
}  # fmt: skip
PEOPLE = tuple(_PEOPLE)
Sums = tuple[int, ...]
_MOST_KEPT = 8


@dataclass(frozen=True)
class Plan:
    """What is to be added up, and by what."""

    advertiser_ids: tuple[str, ...]
    dimensions: tuple[str, ...]
    # Days of the account, both included; none for all that there ever was.
    first: str | None
    last: str | None


@dataclass(frozen=True)
class Row:
    """One row: its dimensions, its sums in the order of MEASURES, and of how many ads and days it is made."""

    dimensions: tuple[str, ...]
    sums: Sums
    count: int


def add_up(book: Book, plan: Plan, without: frozenset[str], id_column: str, countries: frozenset[str]) -> list[Row]:
    """Give all rows in the order of their dimensions; `without` are objects that are left out."""
    # Whoever reads a report reads all its pages, and adding up is most of the work.
    key = (plan, without, id_column, countries, book.store.recall("facts", 0))
    found = book.reports.get(key)
    if found is None:
        while len(book.reports) >= _MOST_KEPT:
            del book.reports[next(iter(book.reports))]
        found = book.reports[key] = _add_up(book, plan, without, id_column, countries)
    rows: list[Row] = found
    return rows


def _add_up(book: Book, plan: Plan, without: frozenset[str], id_column: str, countries: frozenset[str]) -> list[Row]:
    if countries or any(name in _PEOPLE or name == "stat_time_hour" for name in plan.dimensions):
        rows = _add_up_parts(book, plan, without, id_column, countries)
    else:
        rows = _add_up_days(book, plan, without, id_column)
    return sorted(rows, key=lambda row: row.dimensions)


def _where(plan: Plan) -> tuple[str, list[str]]:
    marks = ", ".join("?" * len(plan.advertiser_ids))
    where, values = f"WHERE advertiser_id IN ({marks})", list(plan.advertiser_ids)
    if plan.first is not None and plan.last is not None:
        where, values = f"{where} AND day BETWEEN ? AND ?", [*values, plan.first, plan.last]
    return where, values


def _add_up_days(book: Book, plan: Plan, without: frozenset[str], id_column: str) -> list[Row]:
    columns = ["day || ' 00:00:00'" if name == "stat_time_day" else name for name in plan.dimensions]
    group = list(dict.fromkeys([*columns, *([id_column] if without else [])]))
    sums = ", ".join(f"SUM({name})" for name in MEASURES)
    where, values = _where(plan)
    sql = f"SELECT {', '.join(group)}, COUNT(*), {sums} FROM facts {where} GROUP BY {', '.join(group)}"  # noqa: S608
    found = book.store.rows(sql, values)
    width, place = len(group), group.index(id_column) if without else 0
    rows = [row for row in found if not without or row[place] not in without]
    if width == len(columns):
        return [Row(row[:width], row[width + 1 :], row[width]) for row in rows]
    parts = ((row[: len(columns)], row[width + 1 :], row[width]) for row in rows)
    return _merge(parts)


def _add_up_parts(
    book: Book, plan: Plan, without: frozenset[str], id_column: str, countries: frozenset[str]
) -> list[Row]:
    """Split each ad's day by hours or people first: the parts of a day always add up to it."""
    where, values = _where(plan)
    names = ("ad_id", "day", "advertiser_id", "campaign_id", "adgroup_id", "mask", "plan", *MEASURES)
    found = book.store.rows(f"SELECT {', '.join(names)} FROM facts {where}", values)  # noqa: S608 - our own names
    parts = (
        part
        for row in found
        if dict(zip(names, row, strict=True))[id_column] not in without
        for part in _split(book, plan, dict(zip(names, row, strict=True)), countries)
    )
    return _merge(parts)


def _split(
    book: Book, plan: Plan, fact: dict[str, object], countries: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], Sums, int]]:
    for hour, sums in _split_hours(book, plan, fact):
        for people, part in _split_people(plan, sums, countries):
            known = {**fact, **people, "stat_time_day": f"{fact['day']} 00:00:00", "stat_time_hour": hour}
            yield tuple(str(known[name]) for name in plan.dimensions), part, 1


def _split_hours(book: Book, plan: Plan, fact: dict[str, object]) -> Iterator[tuple[str, Sums]]:
    if "stat_time_hour" not in plan.dimensions:
        yield "", tuple(int(str(fact[name])) for name in MEASURES)
        return
    whole = make_measures(book.settings.seed, str(fact["ad_id"]), str(fact["day"]), int(str(fact["plan"])))
    for hour in hours_of(int(str(fact["mask"]))):
        yield f"{fact['day']} {hour:02d}:00:00", tuple(in_hour(total, hour) for total in whole)


def _split_people(plan: Plan, sums: Sums, countries: frozenset[str]) -> Iterator[tuple[dict[str, str], Sums]]:
    """Split by all that is known about people, always in the same cells: so any two reports agree with each other."""
    if not countries and not any(name in _PEOPLE for name in plan.dimensions):
        yield {}, sums
        return
    for values, begin, end, whole in _CELLS:
        people = dict(zip(PEOPLE, values, strict=True))
        if not countries or people["country_code"] in countries:
            yield people, tuple(total * end // whole - total * begin // whole for total in sums)


def _make_cells() -> tuple[tuple[tuple[str, ...], int, int, int], ...]:
    whole = 100 ** len(_PEOPLE)
    cells, begin = [], 0
    for combination in itertools.product(*_PEOPLE.values()):
        weight = 1
        for _, part in combination:
            weight *= part
        cells.append((tuple(value for value, _ in combination), begin, begin + weight, whole))
        begin += weight
    return tuple(cells)


_CELLS = _make_cells()


def _merge(parts: Iterator[tuple[tuple[str, ...], Sums, int]]) -> list[Row]:
    merged: dict[tuple[str, ...], tuple[list[int], int]] = {}
    for dimensions, sums, count in parts:
        have, counted = merged.get(dimensions, ([0] * len(MEASURES), 0))
        for place, value in enumerate(sums):
            have[place] += value
        merged[dimensions] = (have, counted + count)
    return [Row(dimensions, tuple(sums), count) for dimensions, (sums, count) in merged.items()]


def total(rows: list[Row]) -> tuple[Sums, int]:
    """Add up all rows."""
    if not rows:
        return (0,) * len(MEASURES), 0
    return tuple(map(sum, zip(*(row.sums for row in rows), strict=True))), sum(row.count for row in rows)
