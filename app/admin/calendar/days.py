"""The days of a calendar's views: a week from Monday, a month in whole weeks, a list of two weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

VIEWS = ("week", "month", "list")
_LIST_DAYS = 14
_FIRST, _LAST = date(2000, 1, 10), date(2100, 12, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a view shows, and the days to which its arrows lead."""

    view: str
    day: date
    days: Sequence[date]
    earlier: date
    later: date

    def borders(self, zone: tzinfo) -> list[datetime]:
        """Give the moments at which the days begin, and the one at which the last ends."""
        after = self.days[-1] + timedelta(days=1)
        return [datetime.combine(day, time(), tzinfo=zone) for day in (*self.days, after)]


def span_of(view: str, day: date) -> Span:
    """Lay out a view around a day; a view that there is not is the week, a day far off the nearest that there is."""
    view = view if view in VIEWS else "week"
    day = min(max(day, _FIRST), _LAST)
    if view == "list":
        step = timedelta(days=_LIST_DAYS)
        return Span(view, day, _row(day, _LIST_DAYS), day - step, day + step)
    monday = day - timedelta(days=day.weekday())
    if view == "week":
        return Span(view, day, _row(monday, 7), day - timedelta(days=7), day + timedelta(days=7))
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    begin = first - timedelta(days=first.weekday())
    weeks = -(-(following - begin).days // 7)
    return Span(view, day, _row(begin, 7 * weeks), (first - timedelta(days=1)).replace(day=1), following)


def read_day(text: str, today: date) -> date:
    """Read a day from an address; today for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today


def _row(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]
