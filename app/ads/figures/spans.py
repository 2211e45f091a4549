"""How long a span of days may be, and how one that is too long for TikTok is cut into several [business-api.md 6]."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from app.messages import ads_values

BY_DAY, BY_HOUR = "stat_time_day", "stat_time_hour"
_DAYS_BY_DAY, _DAYS_BY_HOUR, _DAYS_AT_ALL = 30, 1, 365
_MOST_DAYS, _MOST_DAYS_BY_HOUR = 1_096, 93

Span = tuple[str | None, str | None]
"""First and last day, both included; none for all that there ever was."""


def days_of_span(span: str, today: date) -> tuple[date, date] | None:
    """Read days told by words: `14` whole days up to yesterday, `today`, `month`, `last_month`, or FIRST..LAST.

    None for what says no days.
    """
    if span.isascii() and span.isdecimal() and 0 < int(span) <= _MOST_DAYS:
        return today - timedelta(days=int(span)), today - timedelta(days=1)
    if span == "today":
        return today, today
    if span == "month":
        return today.replace(day=1), today
    if span == "last_month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1])
    first, dots, until = span.partition("..")
    try:
        return (date.fromisoformat(first), date.fromisoformat(until)) if dots else None
    except ValueError:
        return None


def split_span(start: str | None, end: str | None, dimensions: Sequence[str]) -> list[Span]:
    """Give the spans that TikTok can be asked for, in order of their days."""
    if start is None or end is None:
        return [(None, None)]
    first, last, step = date.fromisoformat(start), date.fromisoformat(end), _days_at_once(dimensions)
    spans: list[Span] = []
    while first <= last:
        until = min(last, first + timedelta(days=step - 1))
        spans.append((first.isoformat(), until.isoformat()))
        first = until + timedelta(days=1)
    return spans


def fits_at_once(start: str | None, end: str | None) -> bool:
    """Tell whether a span without days or hours is one question."""
    return start is None or end is None or _count_days(start, end) <= _DAYS_AT_ALL


def faults_of_span(
    start: str | None, end: str | None, dimensions: Sequence[str], *, is_lifetime: bool, names: tuple[str, str, str]
) -> Iterator[tuple[str, str]]:
    """Give what is wrong with the days of a report; `names` are those of first day, last day and lifetime."""
    lifetime = names[2]
    for name, day in zip(names, (start, end), strict=False):
        if is_lifetime and day is not None:
            yield name, ads_values.value_left_out_where(lifetime)
        elif not is_lifetime and day is None:
            yield name, ads_values.value_missing_or(lifetime)
    if not is_lifetime and start is not None and end is not None:
        yield from _faults_of_length(_count_days(start, end), dimensions, names)


def _faults_of_length(days: int, dimensions: Sequence[str], names: tuple[str, str, str]) -> Iterator[tuple[str, str]]:
    first, last, _ = names
    if days < 1:
        yield last, ads_values.value_not_before(first)
    elif BY_HOUR in dimensions and days > _MOST_DAYS_BY_HOUR:
        yield last, ads_values.value_too_far_by_hour(str(_MOST_DAYS_BY_HOUR))
    elif BY_DAY in dimensions and days > _MOST_DAYS:
        yield last, ads_values.value_too_far_by_day(str(_MOST_DAYS))
    elif _days_at_once(dimensions) == _DAYS_AT_ALL and days > _DAYS_AT_ALL:
        yield last, ads_values.NOT_JOINED


def _count_days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1


def _days_at_once(dimensions: Sequence[str]) -> int:
    if BY_HOUR in dimensions:
        return _DAYS_BY_HOUR
    return _DAYS_BY_DAY if BY_DAY in dimensions else _DAYS_AT_ALL
