"""When a message is tried again, when it is given up, and when an endpoint is."""

from datetime import datetime, timedelta

TRIED_FOR = timedelta(hours=24)
"""How long a message is tried, and how long an endpoint may fail before it is switched off."""

_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400)
_LONGEST = timedelta(hours=6)


def next_attempt(first_attempt_at: datetime, attempts: int, now: datetime, *, wait: float | None = None) -> datetime:
    """Tell when a message is tried again after so many tries: ever more slowly, and once more when its day is over.

    `wait`: how many seconds the other side asked for.
    """
    pause = timedelta(seconds=_SECONDS[attempts - 1]) if attempts <= len(_SECONDS) else _LONGEST
    pause = max(pause, min(timedelta(seconds=wait or 0.0), _LONGEST))
    ends_at = first_attempt_at + TRIED_FOR
    return min(now + pause, ends_at) if now < ends_at else now + pause


def is_over(since: datetime, now: datetime) -> bool:
    """Tell whether a day has passed since then."""
    return now - since >= TRIED_FOR
