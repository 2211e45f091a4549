"""Which new posts a worker is told of at once: a burst of one source leaves the way free for the others."""

import time
from collections.abc import Callable

AT_ONCE = 60
PER_SECOND = 5.0
"""As fast as the sweep hands out what nobody was told of: ten posts of each account every two seconds."""

_MOST_KEPT = 1000


class Bursts:
    """Counts the posts of each source for each account that workers are told of.

    Jobs are begun in the order in which they were sent, so that three thousand articles of one source, whose pictures
    come slowly, kept another's waiting for minutes. What is beyond the burst waits for the sweep, which takes a few
    posts of each account in turn; TikTok takes six of an account a minute.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paid_until: dict[tuple[str, str], float] = {}

    def admits(self, source_id: str, account_id: str) -> bool:
        """Count one more post, and tell whether a worker may be told of it."""
        now, key = self._clock(), (source_id, account_id)
        paid_until = max(self._paid_until.get(key, now), now)
        if round((paid_until - now) * PER_SECOND, 3) > AT_ONCE - 1:
            return False
        self._paid_until[key] = paid_until + 1 / PER_SECOND
        if len(self._paid_until) > _MOST_KEPT:
            self._paid_until = {one: until for one, until in self._paid_until.items() if until > now}
        return True
