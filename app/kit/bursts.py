"""Which jobs a worker is told of at once: a burst of one sender leaves the way free for the others."""

import time
from collections.abc import Callable

_MOST_KEPT = 1000


class Bursts:
    """Counts what came, by whose it is, and tells of which of it a worker is told at once.

    Jobs are begun in the order in which they were sent, so that three thousand articles of one source kept another's
    waiting for minutes. `at_once` of each are told of. What is beyond waits for a sweep, which is fair to all and hands
    out `per_second` of each. So does what follows until the sweep has caught up: it would overtake what came first.
    """

    def __init__(self, at_once: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._clock = clock
        self._done_at: dict[tuple[str, ...], float] = {}
        self._behind: set[tuple[str, ...]] = set()

    def admits(self, *whose: str) -> bool:
        """Count one more, and tell whether a worker may be told of it."""
        now = self._clock()
        done_at = self._done_at.get(whose, now)
        if done_at <= now:
            done_at = now
            self._behind.discard(whose)
        elif round((done_at - now) * self._per_second, 3) > self._at_once - 1:
            self._behind.add(whose)
        self._done_at[whose] = done_at + 1 / self._per_second
        if len(self._done_at) > _MOST_KEPT:
            self._done_at = {one: until for one, until in self._done_at.items() if until > now}
            self._behind &= self._done_at.keys()
        return whose not in self._behind
