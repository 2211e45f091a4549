"""What an ad does on one day: made of the seed, the ad, the day and its plan, the same whenever it is asked for.

A day's figures are whole numbers, and each hour has its part of them: parts of all hours add up to the day.
"""

import functools
from collections.abc import Iterator
from hashlib import blake2b

FULL_DAY = (1 << 24) - 1
# How a day's traffic is spread over its hours, in thousandths.
_HOURS = (22, 15, 10, 8, 8, 12, 20, 32, 40, 44, 46, 48, 52, 50, 46, 46, 50, 56, 66, 76, 82, 76, 58, 37)
_UP_TO = tuple(sum(_HOURS[:hour]) for hour in range(25))


def make_measures(seed: int, ad_id: str, day: str, plan: int) -> tuple[int, ...]:
    """Work out a whole day's figures, in the order of `store.MEASURES`, for a plan of so many hundredths."""
    draw = _draw(f"{seed}|{ad_id}|{day}")
    impressions = plan * 1_000 // (150 + next(draw) % 600)
    clicks = impressions * (40 + next(draw) % 180) // 10_000
    conversions = clicks * (100 + next(draw) % 700) // 10_000
    plays = impressions * (8_800 + next(draw) % 1_100) // 10_000
    two_seconds = plays * (3_500 + next(draw) % 3_000) // 10_000
    six_seconds = two_seconds * (3_000 + next(draw) % 3_000) // 10_000
    engaged = six_seconds * (7_000 + next(draw) % 2_000) // 10_000
    quarter = plays * (3_000 + next(draw) % 2_000) // 10_000
    half = quarter * (5_000 + next(draw) % 2_000) // 10_000
    three_quarters = half * (5_000 + next(draw) % 2_000) // 10_000
    whole = three_quarters * (5_000 + next(draw) % 2_000) // 10_000
    likes = plays * (20 + next(draw) % 150) // 10_000
    return (
        plan, impressions, clicks, conversions, plays, two_seconds, six_seconds, engaged, quarter, half,
        three_quarters, whole, plays * (3 + next(draw) % 6), likes, likes // (12 + next(draw) % 20),
        likes // (8 + next(draw) % 10), likes // (20 + next(draw) % 30), clicks // (4 + next(draw) % 6),
    )  # fmt: skip


def draw_share(seed: int, ad_id: str, day: str) -> int:
    """Tell how many hundredths of its allowance an ad will spend on a day."""
    return 60 + next(_draw(f"share|{seed}|{ad_id}|{day}")) % 40


def within(total: int, mask: int) -> int:
    """Give the part of a day's figure that falls on the hours of a mask."""
    if mask == FULL_DAY:
        return total
    return sum(in_hour(total, hour) for hour in hours_of(mask))


def in_hour(total: int, hour: int) -> int:
    return total * _UP_TO[hour + 1] // 1_000 - total * _UP_TO[hour] // 1_000


@functools.lru_cache(maxsize=4_096)
def hours_of(mask: int) -> tuple[int, ...]:
    return tuple(hour for hour in range(24) if mask >> hour & 1)


def make_mask(first: int, end: int) -> int:
    return ((1 << end) - 1) & ~((1 << first) - 1) if end > first else 0


def _draw(text: str) -> Iterator[int]:
    digest = blake2b(text.encode(), digest_size=40).digest()
    return (digest[place] << 8 | digest[place + 1] for place in range(0, 40, 2))
