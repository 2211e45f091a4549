"""What the parts of a report make together: an order that holds over all of them, and totals of what can be added."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

# Of one metric, what all days or advertisers have together is the sum. Everything else (reach, rates, costs per …,
# averages) cannot be added up.
ADDITIVE = frozenset(
    {
        "spend", "impressions", "clicks", "conversion", "result", "video_play_actions", "video_watched_2s",
        "video_watched_6s", "engaged_view", "engaged_view_15s", "video_views_p25", "video_views_p50",
        "video_views_p75", "video_views_p100", "likes", "comments", "shares", "follows", "profile_visits",
    }
)  # fmt: skip

Rank = tuple[int, Decimal, str]


def rank(value: str | None) -> Rank:
    """Where a value stands among others: numbers by their size, and behind them words by their letters."""
    number = read_number(value)
    return (1, Decimal(0), value or "") if number is None else (0, number, "")


def read_number(value: str | None) -> Decimal | None:
    """Read a metric as a number, where it is one."""
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def add_totals(totals: Sequence[Mapping[str, str | None] | None]) -> dict[str, str | None] | None:
    """Add up what may be added; of the rest nobody knows the total."""
    given = [one for one in totals if one]
    if not given:
        return None
    names = list(dict.fromkeys(name for one in given for name in one))
    return {name: _added(name, given) for name in names}


def _added(name: str, totals: Sequence[Mapping[str, str | None]]) -> str | None:
    if name not in ADDITIVE:
        return None
    numbers = [number for one in totals if (number := read_number(one.get(name))) is not None]
    return f"{sum(numbers, Decimal(0)):f}" if numbers else None
