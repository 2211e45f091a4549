"""When a feed is asked again: at its interval, later where its server says so, ever more rarely while it fails."""

import random
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

LONGEST_WAIT = timedelta(days=1)
"""A feed that is dead is still asked once a day."""
_LONGEST_FRESH = timedelta(hours=1)
"""A server may say that its answer holds for longer; news would be late then."""
_SHORTEST_AFTER_FAILURE = timedelta(minutes=1)
_MOST_DOUBLINGS = 12
_MAX_AGE = re.compile(r"(?:^|[,\s])(?:s-maxage|max-age)\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[,\s])(?:no-cache|no-store|must-revalidate)(?:$|[,\s])", re.IGNORECASE)

Draw = Callable[[], float]


def after_success(interval: timedelta, headers: Mapping[str, str], *, draw: Draw = random.random) -> timedelta:
    """Give the wait after an answer: the interval, shortened by up to a tenth so that not all sources ask at once.

    An answer that says that it holds for longer is not asked for again before, for up to an hour.
    """
    wait = interval * (1 - draw() / 10)
    return max(wait, min(_fresh(headers), _LONGEST_FRESH))


def after_failure(
    interval: timedelta, failures: int, retry_after: float | None = None, *, draw: Draw = random.random
) -> timedelta:
    """Give the wait after so many failures in a row: doubled with each, with jitter, up to a day; never before the
    server wants it.
    """
    wait = max(interval, _SHORTEST_AFTER_FAILURE) * float(2 ** min(max(failures - 1, 0), _MOST_DOUBLINGS))
    wait = min(wait, LONGEST_WAIT) * (1 - draw() / 10)
    return min(max(wait, timedelta(seconds=retry_after or 0)), LONGEST_WAIT)


def _fresh(headers: Mapping[str, str]) -> timedelta:
    told = headers.get("Cache-Control", "")
    ages = [int(age) for age in _MAX_AGE.findall(told)]
    if not ages or _NOT_KEPT.search(told):
        return timedelta(0)
    age = headers.get("Age", "").strip()
    passed = int(age[:9]) if age.isascii() and age.isdigit() else 0
    return timedelta(seconds=max(0, max(ages) - passed))
