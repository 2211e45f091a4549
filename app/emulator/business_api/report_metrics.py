"""Metrics: text made of sums; what cannot be added up is worked out of what can."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from app.emulator.business_api.store import MEASURES, Doc

_PLACE = {name: place for place, name in enumerate(MEASURES)}
_COUNTS = frozenset(MEASURES) - {"spend", "play_seconds"}
_SAME_AS = {"result": "clicks", "engaged_view_15s": "video_views_p50", "real_time_conversion": "conversion"}
# The part, the whole, and what it is taken times.
_RATIOS = {
    "ctr": ("clicks", "impressions", 100),
    "cpc": ("spend", "clicks", 1),
    "cpm": ("spend", "impressions", 1_000),
    "conversion_rate": ("conversion", "clicks", 100),
    "conversion_rate_v2": ("conversion", "clicks", 100),
    "cost_per_conversion": ("spend", "conversion", 1),
    "cost_per_result": ("spend", "clicks", 1),
    "result_rate": ("clicks", "impressions", 100),
    "average_video_play": ("play_seconds", "video_play_actions", 1),
    "profile_visits_rate": ("profile_visits", "impressions", 100),
}
_OF_REACH = ("reach", "frequency", "cost_per_1000_reached")
# They exist, and an account without shop and app has none of them.
_NOT_AVAILABLE = ("sales_lead", "total_sales_lead_value", "skan_sales_lead", "onsite_shopping", "app_install")
ATTRIBUTES = ("campaign_name", "adgroup_name", "ad_name", "objective_type", "currency", "advertiser_name", "budget")
METRICS = frozenset((*_COUNTS, "spend", *_SAME_AS, *_RATIOS, *_OF_REACH, *_NOT_AVAILABLE, *ATTRIBUTES))


def measure(name: str, sums: Sequence[int], rows: int) -> str:
    """Write one metric of sums that were made of so many rows of ads and days."""
    if name == "spend":
        return _in_hundredths(sums[0])
    name = _SAME_AS.get(name, name)
    if name in _COUNTS:
        return str(sums[_PLACE[name]])
    if name in _RATIOS:
        return _divide(sums, *_RATIOS[name])
    if name in _OF_REACH:
        return _measure_reach(name, sums, rows)
    return "-"


def number(name: str, sums: Sequence[int], rows: int) -> Decimal:
    """Give a metric to compare by; one that is not available counts as nothing."""
    text = measure(name, sums, rows)
    return Decimal(0) if text == "-" else Decimal(text)


def attribute(name: str, docs: Sequence[Doc | None]) -> str:
    """Write what a row's object is called, and the like."""
    for doc in docs:
        if doc is not None and doc.get(name) is not None:
            return str(doc[name])
    return "-"


def _measure_reach(name: str, sums: Sequence[int], rows: int) -> str:
    """Reach grows slower than what it is made of: people are seen again, on other days and by other ads."""
    impressions = sums[_PLACE["impressions"]]
    reach = impressions * 100 // (110 + 14 * max(rows, 1).bit_length())
    if name == "reach":
        return str(reach)
    if not reach:
        return "0.00"
    if name == "frequency":
        return _write(Decimal(impressions) / reach)
    return _write(Decimal(sums[0]) / 100 * 1_000 / reach)


def _divide(sums: Sequence[int], part: str, whole: str, times: int) -> str:
    below = sums[_PLACE[whole]]
    if not below:
        return "0.00"
    if part == "spend":
        below *= 100
    # Whole numbers, rounded half up: a page has thousands of them.
    return _in_hundredths((200 * times * sums[_PLACE[part]] + below) // (2 * below))


def _in_hundredths(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _write(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
